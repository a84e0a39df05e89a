"""The wish to end something: heard by whoever works, once, and at once where it came before."""

from mnist_bench.bench.stop import Stop


def test_what_is_registered_is_called_once() -> None:
    stop = Stop()
    called: list[str] = []
    with stop.calling(lambda: called.append("inner")):
        assert not stop.is_set
        stop.set()
        stop.set()
        assert stop.is_set
    assert called == ["inner"]


def test_what_comes_late_is_called_at_once() -> None:
    stop = Stop()
    stop.set()
    called: list[str] = []
    with stop.calling(lambda: called.append("late")):
        assert called == ["late"]
    assert called == ["late"]


def test_what_is_over_is_not_called() -> None:
    stop = Stop()
    called: list[str] = []
    with stop.calling(lambda: called.append("over")):
        pass
    stop.set()
    assert called == []
