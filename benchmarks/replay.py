"""A fake engine with real, noisy samples: it answers with times that real processes took, and no time passes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from mnist_bench.bench.latency.comparison import NO_TIMES, Comparison, Run
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.engines.answers import Classification, Timing
from mnist_bench.engines.backend import Backend
from mnist_bench.network.network import CLASSES, Network
from mnist_bench.protocol.messages import LoadResult, Pixels, RunnerInfo

_NO_LOGITS = np.zeros((1, CLASSES), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Compute times in ns of two processes of one and the same backend that ran side by side, int64 (N,) each."""

    one: NDArray[np.int64]
    two: NDArray[np.int64]


def record(backend: Backend, network: Network, images: Pixels, processes: int) -> list[Pair]:
    """The times of so many pairs of identical processes."""
    settings = Settings(processes=processes)
    comparison = Measurement([backend, backend], network, images, settings).run()
    one, two = (_by_process(run) for run in comparison.runs)
    return [Pair(*times) for times in zip(one, two, strict=True)]


class StandingClock:
    """No time passes."""

    def now(self) -> float:
        """Always the same."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Does not wait."""


class ReplayEngine:
    """Each time it is started, it takes the times of the next process."""

    def __init__(self, processes: Iterator[NDArray[np.int64]]) -> None:
        self._processes = processes
        self._times: Iterator[int] = iter(())

    def start(self) -> RunnerInfo:
        """Become the next process."""
        self._times = cycle(next(self._processes).tolist())
        return RunnerInfo("replay", "1", 1)

    def load(self, network: Network) -> LoadResult:
        """Nothing is loaded."""
        del network
        return LoadResult(0, 0, 0)

    def classify(self, images: Pixels) -> Classification:
        """An answer with the next time."""
        del images
        time_ns = next(self._times)
        return Classification(_NO_LOGITS, (Timing(time_ns, time_ns),), 0)

    def time(self, pixels: Pixels, warm_up: int, runs: int) -> NDArray[np.int64]:
        """The next times."""
        del pixels, warm_up
        return np.array([next(self._times) for _ in range(runs)], np.int64)

    def cancel(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing was started."""


def replay(
    pairs: list[Pair], backend: Backend, network: Network, factor: float, random: np.random.Generator
) -> Comparison:
    """A comparison by default settings of two backends whose processes took these times; the second's by `factor`."""
    settings = Settings(warm_up_runs=0, seed=int(random.integers(2**31)))
    chosen = [pairs[place] for place in random.choice(len(pairs), settings.processes, replace=False)]
    sides = [(pair.two, pair.one) if random.random() < 0.5 else (pair.one, pair.two) for pair in chosen]
    slower = [np.rint(two * factor).astype(np.int64) for _, two in sides]
    engines = cycle((iter([one for one, _ in sides]), iter(slower)))
    images = np.zeros((1, 28, 28), np.uint8)

    def make_engine(_backend: Backend) -> ReplayEngine:
        return ReplayEngine(next(engines))

    return Measurement(
        [backend, backend],
        network,
        images,
        settings,
        make_engine=make_engine,
        clock=StandingClock(),
        bare_loop=lambda: NO_TIMES,
    ).run()


def _by_process(run: Run) -> list[NDArray[np.int64]]:
    return [np.concatenate(blocks) for blocks in run.by_process()]
