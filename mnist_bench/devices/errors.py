"""What can go wrong where runners run, in words for a person."""

from mnist_bench.base.errors import MnistBenchError


class RunnerUnavailable(MnistBenchError):
    """A backend cannot run on its device: its runner cannot be started there, or says so itself."""
