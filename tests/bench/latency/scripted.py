"""A clock and an engine that do as a test says: no time passes but what requests take."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mnist_bench.engines.answers import Classification, Timing
from mnist_bench.engines.backend import Backend
from mnist_bench.network.network import Network
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import Pixels, RunnerInfo

LOAD_NS, TRANSPORT_NS = 2_000_000, 5_000


class ScriptedClock:
    """Stands still but for `pass_ns` and `sleep`."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.now_ns / 1e9

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 9))
        self.now_ns += round(seconds * 1e9)

    def pass_ns(self, nanoseconds: int) -> None:
        self.now_ns += nanoseconds


TimeOf = Callable[[int, int], int]
"""Compute in ns by the process (from 0) and the number of the request in it (from 0)."""


class ScriptedBench:
    """Makes engines of one clock, and keeps what was asked of them, in order: (backend, process, what)."""

    def __init__(self, **times: TimeOf) -> None:
        self.clock = ScriptedClock()
        self.log: list[tuple[str, int, str]] = []
        self.open = 0
        self.failing: dict[str, tuple[int, Exception]] = {}
        self.when_asked: Callable[[int], None] = lambda _count: None
        self._times = {name.replace("_", "-"): time_of for name, time_of in times.items()}
        self._processes: dict[str, int] = {}

    def bare_loop(self) -> NDArray[np.int64]:
        """An even one, whatever the real machine is like."""
        return np.array([300_000, 301_000], np.int64)

    def __call__(self, backend: Backend) -> "ScriptedEngine":
        process = self._processes.get(backend.id, -1) + 1
        self._processes[backend.id] = process
        return ScriptedEngine(self, backend.id, process, self._times.get(backend.id, lambda _p, _n: 100_000))


class ScriptedEngine:
    """One process: each request takes what the script says, and 5 µs on the way."""

    def __init__(self, bench: ScriptedBench, name: str, process: int, time_of: TimeOf) -> None:
        self._bench, self._name, self._process, self._time_of = bench, name, process, time_of
        self._asked = 0

    def start(self) -> RunnerInfo:
        self._note("start")
        self._bench.open += 1
        return RunnerInfo("scripted", "1", 1, facts={"kernels": "none"})

    def load(self, network: Network) -> LoadResult:
        self._note(f"load {network.name}")
        return LoadResult(LOAD_NS, 1000, 1_000_000)

    def classify(self, images: Pixels) -> Classification:
        self._note(f"classify {len(images)}")
        compute_ns = len(images) * self._next()
        self._bench.clock.pass_ns(compute_ns + TRANSPORT_NS)
        timing = Timing(compute_ns, compute_ns + TRANSPORT_NS, len(images))
        return Classification(np.zeros((len(images), 10), np.float32), (timing,), 2_000_000)

    def time(self, pixels: Pixels, warm_up: int, runs: int) -> NDArray[np.int64]:
        del pixels
        self._note(f"time {warm_up} {runs}")
        times = np.array([self._next() for _ in range(runs)], np.int64)
        self._bench.clock.pass_ns(int(times.sum()) + TRANSPORT_NS)
        return times

    def cancel(self) -> None:
        self._note("cancel")

    def close(self) -> None:
        self._note("close")
        self._bench.open -= 1

    def _next(self) -> int:
        fails_at, error = self._bench.failing.get(self._name, (-1, None))
        if error is not None and self._asked >= fails_at:
            raise error
        time_ns = self._time_of(self._process, self._asked)
        self._asked += 1
        self._bench.when_asked(sum(what.startswith(("classify", "time")) for _, _, what in self._bench.log))
        return time_ns

    def _note(self, what: str) -> None:
        self._bench.log.append((self._name, self._process, what))
