"""mnist-bench: one neural network on several inference backends, side by side."""

from mnist_bench.version import VERSION

__version__ = VERSION

__all__ = ["__version__"]
