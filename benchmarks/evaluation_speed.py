"""How fast MNIST's 10,000 test images are evaluated, and how much longer that takes than the runner computes."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from benchmarks.accuracy import test_digits
from benchmarks.figures import Figure, Setup, at_least, at_most
from mnist_bench import open_engine
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.engines.backends import local_backends
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import bundled_names

_LEAST_PER_S = 10_000.0
_MOST = 1.2
_FAST = ("digits-mlp", "native-int8")


@dataclass(frozen=True, slots=True)
class _Pass:
    """Once through all images: `wall_s` from the first request to the last digit, `compute_s` inside the runner."""

    wall_s: float
    compute_s: float


def measure(setup: Setup) -> Iterator[Figure]:
    """For each bundled network and backend the median of several evaluations, behind one that does not count."""
    digits = test_digits(setup)
    for model in bundled_names():
        for backend in local_backends():
            with open_engine(backend.id, model) as engine:
                _read(engine, digits)
                passes = [_read(engine, digits) for _ in range(setup.times(5, 1))]
            images_per_s = len(digits.images) / median(each.wall_s for each in passes)
            if (model, backend.id) == _FAST:
                name = f"{model}: evaluating, {backend.title}"
                yield Figure(name, images_per_s, "images/s", at_least(_LEAST_PER_S))
            ratios = sorted(each.wall_s / each.compute_s for each in passes)
            detail = (
                f"{images_per_s:,.0f} images/s, compute {1000 * median(each.compute_s for each in passes):,.1f} ms; "
                f"{len(passes)} evaluations, ratios {ratios[0]:.2f} to {ratios[-1]:.2f}"
            )
            name = f"{model}: evaluating against compute, {backend.title}"
            yield Figure(name, median(ratios), "", at_most(_MOST), detail)


def _read(engine: InferenceEngine, digits: LabelledDigits) -> _Pass:
    """What an evaluation does with each piece, and the compute time that it does not look at."""
    start = perf_counter()
    compute_ns = correct = done = 0
    for piece in engine.classify_in_pieces(digits.images):
        after = done + len(piece.digits)
        correct += int(np.count_nonzero(piece.digits == digits.labels[done:after]))
        compute_ns += sum(timing.compute_ns for timing in piece.timings)
        done = after
    wall_s = perf_counter() - start
    assert correct > 0.9 * done
    return _Pass(wall_s, compute_ns / 1e9)
