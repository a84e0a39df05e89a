"""The value of a latency measurement: every sample of every backend, in the blocks in which they were taken."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_bench.bench.conditions import Conditions
from mnist_bench.bench.latency.settings import Scenario, Settings

Nanoseconds = NDArray[np.int64]
NO_TIMES: Nanoseconds = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Samples taken one after the other in one process.

    Attributes:
        process: which process of its backend, from 0.
        number: which block of its process, from 0.
        started_s: when it began, in seconds since the measurement began.
        compute_ns: int64 (N,), for each request.
        round_trip_ns: int64 (N,), for each request; (0,) for a hot loop.
    """

    process: int
    number: int
    started_s: float
    compute_ns: Nanoseconds
    round_trip_ns: Nanoseconds


@dataclass(frozen=True, slots=True, eq=False)
class ProcessStart:
    """How one process of a backend started.

    Attributes:
        start_ns: from asking the system for the process until it has said who it is.
        load_ns: how long it took to load the network, by its own clock.
        first_ns: compute of its first inference.
        warm_up_ns: int64 (N,), compute of each request of the warm-up, which are not counted.
        steady: whether the warm-up ended because times were steady, rather than at its limit.
    """

    start_ns: int
    load_ns: int
    first_ns: int
    warm_up_ns: Nanoseconds
    steady: bool


@dataclass(frozen=True, slots=True)
class RunnerFacts:
    """What runs: a backend, and what its runner says of itself.

    Attributes:
        backend: its id, such as `native-int8`.
        facts: what the runner says, such as its kernels, and what a phone says of itself.
    """

    backend: str
    title: str
    precision: str
    threads: int
    mode: str
    facts: dict[str, str]


@dataclass(frozen=True, eq=False)
class Run:
    """All samples of one backend under one setting.

    Attributes:
        batch: images in a request.
        peak_memory_bytes: of its largest process; 0 if unknown.
        failure: why it has no samples, or no more of them, in a sentence; empty if nothing failed.
    """

    runner: RunnerFacts
    batch: int
    starts: tuple[ProcessStart, ...]
    blocks: tuple[Block, ...]
    peak_memory_bytes: int = 0
    failure: str = ""

    @property
    def backend(self) -> str:
        """The id of its backend."""
        return self.runner.backend

    @property
    def title(self) -> str:
        """What a person reads: with the batch size where there are several images per request."""
        return self.runner.title if self.batch == 1 else f"{self.runner.title} · batch {self.batch}"

    @property
    def failure_words(self) -> str:
        """Who failed, why, and what that means for its ratio; empty where nothing went wrong."""
        if not self.failure:
            return ""
        kept = " It was measured until then; its ratio covers only the blocks that the baseline ran beside it."
        said = self.failure if self.failure.startswith(self.runner.title) else f"{self.runner.title}: {self.failure}"
        return f"{said}{kept if self.blocks else ''}"

    @cached_property
    def compute_ns(self) -> Nanoseconds:
        """int64 (N,): every sample, in the order in which they were taken."""
        return np.concatenate([NO_TIMES, *(block.compute_ns for block in self.blocks)])

    @cached_property
    def round_trip_ns(self) -> Nanoseconds:
        """int64 (N,), or (0,) for a hot loop."""
        return np.concatenate([NO_TIMES, *(block.round_trip_ns for block in self.blocks)])

    @cached_property
    def transport_ns(self) -> float | None:
        """The way there and back: the median of round trip - compute of each sample; None without round trips."""
        if not len(self.round_trip_ns):
            return None
        return max(float(np.median(self.round_trip_ns - self.compute_ns)), 0.0)

    @property
    def images_per_second(self) -> float | None:
        """Throughput: images by the time of their round trips (of their compute for a hot loop); None without any."""
        times = self.round_trip_ns if len(self.round_trip_ns) else self.compute_ns
        total_ns = int(times.sum())
        return 1e9 * self.batch * len(times) / total_ns if total_ns else None

    def by_process(self, *, round_trips: bool = False) -> list[list[Nanoseconds]]:
        """The samples of each block of each process."""
        count = max((block.process for block in self.blocks), default=-1) + 1
        levels: list[list[Nanoseconds]] = [[] for _ in range(count)]
        for block in self.blocks:
            levels[block.process].append(block.round_trip_ns if round_trips else block.compute_ns)
        return levels


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several runs side by side, measured together.

    Attributes:
        baseline: the id of the backend that the others are compared with.
        cancelled: whether a person ended it early.
    """

    settings: Settings
    conditions: Conditions
    baseline: str
    runs: tuple[Run, ...]
    cancelled: bool = False

    @property
    def model(self) -> str:
        """A bundled model's name, or a file."""
        return self.conditions.model

    @property
    def complete(self) -> bool:
        """Whether all was measured that was asked for: nobody cancelled it, and no backend failed."""
        return not self.cancelled and not any(run.failure for run in self.runs)

    @property
    def titles(self) -> dict[str, str]:
        """The id of each backend, in order, and what a person reads."""
        return {run.backend: run.runner.title for run in self.runs}

    @property
    def scenario(self) -> Scenario:
        """How samples followed one another."""
        return self.settings.scenario

    def baseline_of(self, run: Run) -> Run | None:
        """The run that `run` is compared with: the baseline's with the same batch size, if it has samples."""
        return self.run_of(self.baseline, run.batch)

    def run_of(self, backend: str, batch: int) -> Run | None:
        """The run of the backend with this id and of this batch size, if it has samples."""
        for run in self.runs:
            if run.backend == backend and run.batch == batch and len(run.compute_ns):
                return run
        return None
