"""What reports say: the command that measures the same again."""

import shlex

import pytest

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.report.contents import contents_of
from mnist_bench.cli.app import make_parser
from mnist_bench.cli.bench import settings_of
from tests.bench.report.conftest import BACKENDS, Measure


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
