"""How much memory the native runner needs for a network, as its own answers tell."""

from collections.abc import Iterator

from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from benchmarks.native_engine import native_engine
from benchmarks.pictures import sample_digit
from mnist_bench.engines.backends import find_backend
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.network import PRECISIONS, Precision

_MB = 1_000_000
_TIMES_NETWORK = 2
_BESIDE_MB = 1.0
_MOST_MB = {("digits-cnn", Precision.FP32): 2.5}
"""With the transformed weights of Winograd's convolutions, and what it works in."""
_WINOGRAD_INT8_MB = 1.6
_WINOGRAD_INT8 = ("avx2", "neon")
"""Kernels that have it in int8."""


def measure(setup: Setup) -> Iterator[Figure]:
    """Peak memory of a new runner for each bundled network and precision: loaded, timed, and asked for 1,000 images."""
    for model in bundled_names():
        network = load_network(model)
        for precision in PRECISIONS:
            backend = find_backend(f"native-{precision}")
            missing = backend.missing()
            if missing is not None:
                raise NotMeasured(missing)
            with native_engine(precision, setup.kernels) as engine:
                loaded = engine.load(network)
                images = sample_digit()[None].repeat(setup.times(1000, 10), axis=0)
                engine.time(images[0], 0, setup.times(1000, 10))
                kernels = engine.info.facts["kernels"]
                # Both: Linux tells a peak to within what each processor has not yet added to it.
                peak = max(loaded.peak_memory_bytes, engine.classify(images).peak_memory_bytes)
            if not peak:
                raise NotMeasured("The native runner cannot tell its memory on this system.")
            most_mb = _most_mb(model, precision, kernels, loaded.network_bytes / _MB)
            detail = (
                f"{kernels}; the network has {loaded.network_bytes / _MB:.3f} MB; "
                f"{loaded.peak_memory_bytes / _MB:.3f} MB once it was loaded"
            )
            yield Figure(f"{model} {precision}: native runner's memory", peak / _MB, "MB", at_most(most_mb), detail)


def _most_mb(model: str, precision: Precision, kernels: str, network_mb: float) -> float:
    """Twice the network and 1 MB, but for what Winograd's convolutions need where they are."""
    if model == "digits-cnn" and precision is Precision.INT8 and kernels in _WINOGRAD_INT8:
        return _WINOGRAD_INT8_MB
    return _MOST_MB.get((model, precision), _TIMES_NETWORK * network_mb + _BESIDE_MB)
