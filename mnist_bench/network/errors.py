"""What can be wrong with a network or a model file."""

from mnist_bench.base.errors import InputError


class NetworkError(InputError):
    """A network that this program cannot run: its layers, shapes, weights or quantization do not fit together."""

    advice = "Choose another model file, or create this one again with `mnist-bench train` and `mnist-bench quantize`."
