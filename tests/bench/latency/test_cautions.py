"""Each warning: when it is given, and that it is not given just before."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mnist_bench.base.processors import GroupQuota, ProcessorLimits
from mnist_bench.bench.conditions import Conditions, DeviceMoments
from mnist_bench.bench.latency.analysis import analyse
from mnist_bench.bench.latency.cautions import WarningKind, tick_ns
from mnist_bench.bench.latency.comparison import Block, Comparison, Run, RunnerFacts
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.machine import MachineState
from mnist_bench.devices.device import DeviceCondition
from tests.comparisons import CALM


def block(process: int, number: int, times: Any) -> Block:
    samples = np.array(times, np.int64)
    return Block(process, number, 0.0, samples, samples)


def steady(processes: int = 5, blocks: int = 2) -> list[Block]:
    """Samples of 100 µs, give or take 1 %, in steps of 1 ns."""
    random = np.random.default_rng(1)
    return [block(p, b, random.integers(99_500, 100_500, 50)) for p in range(processes) for b in range(blocks)]


def with_slow(count: int) -> list[Block]:
    """As many of the 500 take 1.6 x as long."""
    first, *rest = steady()
    return [replace(first, compute_ns=np.where(np.arange(50) < count, 160_000, first.compute_ns)), *rest]


def kinds(blocks: list[Block], conditions: Conditions = CALM, backend: str = "native-int8") -> set[WarningKind]:
    run = Run(RunnerFacts(backend, "Title", "int8", 1, "C", {}), 1, (), tuple(blocks))
    (result,) = analyse(Comparison(Settings(), conditions, backend, (run,)))
    assert all(warning.seen and warning.advice for warning in result.warnings)
    return {warning.kind for warning in result.warnings}


def spread_out(width: int) -> list[Block]:
    return [block(p, b, np.arange(100_000, 100_000 + width, width // 50)) for p in range(5) for b in range(2)]


def test_nothing_is_wrong_with_steady_samples() -> None:
    assert kinds(steady()) == set()


def test_unstable_by_the_middle_half() -> None:
    assert kinds(spread_out(25_000)) == {WarningKind.UNSTABLE}
    assert kinds(spread_out(15_000)) == set()


@pytest.mark.parametrize(
    ("backend", "advised"),
    [
        ("native-int8", "native-int8:core0"),
        ("native-int8@android:abc", "native-int8:core0@android:abc"),
        ("native-int8:core2", ""),
        ("torch-fp32", ""),
        ("of-last-year:core", ""),
    ],
)
def test_only_a_backend_that_can_be_pinned_is_advised_to_be(backend: str, advised: str) -> None:
    run = Run(RunnerFacts(backend, "Title", "int8", 1, "C", {}), 1, (), tuple(spread_out(25_000)))
    (result,) = analyse(Comparison(Settings(), CALM, backend, (run,)))
    (warning,) = result.warnings
    assert warning.seen.partition("for example ")[2].rstrip(".") == advised
    assert "core" not in warning.advice


def test_unstable_by_processes() -> None:
    blocks = steady()
    slower = [replace(one, compute_ns=one.compute_ns * 13 // 10) if one.process == 4 else one for one in blocks]
    assert kinds(slower) == {WarningKind.UNSTABLE}


def test_a_slow_first_run_is_slower_in_most_processes() -> None:
    slow_first = [replace(one, compute_ns=one.compute_ns * (6 if one.number == 0 else 5) // 5) for one in steady(5, 4)]
    assert WarningKind.SLOW_FIRST_RUN in kinds(slow_first)
    tenth = [replace(one, compute_ns=one.compute_ns * (6 if one.number < 2 else 5) // 5) for one in steady(5, 20)]
    assert WarningKind.SLOW_FIRST_RUN in kinds(tenth)
    first, *rest = steady(5, 4)
    in_one = [replace(first, compute_ns=first.compute_ns * 6 // 5), *rest]
    assert WarningKind.SLOW_FIRST_RUN not in kinds(in_one)


def test_slow_samples_are_more_than_two_per_cent_of_all() -> None:
    assert kinds(with_slow(10)) == set()
    assert kinds(with_slow(11)) == {WarningKind.SLOW_SAMPLES}


def test_an_uneven_bare_loop_tells_whose_fault_uneven_samples_are() -> None:
    def around(*times: int) -> Conditions:
        return replace(CALM, bare_loop_ns=times * 25)

    even, spread, interrupted = around(300, 301, 302, 303), around(300, 310, 340, 350), around(*[300] * 24, 500)
    slow = with_slow(11)
    assert kinds(slow, even) == {WarningKind.SLOW_SAMPLES}
    assert kinds(slow, spread) == kinds(slow, interrupted) == {WarningKind.SLOW_SAMPLES, WarningKind.BUSY_MACHINE}
    assert kinds(steady(), spread) == set(), "samples that are even need no excuse"
    assert kinds(slow, spread, "native-int8@android:abc") == {WarningKind.SLOW_SAMPLES}, "a phone is another computer"


def test_too_few_samples_or_processes() -> None:
    assert kinds(steady(4, 3)) == {WarningKind.TOO_FEW_SAMPLES}
    assert kinds([replace(one, compute_ns=one.compute_ns[:9]) for one in steady()]) == {WarningKind.TOO_FEW_SAMPLES}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"clock_mhz": (2000.0, 1790.0)}, WarningKind.FREQUENCY_CHANGED),
        ({"after": MachineState(9.0, throttled=4)}, WarningKind.THERMAL_THROTTLING),
        ({"others_busy": 0.16}, WarningKind.BUSY_MACHINE),
        ({"stolen": 0.16}, WarningKind.BUSY_MACHINE),
    ],
)
def test_what_happened_around_it(changed: dict[str, Any], kind: WarningKind) -> None:
    assert kinds(steady(), replace(CALM, **changed)) == {kind}
    assert kinds(steady(), replace(CALM, **changed), "native-int8@android:abc") == set(), "a phone is another computer"


def limited(limits: ProcessorLimits, later: ProcessorLimits | None = None) -> Conditions:
    before, after = MachineState(0.0, limits=limits), MachineState(60.0, limits=later or limits)
    return replace(CALM, before=before, after=after)


def seen(conditions: Conditions, threads: int = 1) -> dict[WarningKind, str]:
    run = Run(RunnerFacts("torch-fp32", "PyTorch fp32", "fp32", threads, "", {}), 1, (), tuple(steady()))
    (result,) = analyse(Comparison(Settings(), conditions, "torch-fp32", (run,)))
    return {warning.kind: warning.seen for warning in result.warnings}


def test_what_limits_this_program_is_told() -> None:
    assert seen(limited(ProcessorLimits(2, 2))) == {}
    pinned = seen(limited(ProcessorLimits(64, 3)))
    assert pinned == {WarningKind.FEWER_PROCESSORS: "the CPU affinity allows 3 of 64 processors."}
    before, after = (ProcessorLimits(2, 2, (GroupQuota(0.4, *counts),)) for counts in ((100, 5), (297, 196)))
    stopped = seen(limited(before, after))
    assert stopped == {WarningKind.QUOTA: "a quota of 0.4 processors stopped this program in 191 of 197 periods."}
    assert "wasn't used up" in seen(limited(before))[WarningKind.QUOTA]
    wide, later = (ProcessorLimits(2, 2, (GroupQuota(4.0, *counts),)) for counts in ((10, 0), (20, 1)))
    assert seen(limited(wide)) == {}, "more than there are processors"
    assert seen(limited(wide, later)).keys() == {WarningKind.QUOTA}, "shared with others who use it up"


@pytest.mark.parametrize(
    ("limits", "is_too_many"),
    [
        (ProcessorLimits(8, 8), False),
        (ProcessorLimits(8, 1), True),
        (ProcessorLimits(8, 8, (GroupQuota(1.0),)), True),
        (ProcessorLimits(8, 8, (GroupQuota(1.5),)), False),
    ],
)
def test_more_threads_than_can_run_at_once_are_told(limits: ProcessorLimits, is_too_many: bool) -> None:
    assert (WarningKind.MANY_THREADS in seen(limited(limits), threads=2)) is is_too_many


def test_a_system_that_tells_nothing_is_no_reason_to_warn() -> None:
    quiet = MachineState(0.0)
    silent = replace(CALM, clock_mhz=(), before=quiet, after=quiet, others_busy=None, stolen=None)
    assert kinds(steady(), silent) == set()


def test_a_phone_that_is_hot_or_changes_its_clock() -> None:
    cool, hot = DeviceCondition(80, 30.0, 0, {"4": 2000.0}), DeviceCondition(79, 41.0, 2, {"4": 1500.0})
    both = replace(CALM, devices={"android:abc": DeviceMoments("Pixel 7", cool, hot)})
    assert kinds(steady(), both, "native-int8@android:abc") == {WarningKind.THERMAL_THROTTLING}
    pinned = kinds(steady(), both, "native-int8:core4@android:abc")
    assert pinned == {WarningKind.THERMAL_THROTTLING, WarningKind.FREQUENCY_CHANGED}
    assert kinds(steady(), both, "native-int8:core41@android:abc") == {WarningKind.THERMAL_THROTTLING}
    assert kinds(steady(), both, "native-int8@android:other") == set()
    assert kinds(steady(), both, "native-int8") == set()


def test_a_coarse_timer_is_told_by_the_steps_between_samples() -> None:
    ticks = 1000 + 52 * (np.arange(50) % 2)
    coarse = [block(p, b, ticks) for p in range(5) for b in range(2)]
    assert kinds(coarse) == {WarningKind.COARSE_TIMER}
    mostly_equal = [replace(one, compute_ns=1000 + 52 * (np.arange(50) % 10 == 0)) for one in coarse]
    assert kinds(mostly_equal) == {WarningKind.COARSE_TIMER}
    nothing = [replace(one, compute_ns=52 * (np.arange(50) % 3 == 0)) for one in coarse]
    assert WarningKind.COARSE_TIMER in kinds(nothing)
    few = [block(0, 0, [700_000, 730_000, 760_000, 790_000, 820_000])]
    assert kinds(few) == {WarningKind.TOO_FEW_SAMPLES}, "five samples do not tell how a clock ticks"
    assert tick_ns(np.array([5, 5, 5])) == 0
    assert tick_ns(np.array([1979, 1980, 2031, 2032, 2083, 2084])) == 51, "19.2 MHz, both ends in whole ns"
    assert tick_ns(np.array([100, 141, 182, 100, 900])) == 41


def versions_warned_of(**versions: dict[str, str]) -> dict[str, list[str]]:
    """What is said of versions, by backend, where each has told these facts."""
    ids = {"here": "litert-int8", "there": "litert-int8@android:abc", "other": "onnxruntime-int8"}
    runs = [
        Run(RunnerFacts(ids[key], key, "int8", 1, "C", facts), 1, (), tuple(steady()))
        for key, facts in versions.items()
    ]
    results = analyse(Comparison(Settings(), CALM, runs[0].backend, tuple(runs)))
    kind = WarningKind.ENGINE_VERSIONS
    return {
        key: [warning.seen for warning in result.warnings if warning.kind is kind]
        for key, result in zip(versions, results, strict=True)
    }


def test_another_version_of_the_same_engine_is_told_of_both() -> None:
    assert versions_warned_of(
        here={"litert": "2.3.0"}, there={"litert": "0.18.1"}, other={"onnxruntime": "1.32.0"}
    ) == {
        "here": ["LiteRT 2.3.0 here, 0.18.1 on others."],
        "there": ["LiteRT 0.18.1 here, 2.3.0 on others."],
        "other": [],
    }


def test_the_same_version_or_one_that_nobody_told_is_not_warned_of() -> None:
    same = {"litert": "2.3.0"}
    assert versions_warned_of(here=same, there=dict(same)) == {"here": [], "there": []}
    assert versions_warned_of(here=same, there={"litert runner": "1"}) == {"here": [], "there": []}
