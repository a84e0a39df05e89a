"""How fast MNIST's 10,000 test images are evaluated, and how much longer that takes than the runner computes."""

from collections.abc import Iterator
from statistics import median

from benchmarks.accuracy import test_digits
from benchmarks.figures import Figure, Setup, at_least, at_most
from mnist_bench import open_engine
from mnist_bench.bench.accuracy.evaluate import evaluate
from mnist_bench.engines.backends import local_backends
from mnist_bench.network.bundled import bundled_names

_LEAST_PER_S = 10_000.0
_MOST = 1.2
_FAST = ("digits-mlp", "native-int8")


def measure(setup: Setup) -> Iterator[Figure]:
    """For each bundled network and backend the median of several evaluations, behind one that does not count."""
    digits = test_digits(setup)
    for model in bundled_names():
        for backend in local_backends():
            with open_engine(backend.id, model) as engine:
                evaluate(engine, digits)
                passes = [evaluate(engine, digits) for _ in range(setup.times(5, 1))]
            assert all(each.accuracy > 0.9 for each in passes)
            images_per_s = median(each.images_per_second for each in passes)
            if (model, backend.id) == _FAST:
                name = f"{model}: evaluating, {backend.title}"
                yield Figure(name, images_per_s, "images/s", at_least(_LEAST_PER_S))
            ratios = sorted(1e9 * each.seconds / each.compute_ns for each in passes)
            detail = (
                f"{images_per_s:,.0f} images/s, compute {median(each.compute_ns for each in passes) / 1e6:,.1f} ms; "
                f"{len(passes)} evaluations, ratios {ratios[0]:.2f} to {ratios[-1]:.2f}"
            )
            name = f"{model}: evaluating against compute, {backend.title}"
            yield Figure(name, median(ratios), "", at_most(_MOST), detail)
