"""mnist-bench: one neural network on several inference backends, side by side."""

from typing import TYPE_CHECKING

from mnist_bench.version import VERSION

if TYPE_CHECKING:
    from mnist_bench.engines.engine import InferenceEngine

__version__ = VERSION
__all__ = ["__version__", "open_engine"]


def open_engine(backend: str, model: str = "digits-cnn", *, threads: int | None = None) -> "InferenceEngine":
    """Start a backend and load a network, ready for use in a `with` block.

    `backend`: "torch-fp32", "qnnpack-int8", or one of these with a mode ("torch-fp32:torchscript"); "native-fp32",
    "native-int8"; "native-int8@android:SERIAL" on a phone, "native-int8@android" on the only one. `model`: a bundled
    model's name or a model file. Raises UsageError for an unknown backend, InputError for a model that is none,
    RunnerUnavailable where the backend cannot run, and PhoneError where a phone cannot be used.
    """
    from mnist_bench.engines import opening  # kept out of what every import of the package costs

    return opening.open_engine(backend, model, threads=threads)
