"""How much memory the native runner needs for a network, as its own answers tell."""

from collections.abc import Iterator

from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from benchmarks.pictures import sample_digit
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.network import PRECISIONS

_MB = 1_000_000
_TIMES_NETWORK = 2
_BESIDE_MB = 1.0


def measure(setup: Setup) -> Iterator[Figure]:
    """Peak memory of a new runner for each bundled network and precision: loaded, timed, and asked for 1,000 images."""
    for model in bundled_names():
        network = load_network(model)
        for precision in PRECISIONS:
            backend = find_backend(f"native-{precision}")
            missing = backend.missing()
            if missing is not None:
                raise NotMeasured(missing)
            with InferenceEngine(backend) as engine:
                loaded = engine.load(network)
                images = sample_digit()[None].repeat(setup.times(1000, 10), axis=0)
                engine.time(images[0], 0, setup.times(1000, 10))
                # Both: Linux tells a peak to within what each processor has not yet added to it.
                peak = max(loaded.peak_memory_bytes, engine.classify(images).peak_memory_bytes)
            if not peak:
                raise NotMeasured("The native runner cannot tell its memory on this system.")
            most_mb = (_TIMES_NETWORK * loaded.network_bytes) / _MB + _BESIDE_MB
            detail = (
                f"{_TIMES_NETWORK} x the network's {loaded.network_bytes / _MB:.3f} MB and {_BESIDE_MB:g} MB; "
                f"{loaded.peak_memory_bytes / _MB:.3f} MB once it was loaded"
            )
            yield Figure(f"{model} {precision}: native runner's memory", peak / _MB, "MB", at_most(most_mb), detail)
