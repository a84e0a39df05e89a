"""The native runner with kernels that a person names, in place of those that it would choose."""

from mnist_bench.base.locations import runner_program
from mnist_bench.devices.this_computer import SubprocessTransport, this_abi
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import Precision


def native_engine(precision: Precision, kernels: str | None) -> InferenceEngine:
    """Not started yet; `kernels` is the runner's option, None leaves the choice to it."""
    backend = find_backend(f"native-{precision}")
    if kernels is None:
        return InferenceEngine(backend)
    command = (str(runner_program(str(this_abi()))), "--kernels", kernels)
    return InferenceEngine(backend, connect=lambda: SubprocessTransport(command))
