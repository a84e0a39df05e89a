"""Simulated comparisons with real noise: how often identical backends are told apart, and 5 % are found.

The samples were taken of real processes of one backend, in pairs that ran side by side, and are given to the very code
that measures and judges by a fake engine (replay.py).
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.figures import Figure, Setup, at_least, say
from benchmarks.replay import Pair, record, replay
from mnist_bench.bench.latency.analysis import TimeKind, ratio_between
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.statistics.ratio import RatioInterval, Verdict
from mnist_bench.digits.samples import sample_images
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.network.bundled import DEFAULT_MODEL, load_network

_SAME = 182 / 200
_FOUND = 0.9
_DIFFERENCE = 1.05


def measure(setup: Setup) -> Iterator[Figure]:
    """For the noise of the native runner and of PyTorch: verdicts over 200 simulated comparisons each."""
    comparisons = setup.times(200, 3)
    for backend in (find_backend("native-int8"), find_backend("torch-fp32"))[: setup.times(2, 1)]:
        say(f"  recording {backend.title} ...")
        pairs = record(backend, load_network(DEFAULT_MODEL), sample_images(), setup.times(40, 10))
        for factor in (1.0, _DIFFERENCE):
            yield _figure(pairs, backend, factor, comparisons)


def _figure(pairs: list[Pair], backend: Backend, factor: float, comparisons: int) -> Figure:
    network, random = load_network(DEFAULT_MODEL), np.random.default_rng(1)
    ratios = [second_against_first(replay(pairs, backend, network, factor, random)) for _ in range(comparisons)]
    wanted = Verdict.NO_DIFFERENCE if factor == 1 else Verdict.SLOWER
    right = sum(ratio.verdict is wanted for ratio in ratios)
    widths = sorted((ratio.high - ratio.low) / ratio.ratio for ratio in ratios)
    detail = f"{right} of {comparisons}; half of the intervals are narrower than {100 * widths[len(widths) // 2]:.1f} %"
    title = "identical backends: no difference shown" if factor == 1 else "a difference of 5 %: found"
    share = partial(Figure, f"simulated, {title}, noise of {backend.title}", 100 * right / comparisons, "%")
    return share(at_least(100 * (_SAME if factor == 1 else _FOUND)), detail)


def second_against_first(comparison: Comparison) -> RatioInterval:
    """The ratio of the second run to the first, where both are of the same backend."""
    first, second = comparison.runs
    ratio = ratio_between(second, first, TimeKind.COMPUTE, paired=True)
    assert ratio is not None
    return ratio
