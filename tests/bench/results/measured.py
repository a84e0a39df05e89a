"""One value of each kind, to keep and to compare: latency of scripted engines, an evaluation and layers made up."""

from dataclasses import replace

import numpy as np

from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.bench.accuracy.evaluation import DigitSet, Evaluation
from mnist_bench.bench.conditions import Conditions
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.result import Value
from mnist_bench.network.bundled import load_network
from tests.backends import NATIVE_FP32, NATIVE_INT8
from tests.bench.accuracy.results import random_result
from tests.bench.latency.scripted import ScriptedBench
from tests.bench.layers.scripted import comparison, layers
from tests.comparisons import CALM, make_comparison

DIGITS = DigitSet("mnist (test)", 200, "ef56" * 16, "/data/mnist")


def measured(scenario: Scenario = Scenario.SINGLE_STREAM) -> Comparison:
    """Two native backends, one of which takes about 1 µs and the other 10 ns."""
    bench = ScriptedBench(native_fp32=lambda process, number: 1000 + 100 * process + number)
    settings = Settings(scenario, processes=2, blocks=2, runs=8, warm_up_runs=30)
    images = np.zeros((1, 28, 28), np.uint8)
    backends = (NATIVE_FP32, NATIVE_INT8)
    network = load_network("digits-mlp")
    return Measurement(
        backends, network, images, settings, make_engine=bench, clock=bench.clock, bare_loop=bench.bare_loop
    ).run()


def evaluated(
    *answers: AccuracyResult, digits: DigitSet = DIGITS, conditions: Conditions = CALM, cancelled: bool = False
) -> Evaluation:
    """An evaluation of these answers, by default of "made-1" and "made-2"; the first is the baseline."""
    results = answers or tuple(random_result(seed, images=200) for seed in (1, 2))
    return Evaluation(conditions, digits, results[0].backend_id, results, {}, cancelled)


def traced(times_us: float = 10, conditions: Conditions = CALM) -> LayerComparison:
    """Layers of the tiny network on PyTorch fp32 and QNNPACK int8, whose outputs are the same up to the last."""
    exact = layers("torch-fp32", (times_us, 5, 20), whole_us=40)
    int8 = layers("qnnpack-int8", (2, 1, 5), (float("inf"), 35.5, float("nan")))
    return replace(comparison(exact, int8), conditions=conditions)


def one_of_each(started: str = CALM.started) -> tuple[Value, ...]:
    """A latency, an evaluation and layers."""
    conditions = replace(CALM, started=started)
    return make_comparison(conditions=conditions), evaluated(conditions=conditions), traced(conditions=conditions)
