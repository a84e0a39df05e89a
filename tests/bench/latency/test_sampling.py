"""When a warm-up ends, by scripted times."""

from collections.abc import Callable

import numpy as np
import pytest

from mnist_bench.bench.latency.sampling import Sampler, is_steady, warm_up
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.engines.answers import Classification
from mnist_bench.protocol.messages import Pixels
from tests.backends import NATIVE_INT8
from tests.bench.latency.scripted import ScriptedBench

IMAGES = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)


def falling(_process: int, number: int) -> int:
    return max(1000, 5000 - 50 * number)


@pytest.mark.parametrize(
    ("time_of", "runs", "seconds", "asked", "steady"),
    [
        (lambda *_: 1000, 500, 1.0, 30, True),
        (falling, 500, 1.0, 110, True),  # 1,000 ns from the 81st on: the last three windows are equal at 110
        (falling, 50, 1.0, 50, False),
        (falling, 35, 1.0, 35, False),
        (lambda *_: 9_995_000, 500, 0.2, 20, False),  # 10 ms each: at 200 ms there are 20, too few to tell
        (lambda *_: 1000, 0, 1.0, 0, False),
    ],
)
def test_a_warm_up_ends_when_times_are_steady_or_at_its_limit(
    time_of: Callable[[int, int], int], runs: int, seconds: float, asked: int, steady: bool
) -> None:
    bench = ScriptedBench(native_int8=time_of)
    sampler = Sampler(bench(NATIVE_INT8), Scenario.SINGLE_STREAM, IMAGES, bench.clock)
    times, is_so = warm_up(sampler, runs, seconds, bench.clock)
    assert (len(times), is_so) == (asked, steady)


def test_steady_is_within_five_per_cent_over_three_windows() -> None:
    def windows(*medians: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.repeat(np.array(medians, np.int64), 10)

    assert is_steady(windows(9000, 1050, 1000, 1020))
    assert not is_steady(windows(1051, 1000, 1020))
    assert not is_steady(windows(1000, 1020, 1051))
    assert not is_steady(windows(1000, 1000))


def test_images_are_taken_in_turn() -> None:
    bench = ScriptedBench()
    seen: list[list[int]] = []
    engine = bench(NATIVE_INT8)
    plain = engine.classify

    def classify(images: Pixels) -> Classification:
        seen.append(images[:, 0, 0].tolist())
        return plain(images)

    engine.classify = classify  # type: ignore[method-assign]
    sampler = Sampler(engine, Scenario.OFFLINE, IMAGES, bench.clock)
    sampler.take(2, 3, 1.0)
    assert seen == [[0, 1], [2, 0], [1, 2]]


def test_a_hot_loop_by_time_asks_for_as_many_as_fit() -> None:
    bench = ScriptedBench(native_int8=lambda *_: 1_000_000)
    sampler = Sampler(bench(NATIVE_INT8), Scenario.HOT_LOOP, IMAGES, bench.clock)
    assert len(sampler.take(1, 100_000, 0.1).compute_ns) == 99, "each request adds 5 µs on the way"
    assert len(sampler.take(1, 4, 0.1).compute_ns) == 4
    assert len(sampler.take(1, 50, 0.001).compute_ns) == 1, "never without any"


def test_a_hot_loop_is_one_request_once_it_is_known_how_long_a_run_takes() -> None:
    bench = ScriptedBench(native_int8=lambda *_: 100_000)
    sampler = Sampler(bench(NATIVE_INT8), Scenario.HOT_LOOP, IMAGES, bench.clock)
    sampler.lead_in(1)
    assert len(sampler.take(1, 200, 0.025).compute_ns) == 200
    assert [what for _, _, what in bench.log] == ["time 0 10", "time 0 200"]
