"""Real comparisons of a backend with itself, by the default settings: how often a difference is claimed."""

from collections.abc import Iterator

from benchmarks.figures import Figure, Setup, at_least
from benchmarks.noisy_comparisons import second_against_first
from mnist_bench.bench.latency.measure import Measurement
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.statistics.ratio import Verdict
from mnist_bench.digits.samples import sample_images
from mnist_bench.engines.backends import local_backends
from mnist_bench.network.bundled import bundled_names, load_network

_SAME = 36 / 40


def measure(setup: Setup) -> Iterator[Figure]:
    """All backends of this computer on both bundled networks, five comparisons each: 40 in all."""
    ratios = []
    for backend in local_backends() if not setup.quick else local_backends()[-1:]:
        for model in bundled_names():
            for seed in range(setup.times(5, 1)):
                settings = Settings(seed=seed) if not setup.quick else Settings(processes=5, blocks=2, seed=seed)
                measurement = Measurement([backend, backend], load_network(model), sample_images(), settings)
                ratios.append(second_against_first(measurement.run()))
    same = sum(ratio.verdict is Verdict.NO_DIFFERENCE for ratio in ratios)
    furthest = max(abs(ratio.ratio - 1) for ratio in ratios)
    detail = f"{same} of {len(ratios)}; the ratio furthest from 1 differs by {100 * furthest:.1f} %"
    title = "real, identical backends: no difference shown"
    yield Figure(title, 100 * same / len(ratios), "%", at_least(100 * _SAME), detail)
