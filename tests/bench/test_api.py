"""The public functions: what they take, how they are ended early, and that importing the package costs nothing."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mnist_bench
from mnist_bench.base.errors import Cancelled, InputError, UsageError
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.results.comparing import ComparedAccuracy, ComparedLayers, ComparedRun
from mnist_bench.bench.results.result import Result
from mnist_bench.bench.stop import Stop
from mnist_bench.digits.datasets import LabelledDigits
from tests.backends import NATIVE_INT8
from tests.bench.results.measured import evaluated, traced
from tests.comparisons import make_comparison

needs_runner = pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")

NATIVE = ("native-fp32", "native-int8")
SHORT = Settings(processes=2, blocks=2, runs=20, warm_up_runs=10)


@pytest.fixture
def digits() -> LabelledDigits:
    images = np.random.default_rng(1).integers(0, 256, (500, 28, 28), np.uint8)
    return LabelledDigits(images, np.arange(500, dtype=np.uint8) % 10, "made up")


def stop_after(stop: Stop, count: int) -> Callable[[int, int, str], None]:
    """Progress that sets `stop` at the last of so many reports."""
    reports: list[int] = []

    def progress(done: int, _total: int, _words: str) -> None:
        reports.append(done)
        if len(reports) == count:
            stop.set()

    return progress


@needs_runner
def test_latency_accuracy_and_layers_of_one_network(digits: LabelledDigits) -> None:
    network = mnist_bench.load_network("digits-mlp")
    latency = mnist_bench.benchmark(NATIVE, network, settings=SHORT, baseline="native-int8")
    accuracy = mnist_bench.evaluate(NATIVE, digits, network)
    layers = mnist_bench.layers(["native-int8"], network, digits.images[:1], repeats=2)
    assert (latency.baseline, list(latency.titles)) == ("native-int8", list(NATIVE))
    assert [len(run.compute_ns) for run in latency.runs] == [20, 20]
    assert [one.images for one in accuracy.results] == [500, 500]
    assert (accuracy.baseline, accuracy.complete) == ("native-fp32", True)
    assert [one.backend_id for one in layers.backends] == ["native-int8", "native-fp32"], "with a reference"
    assert layers.complete
    hashes = {one.conditions.network_sha256 for one in (latency, accuracy, layers)}
    assert len(hashes) == 1


@needs_runner
def test_each_can_be_stopped_and_keeps_what_there_is(digits: LabelledDigits) -> None:
    stop = Stop()
    latency = mnist_bench.benchmark(NATIVE, "digits-mlp", settings=SHORT, on_progress=stop_after(stop, 5), stop=stop)
    assert latency.cancelled
    stop = Stop()
    layers = mnist_bench.layers(
        NATIVE, "digits-mlp", digits.images[:3], repeats=1000, on_progress=stop_after(stop, 4), stop=stop
    )
    assert layers.cancelled
    assert layers.images >= 1
    stop = Stop()
    many = LabelledDigits(np.tile(digits.images, (60, 1, 1)), np.tile(digits.labels, 60), "many")
    accuracy = mnist_bench.evaluate(NATIVE, many, "digits-mlp", on_progress=stop_after(stop, 3), stop=stop)
    assert accuracy.cancelled
    assert not accuracy.complete
    assert accuracy.results
    assert set(accuracy.failures.values()) == {"Cancelled."}


@needs_runner
@pytest.mark.parametrize("function", [mnist_bench.benchmark, mnist_bench.evaluate, mnist_bench.layers])
def test_what_was_stopped_before_it_began_has_nothing(function: Callable[..., object]) -> None:
    stop = Stop()
    stop.set()
    given = {} if function is not mnist_bench.evaluate else {"digits": _one_digit()}
    with pytest.raises(Cancelled):
        function(["native-int8"], model="digits-mlp", stop=stop, **given)


def _one_digit() -> LabelledDigits:
    return LabelledDigits(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8), "one")


@needs_runner
def test_a_backend_that_cannot_run_is_a_failure_beside_the_others(digits: LabelledDigits) -> None:
    nowhere = "native-fp32:core500"
    accuracy = mnist_bench.evaluate(["native-int8", nowhere], digits.first(5), "digits-mlp")
    assert list(accuracy.failures) == [nowhere]
    assert [one.backend_id for one in accuracy.results] == ["native-int8"]
    assert list(accuracy.titles) == ["native-int8", nowhere]
    with pytest.raises(InputError, match="No backend could be traced"):
        mnist_bench.layers([nowhere], "digits-mlp")


def test_what_is_not_possible_is_told_before_anything_starts(digits: LabelledDigits) -> None:
    for backends in ([], ["abacus-fp128"]):
        with pytest.raises(UsageError):
            mnist_bench.benchmark(backends)
    with pytest.raises(UsageError, match="is not measured"):
        mnist_bench.evaluate(["native-int8"], digits, baseline="torch-fp32")
    with pytest.raises(InputError):
        mnist_bench.evaluate(["native-int8"], Path("/there/is/none"))


def test_results_of_one_kind_are_compared() -> None:
    latency = mnist_bench.compare(make_comparison(), Result(make_comparison(seed=2), "again"), each=True)
    assert [type(row) for row in latency.rows] == [ComparedRun] * 4
    assert len(latency.notes) == 1
    assert {type(row) for row in mnist_bench.compare(evaluated()).rows} == {ComparedAccuracy}
    assert {type(row) for row in mnist_bench.compare(traced(), traced()).rows} == {ComparedLayers}
    with pytest.raises(UsageError, match="different kinds: latency, accuracy"):
        mnist_bench.compare(make_comparison(), evaluated())
    with pytest.raises(UsageError, match="nothing to compare"):
        mnist_bench.compare()
    with pytest.raises(UsageError, match="no kind of time 'weight'"):
        mnist_bench.compare(make_comparison(), by="weight")


def test_the_package_is_imported_without_what_its_functions_need() -> None:
    """And each name that it promises is there, with a docstring."""
    program = (
        "import sys, mnist_bench\n"
        "heavy = {'numpy', 'torch', 'PySide6', 'mnist_bench.bench', 'mnist_bench.engines'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert all(getattr(mnist_bench, name).__doc__ for name in mnist_bench.__all__ if name != '__version__')\n"
        "assert not {'torch', 'PySide6'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    with pytest.raises(AttributeError, match="no attribute 'bench_mark'"):
        _ = mnist_bench.bench_mark
