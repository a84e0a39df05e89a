"""Takes samples of one engine, as a scenario prescribes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mnist_bench.bench.latency.comparison import NO_TIMES, Nanoseconds
from mnist_bench.bench.latency.settings import LIVE_INTERVAL_S, Scenario
from mnist_bench.engines.answers import Classification
from mnist_bench.network.network import Network
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import Pixels, RunnerInfo

_FIRST_PIECE = 10
LEAD_IN = {Scenario.SINGLE_STREAM: 3, Scenario.OFFLINE: 1, Scenario.HOT_LOOP: 10, Scenario.LIVE: 0}
"""Uncounted requests in front of a block: another backend ran before it, and caches are full of that."""


class Engine(Protocol):
    """What is needed of an InferenceEngine, so that a test can script one."""

    def start(self) -> RunnerInfo:
        """Start the runner."""

    def load(self, network: Network) -> LoadResult:
        """Make `network` ready."""

    def classify(self, images: Pixels) -> Classification:
        """Answer a request of N images."""

    def time(self, pixels: Pixels, warm_up: int, runs: int) -> Nanoseconds:
        """Compute of each of `runs` runs inside the runner."""

    def cancel(self) -> None:
        """End what runs, from any thread."""

    def close(self) -> None:
        """End the runner."""


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Seconds, from some moment on, never backwards."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The real time."""

    def now(self) -> float:
        """Seconds of the clock that also times requests."""
        return time.perf_counter()

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Samples:
    """Times of N requests, int64 (N,) each; `round_trip_ns` is (0,) for a hot loop."""

    compute_ns: Nanoseconds
    round_trip_ns: Nanoseconds
    peak_memory_bytes: int = 0


class Sampler:
    """Asks one engine again and again.

    `images`: uint8 (N, 28, 28), taken in turn for SingleStream and Offline; Live and HotLoop use the first alone.
    `stopped`: whether nobody wants more samples.
    """

    def __init__(
        self,
        engine: Engine,
        scenario: Scenario,
        images: Pixels,
        clock: Clock,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engine = engine
        self._scenario = scenario
        self._images = images
        self._clock = clock
        self.stopped = stopped
        self._next = 0
        self._run_s = 0.0

    def lead_in(self, batch: int) -> None:
        """Ask a few times without counting."""
        if count := LEAD_IN[self._scenario]:
            self.take(batch, count, float("inf"))

    def take(self, batch: int, runs: int, seconds: float) -> Samples:
        """At least one and at most `runs` samples; no more once `seconds` have passed, or when stopped."""
        if self._scenario is Scenario.HOT_LOOP:
            return self._hot_loop(runs, seconds)
        compute, round_trips, peak = [], [], 0
        begin = self._clock.now()
        for number in range(runs):
            if number and (self.stopped() or self._clock.now() - begin >= seconds):
                break
            if self._scenario is Scenario.LIVE:
                self._clock.sleep(max(0.0, begin + (number + 1) * LIVE_INTERVAL_S - self._clock.now()))
            answer = self._engine.classify(self._request(batch))
            compute.append(answer.timings[0].compute_ns)
            round_trips.append(answer.timings[0].round_trip_ns)
            peak = max(peak, answer.peak_memory_bytes)
        return Samples(np.array(compute, np.int64), np.array(round_trips, np.int64), peak)

    def _hot_loop(self, runs: int, seconds: float) -> Samples:
        """In one request, or a few: how long a run takes is known from those before."""
        parts: list[Nanoseconds] = []
        begin = self._clock.now()
        done, count = 0, int(min(runs, max(1.0, seconds / self._run_s) if self._run_s else _FIRST_PIECE))
        while count > 0:
            parts.append(self._engine.time(self._images[0], 0, count))
            done += count
            passed = self._clock.now() - begin
            self._run_s = max(passed, 1e-9) / done
            count = int(min(runs - done, (seconds - passed) / self._run_s)) if passed < seconds else 0
        return Samples(np.concatenate(parts), NO_TIMES)

    def _request(self, batch: int) -> Pixels:
        if self._scenario is Scenario.LIVE:
            return self._images[:1]
        places = (self._next + np.arange(batch)) % len(self._images)
        self._next = (self._next + batch) % len(self._images)
        return self._images[places]


WINDOW = 10
STEADY_WITHIN = 0.05


def is_steady(warm_up_ns: Nanoseconds) -> bool:
    """Whether times have stopped falling: the medians of the last three windows of ten lie within 5 % of each other."""
    if len(warm_up_ns) < 3 * WINDOW:
        return False
    medians = np.median(warm_up_ns[-3 * WINDOW :].reshape(3, WINDOW), axis=1)
    return bool(medians.max() <= (1 + STEADY_WITHIN) * medians.min())


def warm_up(sampler: Sampler, runs: int, seconds: float, clock: Clock) -> tuple[Nanoseconds, bool]:
    """Ask until the times are steady, or one of the limits is reached: the compute times, and whether it is steady."""
    times = NO_TIMES
    begin = clock.now()
    while len(times) < runs and clock.now() - begin < seconds and not sampler.stopped():
        times = np.concatenate([times, sampler.take(1, min(WINDOW, runs - len(times)), seconds).compute_ns])
        if len(times) % WINDOW == 0 and is_steady(times):
            return times, True
    return times, False
