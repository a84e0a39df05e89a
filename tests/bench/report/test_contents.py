"""What reports say: figures, warnings, conditions, and the command that measures the same again."""

import shlex
from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.base.words import duration
from mnist_bench.bench.conditions import DeviceMoments
from mnist_bench.bench.latency.analysis import TimeKind, analyse, results_object
from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.report.contents import contents_of
from mnist_bench.cli.app import make_parser
from mnist_bench.cli.bench import settings_of
from mnist_bench.devices.device import DeviceCondition
from tests.bench.report.conftest import BACKENDS, Measure
from tests.comparisons import CALM, make_comparison


@pytest.mark.parametrize(
    ("scenario", "more"),
    [
        (Scenario.SINGLE_STREAM, {"seconds": 0.0123456789, "runs": None}),
        (Scenario.HOT_LOOP, {"seed": 7, "warm_up_seconds": 0.25}),
        (Scenario.OFFLINE, {"batches": (1,), "cool_down_s": 0.5}),
    ],
)
def test_the_command_measures_the_same_again(measure: Measure, scenario: Scenario, more: dict[str, object]) -> None:
    comparison = measure(2, scenario, model="my model's.pt", **more)
    program, *words = shlex.split(contents_of(comparison, TimeKind.COMPUTE).commands[0])
    options = make_parser().parse_args(words)
    assert program == "mnist-bench"
    assert settings_of(options) == comparison.settings
    assert (options.model, options.baseline) == ("my model's.pt", BACKENDS[0])
    assert tuple(options.backends) == BACKENDS[:2]


def test_counts_of_processes_and_blocks_are_of_what_was_measured() -> None:
    """An older mnist-bench measured short runs in more blocks than this one would."""
    comparison = make_comparison(settings=Settings(processes=6, blocks=20, runs=2400))
    assert comparison.settings.plan.blocks == 20
    of_before = replace(comparison, settings=replace(comparison.settings, blocks=100, runs=120))
    assert of_before.settings.plan.blocks == 10
    (told,) = [value for what, value in contents_of(of_before, TimeKind.COMPUTE).conditions if what == "settings"]
    assert told.startswith("processes per backend: 6; blocks per process: 20; samples per block: 20; 120 samples")
    assert "--blocks" not in contents_of(of_before, TimeKind.COMPUTE).commands[0]


def test_figures_are_those_of_the_analysis() -> None:
    comparison = make_comparison()
    contents = contents_of(comparison, TimeKind.COMPUTE)
    result = analyse(comparison)[1]
    assert result.compute is not None
    assert result.ratio is not None
    assert contents.compute[2][1:4] == ("1,200", duration(result.compute.p50), duration(result.compute.p90))
    assert contents.ratios[2] == ("QNNPACK int8", str(result.ratio), "▼ faster")
    assert contents.around[2][-1] == "123 MB"


def test_the_median_in_words_is_of_the_time_that_is_compared() -> None:
    comparison = make_comparison()
    result = analyse(comparison)[0]
    assert result.compute is not None
    assert result.round_trip is not None
    of_compute, of_round_trip = (contents_of(comparison, kind).summary[0] for kind in TimeKind)
    assert of_compute.startswith(f"PyTorch fp32 takes {duration(result.compute.p50)} (median of compute);")
    assert of_round_trip.startswith(f"PyTorch fp32 takes {duration(result.round_trip.p50)} (median of round trip);")


def test_a_warning_of_the_whole_machine_stands_there_once() -> None:
    comparison = make_comparison(conditions=replace(CALM, others_busy=0.8))
    assert contents_of(comparison, TimeKind.COMPUTE).warnings[1:] == (
        ("busy machine", "all", "other programs kept 0.8 of 4 processors busy.", WarningKind.BUSY_MACHINE.advice),
    )
    alone = make_comparison(["torch-fp32"], conditions=replace(CALM, others_busy=0.8))
    assert contents_of(alone, TimeKind.COMPUTE).warnings[1][1] == "PyTorch fp32"
    assert contents_of(make_comparison(), TimeKind.COMPUTE).warnings == ()


def test_a_bare_loop_is_among_the_conditions() -> None:
    conditions = replace(CALM, bare_loop_ns=(*[300_000] * 60, *[345_000] * 37, *[600_000] * 3))
    told = contents_of(make_comparison(conditions=conditions), TimeKind.COMPUTE).conditions
    words = "300 µs, interquartile range 15 % of the median, 3 % of samples over 1.5 x the median"
    assert ("bare loop", words) in told
    assert "bare loop" not in {what for what, _ in contents_of(make_comparison(), TimeKind.COMPUTE).conditions}


def test_a_failure_is_told_once_and_not_for_each_batch() -> None:
    settings = Settings(Scenario.OFFLINE, processes=2, blocks=2, runs=40, batches=(1, 10))
    comparison = make_comparison(settings=settings, failures={"qnnpack-int8": "It does not run."})
    assert contents_of(comparison, TimeKind.COMPUTE).notes == ("QNNPACK int8: It does not run.",)


def test_a_phone_that_was_gone_in_the_end_is_among_the_conditions() -> None:
    conditions = replace(CALM, devices={"android:abc": DeviceMoments("Pixel 7", DeviceCondition(80, 30.0, 0))})
    told = contents_of(make_comparison(conditions=conditions), TimeKind.COMPUTE).conditions
    assert told[-1] == ("Pixel 7", "before: battery 80 %, 30.0 °C, thermal status 0; after: not reported")


def test_transport_is_the_median_of_each_samples_difference() -> None:
    """And not the difference of two medians, which here is three times as much."""
    comparison = make_comparison()
    first, other = comparison.runs
    compute, round_trips = np.array([1000, 5000, 10_000]), np.array([15_000, 7000, 11_000])
    blocks = tuple(replace(block, compute_ns=compute, round_trip_ns=round_trips) for block in first.blocks)
    uneven = replace(comparison, runs=(replace(first, blocks=blocks), other))
    contents = contents_of(uneven, TimeKind.COMPUTE)
    assert contents.around[0][4] == "transport"
    assert contents.around[1][4] == duration(2000)
    assert results_object(uneven, analyse(uneven))["results"][0]["transport_us"] == 2
