"""What can be wrong with another program's model file."""

from mnist_bench.network.errors import NetworkError


class FormatError(NetworkError):
    """A file that cannot be imported: damaged, of an unknown kind, or holding what this program does not run."""

    advice = "Export the network again, to ONNX or as a PyTorch state dict for example, and open that file."
