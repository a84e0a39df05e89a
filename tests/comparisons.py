"""Comparisons of made-up samples, as a measurement would have left them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mnist_bench.bench.conditions import Conditions
from mnist_bench.bench.latency.comparison import NO_TIMES, Block, Comparison, ProcessStart, Run, RunnerFacts
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.machine import MachineState
from mnist_bench.engines.backends import find_backend

BACKENDS = (
    "torch-fp32",
    "qnnpack-int8",
    "native-fp32",
    "native-int8",
    "torch-fp32:torchscript",
    "qnnpack-int8:torchscript",
)
"""Six, as many as the window shows."""

SCALES = (1.0, 0.81, 1.004, 0.27, 0.93, 1.18)
"""What each of BACKENDS takes, as a multiple of the first: faster, slower and neither among them."""

CALM = Conditions(
    started="2026-11-25T10:00:00+00:00",
    program_version="0.4.0",
    model="digits-cnn",
    network_sha256="ab12" * 16,
    cpu="Made-up CPU at 2.00 GHz",
    cores=4,
    system="Linux 6.1.0 x86_64",
    python="3.11.9",
    torch="2.13.0",
    before=MachineState(0.0, load=0.05, governor="performance", throttled=0),
    after=MachineState(60.0, load=0.9, governor="performance", throttled=0),
    clock_mhz=(2000.0, 1990.0),
    others_busy=0.02,
    stolen=0.0,
)
"""Nothing to warn of."""

TRANSPORT_NS = 40_000


def make_comparison(
    backends: Sequence[str] = BACKENDS[:2],
    settings: Settings | None = None,
    *,
    model: str | None = None,
    conditions: Conditions = CALM,
    baseline: str | None = None,
    scales: Sequence[float] = SCALES,
    median_ns: float = 200_000,
    failures: Mapping[str, str] | None = None,
    facts: Mapping[str, Mapping[str, str]] | None = None,
    cancelled: bool = False,
    seed: int = 1,
) -> Comparison:
    """Samples that spread by some per cent around `median_ns` x the backend's scale (and its batch size).

    By default 6 processes of 4 blocks of 50 samples each. Blocks run side by side drift together, and processes differ
    by a per cent, as real ones do. `failures`: backends without samples, and the sentence that says why. `facts`: what
    the runners of some backends tell besides what all do.
    """
    settings = settings or Settings(processes=6, blocks=4, runs=1200)
    conditions = replace(conditions, model=model or conditions.model)
    random = np.random.default_rng(seed)
    drift = 1 + 0.02 * np.sin(np.arange(settings.plan.processes * settings.plan.blocks))
    runs = tuple(
        _run(runner, batch, median_ns * scale, settings, drift, random, (failures or {}).get(runner.backend, ""))
        for runner, scale in zip((_runner(one, conditions, facts or {}) for one in backends), scales, strict=False)
        for batch in settings.batches
    )
    return Comparison(settings, conditions, baseline or backends[0], runs, cancelled)


def _runner(backend_id: str, conditions: Conditions, facts: Mapping[str, Mapping[str, str]]) -> RunnerFacts:
    backend = find_backend(backend_id, {device: moments.title for device, moments in conditions.devices.items()})
    told = {"runner": "made-up 1", **facts.get(backend_id, {})}
    return RunnerFacts(backend.id, backend.title, str(backend.precision), backend.threads, backend.mode_words, told)


def _run(
    runner: RunnerFacts,
    batch: int,
    median_ns: float,
    settings: Settings,
    drift: np.ndarray[tuple[int], np.dtype[np.float64]],
    random: np.random.Generator,
    failure: str,
) -> Run:
    if failure:
        return Run(runner, batch, (), (), failure=failure)
    blocks, plan = [], settings.plan
    process_levels = random.normal(1, 0.01, plan.processes)
    for place, shared in enumerate(drift):
        process, number = divmod(place, plan.blocks)
        level = batch * median_ns * shared * process_levels[process]
        compute = np.rint(level * random.lognormal(0, 0.02, plan.block_runs)).astype(np.int64)
        has_trips = settings.scenario is not Scenario.HOT_LOOP
        trips = compute + random.integers(TRANSPORT_NS, TRANSPORT_NS + 2000, len(compute)) if has_trips else NO_TIMES
        blocks.append(Block(process, number, 0.5 + 0.4 * place, compute, trips))
    start = ProcessStart(310_000_000, 12_000_000, round(4 * median_ns), NO_TIMES, steady=True)
    return Run(runner, batch, (start,) * plan.processes, tuple(blocks), peak_memory_bytes=123_400_000)
