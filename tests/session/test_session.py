"""The whole session without a window: what is drawn is answered and kept, what was chosen is there the next time."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_bench.digits.drawing import Stroke
from mnist_bench.engines.backends import find_backend
from mnist_bench.session.backend_state import Status
from mnist_bench.session.jobs import Task
from mnist_bench.session.session import Session
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, digits_to_read, without_quantization

LIMIT_S = 20.0
STROKE: Stroke = ((40.0, 40.0), (200.0, 40.0), (120.0, 240.0))

MakeSession = Callable[..., Session]


@pytest.fixture
def make_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSession]:
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.delenv("MNIST_BENCH_DATA", raising=False)
    made: list[Session] = []

    def make(engines: OddEngines | None = None, *, ready: bool = True) -> Session:
        session = Session(make_engine=engines or OddEngines(), access={})
        made.append(session)
        if ready:
            session.live.choose([find_backend("torch-fp32"), find_backend("qnnpack-int8")])
            session.live.use_network(tiny_network())
            until(session, lambda: all(state.status is Status.READY for state in session.live.backends))
        return session

    yield make
    for session in made:
        session.close()


def until(session: Session, condition: Callable[[], bool]) -> None:
    assert session.inbox.wait_until(condition, LIMIT_S)


def draw(session: Session) -> None:
    """Draw a stroke, and wait until every backend has answered it."""
    session.pad.draw(STROKE[:1])
    session.pad.draw(STROKE)
    session.pad.end_stroke(STROKE)
    session.inbox.drain()
    image = session.live.image
    until(session, lambda: all(s.answer is not None and s.answer.image == image for s in session.live.backends))


def test_a_drawing_is_answered_and_kept_with_the_answers_to_what_it_was_in_the_end(make_session: MakeSession) -> None:
    session = make_session()
    draw(session)
    session.pad.label(0)
    session.pad.clear()
    session.inbox.drain()
    assert [state.answer for state in session.live.backends] == [None, None]
    until(session, lambda: bool(session.drawings.rows.rows))
    (kept,) = session.drawings.rows.rows.values()
    assert (kept.label, kept.drawing.strokes) == (0, (STROKE,))
    assert {answer.backend for answer in kept.answers} == {"PyTorch fp32", "QNNPACK int8"}


def test_answers_of_removed_backends_and_to_an_earlier_state_are_not_kept(make_session: MakeSession) -> None:
    engines = OddEngines()
    session = make_session(engines)
    draw(session)
    engines.odd["torch-fp32"] = ("--hang",)
    session.live.choose([find_backend("torch-fp32")])
    session.live.restart("torch-fp32")
    session.pad.end_stroke(((10.0, 10.0), (20.0, 20.0)))
    session.pad.clear()
    session.inbox.drain()
    until(session, lambda: bool(session.drawings.rows.rows))
    (kept,) = session.drawings.rows.rows.values()
    assert "QNNPACK int8" not in {answer.backend for answer in kept.answers}


def test_what_was_chosen_is_there_the_next_time(make_session: MakeSession) -> None:
    session = make_session()
    session.live.choose([find_backend("native-int8"), find_backend("torch-fp32:torchscript")])
    session.live.set_baseline("native-int8")
    session.pad.choose_pen(31.0)
    session.inbox.drain()
    session.close()
    again = make_session(ready=False)
    assert [state.id for state in again.live.backends] == ["native-int8", "torch-fp32:torchscript"]
    assert again.live.baseline_id == "native-int8"
    assert again.pad.pen_width == 31.0


def test_an_evaluation_follows_each_backend_and_keeps_what_a_cancelled_one_read(make_session: MakeSession) -> None:
    session = make_session(OddEngines(qnnpack_int8=("--slow-ms", "5")))
    digits = digits_to_read(20_000)
    assert session.evaluations.evaluate(lambda _task: digits, "tiny")

    def second_has_begun() -> bool:
        state = session.evaluations.state
        return state is not None and state.rows[1].done > 0

    until(session, second_has_begun)
    session.cancel()
    until(session, lambda: not session.jobs.is_busy)
    state = session.evaluations.state
    assert state is not None
    assert not state.is_running
    first, second = state.rows
    assert first.result is not None
    assert (first.result.correct, first.failure) == (20_000, "")
    assert second.failure == "cancelled"
    assert second.result is not None
    assert 0 < second.result.images == second.done < 20_000


def test_another_network_ends_an_evaluation_and_no_other_work(make_session: MakeSession) -> None:
    session = make_session(OddEngines(torch_fp32=("--slow-ms", "5")))
    assert session.evaluations.evaluate(lambda _task: digits_to_read(10_000), "tiny")
    until(session, lambda: session.evaluations.state is not None)
    session.live.use_network(without_quantization(tiny_network()))
    until(session, lambda: not session.jobs.is_busy)
    ended = session.evaluations.state
    assert ended is not None
    assert "cancelled" in {row.failure for row in ended.rows}
    finished: list[str] = []

    def other_work(task: Task) -> str:
        while not finished and time.monotonic() < end:
            task.check()
            session.inbox.post(lambda: finished.append("changed"))
        return "done"

    end = time.monotonic() + LIMIT_S
    came: list[str] = []
    session.jobs.run("Something else", other_work, came.append)
    session.live.use_network(tiny_network())
    until(session, lambda: came == ["done"])


def test_a_backend_that_was_removed_or_failed_says_so_in_its_row(make_session: MakeSession) -> None:
    session = make_session(OddEngines(torch_fp32=("--slow-ms", "5"), qnnpack_int8=("--die-at-once",)))
    session.evaluations.evaluate(lambda _task: digits_to_read(3_000), "tiny")
    until(session, lambda: (state := session.evaluations.state) is not None and state.rows[0].done > 0)
    session.live.choose([find_backend("qnnpack-int8")])
    until(session, lambda: not session.jobs.is_busy)
    state = session.evaluations.state
    assert state is not None
    assert state.rows[0].failure == "cancelled"
    assert "out of odd luck" in state.rows[1].failure


def test_closing_ends_what_runs_and_keeps_what_is_on_the_pad(make_session: MakeSession) -> None:
    session = make_session()
    draw(session)
    session.evaluations.evaluate(lambda _task: digits_to_read(10_000), "tiny")
    session.close()
    again = make_session(ready=False)
    again.drawings.read()
    until(again, lambda: again.drawings.rows.is_read)
    assert len(again.drawings.rows.rows) == 1
