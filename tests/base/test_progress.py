"""The time left is told once it can be judged, and not before."""

from collections.abc import Iterable

import pytest

from mnist_bench.base.progress import Pace


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(steps: Iterable[tuple[float, int]], total: int) -> list[float | None]:
    """What is told at each step, given as when it is done and how many are done then."""
    clock = Clock()
    pace = Pace(clock)
    said = []
    for clock.now, done in steps:
        said.append(pace.seconds_left(done, total))
    return said


def test_a_slow_start_is_not_taken_for_the_pace() -> None:
    # A benchmark: 4.8 s until the first backend is ready, then a block every 60 ms. It said "4 h 31 m".
    steps = [(4.8 + 0.06 * done, done + 1) for done in range(300)]
    said = told(steps, 3030)
    judged = [(at, done, left) for (at, done), left in zip(steps, said, strict=True) if left is not None]
    assert judged[0][0] == pytest.approx(4.8 + 60 * 0.06, abs=0.1), "2 % of all steps"
    assert all(left == pytest.approx(0.06 * (3030 - done), rel=0.01) for _, done, left in judged)


def test_nothing_is_told_before_some_steps_and_some_time() -> None:
    assert told([(0.1 * done, done) for done in range(20)], 20) == [None] * 20, "two seconds are over before that"
    assert told([(10.0 * done, done) for done in range(6)], 100) == [None] * 6, "five steps behind the first"
    assert told([(10.0 * done, done) for done in range(7)], 100)[-1] == 10 * 94
    early = told([(0.5 * done, done) for done in range(1, 30)], 10_000)
    assert [left is None for left in early] == [True] * 20 + [False] * 9, "2 % of the work, or ten seconds"


def test_it_counts_down_when_the_pace_is_even_and_ends_in_silence() -> None:
    said = told([(float(done), done) for done in range(101)], 100)
    assert said[6:100] == pytest.approx([100.0 - done for done in range(6, 100)])
    assert said[100] is None


def test_a_pause_moves_it_gently_and_a_new_pace_in_the_end() -> None:
    quick = [(done / 10, done) for done in range(1, 501)]
    paused = [(58 + done / 10, 500 + done) for done in range(1, 501)]
    said = told(quick + paused, 1000)
    before, behind = said[499], said[500]
    assert before is not None
    assert behind is not None
    assert before == pytest.approx(50)
    assert 50 < behind < 58, "8 s without a step are an eighth of the time so far"
    assert said[-2] == pytest.approx(0.1, abs=1)


def test_it_never_counts_below_nothing() -> None:
    steps = [(done / 10, done) for done in range(1, 96)]
    said = told([*steps, (200.0, 96)], 100)
    assert said[-1] is not None
    assert 0 < said[-1] < 200 / 95 * 4 + 1


def test_other_work_is_judged_anew() -> None:
    clock = Clock()
    pace = Pace(clock)
    for clock.now in range(20):
        pace.seconds_left(clock.now, 100)
    assert pace.seconds_left(20, 100) is not None
    assert pace.seconds_left(20, 50) is None, "another total"
    for clock.now in range(20, 40):
        pace.seconds_left(clock.now, 50)
    assert pace.seconds_left(40, 50) is not None
    assert pace.seconds_left(1, 50) is None, "it begins again"


@pytest.mark.parametrize(("done", "total"), [(0, 0), (3, 0), (0, 10), (-1, 10), (11, 10)])
def test_what_has_no_end_or_no_beginning_has_no_time_left(done: int, total: int) -> None:
    clock = Clock()
    pace = Pace(clock)
    for clock.now in range(0, 100, 10):
        assert pace.seconds_left(done, total) is None
