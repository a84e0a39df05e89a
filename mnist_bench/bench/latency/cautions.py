"""Warnings about a measurement: a closed list, each with advice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.bench.conditions import Conditions
from mnist_bench.bench.latency.comparison import Comparison, Run
from mnist_bench.bench.statistics.summary import Summary
from mnist_bench.bench.versions import by_title
from mnist_bench.engines.backends import device_of, engine_version, known_backend

FEW_SAMPLES = 100
FEW_PROCESSES = 5
UNSTABLE_SPREAD = 0.10
UNSTABLE_PROCESSES = 1.25
SLOW_FIRST = 1.10
MANY_SLOW = 0.02
SLOW = 1.5
CLOCK_CHANGE = 0.10
BUSY_PROCESSORS = 0.15
COARSE_TICK = 0.02
_ROUNDING_NS = 2


class WarningKind(StrEnum):
    """Everything that can be warned of."""

    UNSTABLE = "unstable"
    SLOW_FIRST_RUN = "slow first run"
    SLOW_SAMPLES = "slow samples"
    TOO_FEW_SAMPLES = "too few samples"
    FREQUENCY_CHANGED = "frequency changed"
    THERMAL_THROTTLING = "thermal throttling"
    BUSY_MACHINE = "busy machine"
    COARSE_TIMER = "timer too coarse"
    FEWER_PROCESSORS = "fewer processors"
    QUOTA = "processor quota"
    MANY_THREADS = "more threads than processors"
    ENGINE_VERSIONS = "different versions"

    @property
    def advice(self) -> str:
        """What a person can do about it."""
        return _ADVICE[self]


_ADVICE = {
    WarningKind.UNSTABLE: "Close other programs, and measure again.",
    WarningKind.SLOW_FIRST_RUN: "Allow a longer warm-up.",
    WarningKind.SLOW_SAMPLES: "Something interrupts it now and then: trust the median, not the mean or p99.",
    WarningKind.TOO_FEW_SAMPLES: "Measure longer, in at least 5 processes.",
    WarningKind.FREQUENCY_CHANGED: "Fix the clock (the governor 'performance'), or add a cool-down between processes.",
    WarningKind.THERMAL_THROTTLING: "Let it cool down, and add a cool-down between processes.",
    WarningKind.BUSY_MACHINE: "Close other programs or use an otherwise idle computer, and measure again.",
    WarningKind.COARSE_TIMER: "Compare a larger network, or Offline with a larger batch.",
    WarningKind.FEWER_PROCESSORS: "Allow it all processors (taskset, cpusets), or mention the limit with the figures.",
    WarningKind.QUOTA: "Raise the quota (docker's --cpus, systemd's CPUQuota), or measure where there is none.",
    WarningKind.MANY_THREADS: "Use at most as many threads as processors.",
    WarningKind.ENGINE_VERSIONS: "Mention the versions with the figures, or install the same one for both.",
}


@dataclass(frozen=True, slots=True)
class MeasurementWarning:
    """One thing that may be wrong: its kind, and what was seen."""

    kind: WarningKind
    seen: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.kind.advice

    def __str__(self) -> str:
        return f"{self.kind}: {self.seen} {self.advice}"


def by_kind(seen: Iterable[tuple[str, MeasurementWarning]]) -> dict[WarningKind, dict[str, list[str]]]:
    """Each kind of warning, what was seen, and the titles of the runs of which it was seen.

    `seen`: the title of a run and a warning about it, in order.
    """
    found: dict[WarningKind, dict[str, list[str]]] = {}
    for title, warning in seen:
        found.setdefault(warning.kind, {}).setdefault(warning.seen, []).append(title)
    return found


@dataclass(frozen=True, slots=True)
class Evenness:
    """How even `count` samples are.

    Attributes:
        spread: the interquartile range, divided by the median.
        slow: how many take more than SLOW x the median.
    """

    count: int
    spread: float
    slow: int

    @classmethod
    def of(cls, times: NDArray[np.int64] | Sequence[int]) -> Self:
        """Of `times` (N,), N at least 1."""
        samples = np.asarray(times)
        p25, p50, p75 = (float(value) for value in np.percentile(samples, (25, 50, 75)))
        return cls(len(samples), (p75 - p25) / p50 if p50 else 0.0, int(np.count_nonzero(samples > SLOW * p50)))

    @property
    def is_spread(self) -> bool:
        """Whether the interquartile range is too wide."""
        return self.spread > UNSTABLE_SPREAD

    @property
    def has_many_slow(self) -> bool:
        """Whether too many are slow."""
        return self.slow > MANY_SLOW * self.count

    @property
    def is_uneven(self) -> bool:
        """Whether either is so."""
        return self.is_spread or self.has_many_slow

    def __str__(self) -> str:
        spread, slow = words.share(self.spread), words.share(self.slow / self.count)
        return f"interquartile range {spread} of the median, {slow} of samples over {SLOW} x the median"


def warnings_of(run: Run, compute: Summary, comparison: Comparison) -> tuple[MeasurementWarning, ...]:
    """All that may be wrong with one run of a comparison."""
    backend = known_backend(run.backend)
    found = [*_of_samples(run, compute), *_of_processes(run), *_of_versions(run, comparison)]
    if backend is not None and backend.can_pin and backend.core is None:
        advice = f"It can be pinned to a core, for example {backend.with_core(0).id}."
        found = [(kind, f"{seen} {advice}" if kind is WarningKind.UNSTABLE else seen) for kind, seen in found]
    if device_id := device_of(run.backend):
        found += _of_device(device_id, None if backend is None else backend.core, comparison.conditions)
    else:
        found += _of_machine(comparison.conditions)
        found += _of_limits(comparison.conditions, run.runner.threads)
        if not {kind for kind, _ in found}.isdisjoint((WarningKind.UNSTABLE, WarningKind.SLOW_SAMPLES)):
            found += _of_bare_loop(comparison.conditions)
    return tuple(MeasurementWarning(kind, seen) for kind, seen in found)


def _of_samples(run: Run, compute: Summary) -> Iterable[tuple[WarningKind, str]]:
    times = run.compute_ns
    evenness = Evenness.of(times)
    if evenness.is_spread:
        yield WarningKind.UNSTABLE, f"the interquartile range is {words.share(evenness.spread)} of the median."
    if evenness.has_many_slow:
        seen = f"{words.count_of(evenness.slow, evenness.count)} samples take more than {SLOW} x the median."
        yield WarningKind.SLOW_SAMPLES, seen
    if compute.count < FEW_SAMPLES:
        yield WarningKind.TOO_FEW_SAMPLES, f"{words.plural(compute.count, 'sample')}."
    tick = tick_ns(times) if compute.count >= FEW_SAMPLES else 0
    if not compute.p50:
        yield WarningKind.COARSE_TIMER, "the median is 0 ns."
    elif tick > COARSE_TICK * compute.p50:
        share = words.share(tick / compute.p50)
        yield WarningKind.COARSE_TIMER, f"its clock ticks every {words.duration(tick)}, {share} of the median."


def tick_ns(times_ns: NDArray[np.int64]) -> int:
    """How often the clock behind `times_ns` (N,) ticks, in ns: the smallest step between different samples.

    Of those up to the 75th percentile, if they differ: beyond, samples lie far apart. 1 or 2 ns are no step where there
    are larger ones: both ends of a time are rounded to whole ns. 0 where no two samples differ.
    """
    common = np.unique(times_ns[times_ns <= np.percentile(times_ns, 75)])
    steps = np.diff(common if len(common) > 1 else np.unique(times_ns))
    larger = steps[steps > _ROUNDING_NS]
    return int(min(larger if len(larger) else steps, default=0))


def _of_processes(run: Run) -> Iterable[tuple[WarningKind, str]]:
    processes = [[block for block in blocks if len(block)] for blocks in run.by_process()]
    processes = [blocks for blocks in processes if blocks]
    if len(processes) < FEW_PROCESSES:
        yield WarningKind.TOO_FEW_SAMPLES, f"{words.plural(len(processes), 'process', 'processes')}."
    medians = [float(np.median(np.concatenate(blocks))) for blocks in processes]
    if len(medians) > 1 and (factor := max(medians) / max(min(medians), 1.0)) > UNSTABLE_PROCESSES:
        yield WarningKind.UNSTABLE, f"the medians of its processes differ by a factor of {words.three_digits(factor)}."
    firsts = [-(-len(blocks) // 10) for blocks in processes]
    ratios = [
        float(np.median(np.concatenate(blocks[:first])) / max(np.median(np.concatenate(blocks[first:])), 1.0))
        for blocks, first in zip(processes, firsts, strict=True)
        if len(blocks) > first
    ]
    if ratios and (slower := float(np.median(ratios))) > SLOW_FIRST:
        yield (
            WarningKind.SLOW_FIRST_RUN,
            f"the first tenth of the blocks takes {words.ratio(slower)} as long as the rest.",
        )


def _of_versions(run: Run, comparison: Comparison) -> Iterable[tuple[WarningKind, str]]:
    """Other versions of the same engine in this comparison, as on another device."""
    if (engine := engine_version(run.backend, run.runner.facts)) is None:
        return
    title, version = engine
    told = by_title(engine_version(other.backend, other.runner.facts) for other in comparison.runs)
    if others := sorted({*told[title]} - {version}):
        yield WarningKind.ENGINE_VERSIONS, f"{title} {version} here, {' and '.join(others)} on others."


def _of_machine(conditions: Conditions) -> Iterable[tuple[WarningKind, str]]:
    clocks = conditions.clock_mhz
    if clocks and max(clocks) - min(clocks) > CLOCK_CHANGE * max(clocks):
        yield WarningKind.FREQUENCY_CHANGED, f"from {words.frequency(min(clocks))} to {words.frequency(max(clocks))}."
    before, after = conditions.before.throttled, conditions.after.throttled
    if before is not None and after is not None and after > before:
        yield WarningKind.THERMAL_THROTTLING, f"the processor slowed itself down {after - before} times."
    others, stolen = conditions.others_busy or 0.0, conditions.stolen or 0.0
    if others > BUSY_PROCESSORS:
        busy = f"{words.short_number(others)} of {words.plural(conditions.cores, 'processor')}"
        yield WarningKind.BUSY_MACHINE, f"other programs kept {busy} busy."
    if stolen > BUSY_PROCESSORS:
        share = words.short_number(stolen)
        yield WarningKind.BUSY_MACHINE, f"other virtual machines on the same hardware took {share} processors' time."


def _of_limits(conditions: Conditions, threads: int) -> Iterable[tuple[WarningKind, str]]:
    """What keeps this program, and so a runner with so many threads, from using all processors."""
    limits = conditions.before.limits
    if limits is None:
        return
    there = words.plural(limits.present, "processor")
    if limits.allowed < limits.present:
        yield WarningKind.FEWER_PROCESSORS, f"the CPU affinity allows {limits.allowed} of {there}."
    stopped, periods = conditions.throttled_periods or (0, 0)
    if limits.quota is not None and (stopped or limits.quota < limits.allowed):
        often = f"stopped this program in {words.count_of(stopped, periods)} periods" if stopped else "wasn't used up"
        yield WarningKind.QUOTA, f"a quota of {words.short_number(limits.quota)} processors {often}."
    if threads > limits.usable:
        seen = (
            f"{words.plural(threads, 'thread')}, but this program can use {words.plural(limits.usable, 'processor')}."
        )
        yield WarningKind.MANY_THREADS, seen


def _of_bare_loop(conditions: Conditions) -> Iterable[tuple[WarningKind, str]]:
    """Whose fault it is that samples are uneven: arithmetic without any backend is measured by the same rules."""
    if not conditions.bare_loop_ns:
        return
    evenness = Evenness.of(conditions.bare_loop_ns)
    if evenness.is_uneven:
        yield WarningKind.BUSY_MACHINE, f"even a bare loop of arithmetic, without any backend, is uneven: {evenness}."


def _of_device(device_id: str, core: int | None, conditions: Conditions) -> Iterable[tuple[WarningKind, str]]:
    """What the device besides this computer tells, of the core that the runner was pinned to if it was."""
    device = conditions.devices.get(device_id)
    if device is None or device.after is None:
        return
    if device.after.thermal_status:
        yield WarningKind.THERMAL_THROTTLING, f"its thermal status is {device.after.thermal_status} of 6."
    if device.before is not None and (now := device.after.frequency_mhz.get(str(core))) is not None:
        then = device.before.frequency_mhz.get(str(core), now)
        if abs(now - then) > CLOCK_CHANGE * max(now, then):
            clocks = f"from {words.frequency(then)} to {words.frequency(now)}"
            yield WarningKind.FREQUENCY_CHANGED, f"core {core} {clocks}."
