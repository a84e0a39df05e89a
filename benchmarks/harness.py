"""What the harness of a hot loop costs beside the runner's own loop."""

import time
from collections.abc import Iterator

from benchmarks.figures import Figure, Setup, at_most
from mnist_bench.bench.latency.sampling import Sampler, SystemClock
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.digits.samples import sample_images
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import load_network

_MOST_US = 2.0


def measure(setup: Setup) -> Iterator[Figure]:
    """Blocks of the default size, digits-mlp: their time less the runner's own times, by sample."""
    plan = Settings(Scenario.HOT_LOOP).plan
    with InferenceEngine(find_backend("native-int8")) as engine:
        engine.load(load_network("digits-mlp"))
        sampler = Sampler(engine, Scenario.HOT_LOOP, sample_images(), SystemClock())
        sampler.lead_in(1)
        costs = []
        for _ in range(setup.times(200, 5)):
            begin = time.perf_counter_ns()
            samples = sampler.take(1, plan.block_runs, plan.block_seconds)
            passed = time.perf_counter_ns() - begin
            costs.append((passed - int(samples.compute_ns.sum())) / len(samples.compute_ns) / 1000)
    costs.sort()
    slow = costs[int(0.95 * len(costs))]
    detail = f"median of {len(costs)} blocks of {plan.block_runs} samples; p95 {slow:.2f} µs"
    yield Figure("hot loop: the harness, by sample", costs[len(costs) // 2], "µs", at_most(_MOST_US), detail)
