"""A fake engine with real, noisy samples: it answers with times that real processes took, and no time passes."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.bench.latency.comparison import NO_TIMES, Comparison
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.sampling import LEAD_IN
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.engines.answers import Classification, Timing
from mnist_bench.engines.backend import Backend
from mnist_bench.network.network import CLASSES, Network
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import Pixels, RunnerInfo

_NO_LOGITS = np.zeros((1, CLASSES), np.float32)


Blocks = Sequence[NDArray[np.int64]]
"""One process: for each of its blocks int64 (N,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Compute times in ns of two processes of one and the same backend that ran side by side, by block."""

    one: Blocks
    two: Blocks


def record(backend: Backend, network: Network, images: Pixels, processes: int) -> list[Pair]:
    """The times of so many pairs of identical processes."""
    usual = Settings().plan
    settings = Settings(processes=processes, runs=processes * usual.blocks * usual.block_runs)  # no block cut short
    comparison = Measurement([backend, backend], network, images, settings).run()
    one, two = (run.by_process() for run in comparison.runs)
    return [Pair(*times) for times in zip(one, two, strict=True)]


class StandingClock:
    """No time passes."""

    def now(self) -> float:
        """Always the same."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Does not wait."""


class ReplayEngine:
    """One process: the requests in front of a block, which are not counted, take what the block's first one took."""

    def __init__(self, blocks: Blocks) -> None:
        lead_in = LEAD_IN[Scenario.SINGLE_STREAM]
        self._times = iter([*blocks[0][:1], *(time for block in blocks for time in (*[block[0]] * lead_in, *block))])

    def start(self) -> RunnerInfo:
        """Nothing is started."""
        return RunnerInfo("replay", "1", 1)

    def load(self, network: Network) -> LoadResult:
        """Nothing is loaded."""
        del network
        return LoadResult(0, 0, 0)

    def classify(self, images: Pixels) -> Classification:
        """An answer with the next time."""
        del images
        time_ns = int(next(self._times))
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
    other = copy(backend)  # the same, but told apart: processes are started on several threads at once
    firsts = iter([one for one, _ in sides])
    seconds = iter([[np.rint(block * factor).astype(np.int64) for block in two] for _, two in sides])
    images = np.zeros((1, 28, 28), np.uint8)

    def make_engine(started: Backend) -> ReplayEngine:
        return ReplayEngine(next(seconds if started is other else firsts))

    return Measurement(
        [backend, other],
        network,
        images,
        settings,
        make_engine=make_engine,
        clock=StandingClock(),
        bare_loop=lambda: NO_TIMES,
    ).run()
