"""Measures latency: fresh processes of every backend, their blocks interleaved in random order."""

import logging
import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from mnist_bench.base.errors import Cancelled, InputError, MnistBenchError
from mnist_bench.base.progress import OnProgress
from mnist_bench.base.trouble import told
from mnist_bench.bench import conditions
from mnist_bench.bench.latency.bare_loop import run_bare_loop
from mnist_bench.bench.latency.comparison import Block, Comparison, Nanoseconds, ProcessStart, Run, RunnerFacts
from mnist_bench.bench.latency.sampling import Clock, Engine, Sampler, SystemClock, warm_up
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.machine import MachineState
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import Network
from mnist_bench.protocol.messages import Pixels, RunnerInfo
from mnist_bench.protocol.tables import AWAKE_NS

_log = logging.getLogger(__name__)

_UNTIL_OTHERS_SLEEP_S = 1.2 * AWAKE_NS / 1e9  # the runner of the block before is awake for so long

MakeEngine = Callable[[Backend], Engine]


@dataclass(slots=True, eq=False)
class _Entrant:
    """One backend while it is measured: what has been gathered of it, and its present process."""

    backend: Backend
    batches: tuple[int, ...]
    facts: RunnerFacts
    starts: list[ProcessStart] = field(default_factory=list)
    blocks: dict[int, list[Block]] = field(default_factory=dict)
    peak_memory_bytes: int = 0
    failure: str = ""
    engine: Engine | None = None
    sampler: Sampler | None = None

    def runs(self) -> Iterable[Run]:
        for batch in self.batches:
            blocks = tuple(self.blocks.get(batch, ()))
            yield Run(self.facts, batch, tuple(self.starts), blocks, self.peak_memory_bytes, self.failure)


class Measurement:
    """Measures a network on several backends: `run` in a thread of its own, `cancel` from any other.

    `images`: uint8 (N, 28, 28), what is classified. The first of `backends` is the baseline unless another is named.
    `on_round` is given what there is after each round, while no backend runs.
    """

    def __init__(
        self,
        backends: Sequence[Backend],
        network: Network,
        images: Pixels,
        settings: Settings,
        *,
        model: str | None = None,
        baseline: str | None = None,
        make_engine: MakeEngine | None = None,
        clock: Clock | None = None,
        bare_loop: Callable[[], Nanoseconds] = run_bare_loop,
        on_progress: OnProgress | None = None,
        on_round: Callable[[tuple[Run, ...]], None] | None = None,
    ) -> None:
        self._network = network
        self._images = images
        self._settings = settings
        self._plan = settings.plan
        self._model = model or network.name
        self._baseline = baseline or backends[0].id
        self._make_engine = make_engine or partial(InferenceEngine, awake=settings.scenario.keeps_awake)
        self._clock = clock or SystemClock()
        self._bare_loop = bare_loop
        self._on_progress = on_progress or _no_progress
        self._on_round = on_round
        self._random = random.Random(settings.seed)  # noqa: S311 - an order, not a secret
        self._entrants = [_Entrant(backend, settings.batches, _plain_facts(backend)) for backend in backends]
        self._cancelled = False
        self._began_s = 0.0
        self._done = 0
        self._steps = self._plan.processes * (1 + self._plan.blocks * len(settings.batches)) * len(backends)
        self._clock_mhz: list[float] = []
        self._bare_loop_ns: list[int] = []

    def run(self) -> Comparison:
        """Measure all; after `cancel` what there is so far, Cancelled where that is nothing.

        A backend that fails keeps what it has, with its failure; where none has anything, their failures are raised.
        """
        backends = [entrant.backend for entrant in self._entrants]
        self._refuse_unfit()
        before = conditions.read_moment(backends)
        self._began_s = self._clock.now()
        try:
            for process in range(self._plan.processes):
                if all(entrant.failure for entrant in self._entrants):
                    break
                if process or self._settings.cool_down_s:
                    self._rest()
                self._round(process)
                if self._on_round is not None:
                    self._on_round(self._runs())
        except Cancelled:
            self._cancelled = True
        after = conditions.read_moment([] if self._cancelled else backends)  # a device may be why it was cancelled
        runs = self._runs()
        if not any(run.blocks for run in runs):
            if self._cancelled:
                raise Cancelled("Cancelled before anything was measured.")
            raise InputError("No backend could be measured. " + " ".join(one.failure for one in self._entrants))
        gathered = conditions.gather(
            self._model, self._network, backends, before, after, tuple(self._clock_mhz), tuple(self._bare_loop_ns)
        )
        return Comparison(self._settings, gathered, self._baseline, runs, self._cancelled)

    def cancel(self) -> None:
        """End it: what was measured so far is kept."""
        self._cancelled = True
        for entrant in self._entrants:
            if (engine := entrant.engine) is not None:
                engine.cancel()

    def _runs(self) -> tuple[Run, ...]:
        return tuple(run for entrant in self._entrants for run in entrant.runs())

    # One round: a fresh process of each backend.

    def _round(self, process: int) -> None:
        able = [entrant for entrant in self._entrants if not entrant.failure]
        try:
            with ThreadPoolExecutor(max_workers=max(len(able), 1)) as pool:
                starts = list(pool.map(self._start, able))
            for entrant, start_ns in zip(able, starts, strict=True):
                self._guarded(entrant, partial(self._make_ready, entrant, start_ns))
                self._step(f"{entrant.backend.title}: ready")
            for number in range(self._plan.blocks):
                turns = [(entrant, batch) for entrant in able for batch in self._settings.batches]
                self._random.shuffle(turns)
                for entrant, batch in turns:
                    self._guarded(entrant, partial(self._block, entrant, batch, process, number))
                    self._step(f"{entrant.backend.title}: process {process + 1} of {self._plan.processes}")
            self._clock_mhz += [max(clocks)] if (clocks := MachineState.read().frequency_mhz.values()) else []
        finally:
            for entrant in able:
                if entrant.engine is not None:
                    entrant.engine.close()
                entrant.engine = entrant.sampler = None
        self._bare_loop_ns += self._bare_loop().tolist()

    def _start(self, entrant: _Entrant) -> int:
        """Start a process; how long that took, in ns."""
        passed_s = 0.0

        def start() -> None:
            nonlocal passed_s
            begin = self._clock.now()
            entrant.engine = self._make_engine(entrant.backend)
            info = entrant.engine.start()
            passed_s = self._clock.now() - begin
            if not entrant.starts:
                entrant.facts = _told_facts(entrant.backend, info)

        self._guarded(entrant, start)
        return round(1e9 * passed_s)

    def _make_ready(self, entrant: _Entrant, start_ns: int) -> None:
        engine = entrant.engine
        assert engine is not None  # noqa: S101 - `_guarded` runs nothing behind a failed start
        loaded = engine.load(self._network)
        first = engine.classify(self._images[:1])
        sampler = Sampler(engine, self._settings.scenario, self._images, self._clock, lambda: self._cancelled)
        limit = self._settings
        times, steady = warm_up(sampler, limit.warm_up_runs, limit.warm_up_seconds, self._clock)
        start = ProcessStart(start_ns, loaded.load_ns, first.timings[0].compute_ns, times, steady)
        entrant.starts.append(start)
        entrant.sampler = sampler
        entrant.peak_memory_bytes = max(entrant.peak_memory_bytes, loaded.peak_memory_bytes, first.peak_memory_bytes)

    def _block(self, entrant: _Entrant, batch: int, process: int, number: int) -> None:
        sampler = entrant.sampler
        assert sampler is not None  # noqa: S101 - as above
        if self._settings.scenario.keeps_awake and len(self._entrants) > 1:
            self._clock.sleep(_UNTIL_OTHERS_SLEEP_S)
        sampler.lead_in(batch)
        if self._cancelled:
            raise Cancelled("Cancelled.")
        started_s = self._clock.now() - self._began_s
        samples = sampler.take(batch, self._plan.runs_of_block(process, number), self._plan.block_seconds)
        block = Block(process, number, started_s, samples.compute_ns, samples.round_trip_ns)
        entrant.blocks.setdefault(batch, []).append(block)
        entrant.peak_memory_bytes = max(entrant.peak_memory_bytes, samples.peak_memory_bytes)

    def _guarded(self, entrant: _Entrant, work: Callable[[], None]) -> None:
        """Do `work` unless this backend has failed; a failure ends this backend's part, and no other's."""
        if self._cancelled:
            raise Cancelled("Cancelled.")
        if entrant.failure:
            return
        try:
            work()
        except Cancelled:
            raise
        except MnistBenchError as error:
            if self._cancelled:  # its runner was ended for that
                raise Cancelled("Cancelled.") from error
            entrant.failure = str(error)
        except Exception as error:  # whatever it is, the samples of the others are kept
            _log.exception("%s cannot be measured", entrant.backend.id)
            entrant.failure = f"It could not be measured: {told(error)}"

    def _rest(self) -> None:
        self._on_progress(self._done, self._steps, "cooling down" if self._settings.cool_down_s else "starting")
        until = self._clock.now() + self._settings.cool_down_s
        while (left := until - self._clock.now()) > 0 and not self._cancelled:
            self._clock.sleep(min(left, 0.1))

    def _step(self, words: str) -> None:
        self._done += 1
        self._on_progress(self._done, self._steps, words)

    def _refuse_unfit(self) -> None:
        for entrant in self._entrants:
            try:
                entrant.backend.check(self._network)
            except NetworkError as error:
                entrant.failure = error.message


def _plain_facts(backend: Backend) -> RunnerFacts:
    return RunnerFacts(backend.id, backend.title, str(backend.precision), backend.threads, backend.mode_words, facts={})


def _told_facts(backend: Backend, info: RunnerInfo) -> RunnerFacts:
    facts = {"runner": f"{info.program} {info.version}", **info.facts, **backend.device.read_facts()}
    return RunnerFacts(backend.id, backend.title, str(backend.precision), backend.threads, backend.mode_words, facts)


def _no_progress(_done: int, _steps: int, _words: str) -> None:
    """Nobody wants to know."""
