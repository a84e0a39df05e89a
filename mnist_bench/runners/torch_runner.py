"""The runner of PyTorch in fp32, fp16 and bf16: modules on the CPU, whose numbers are floats of one kind."""

import argparse
from functools import partial

from mnist_bench.network.network import Precision
from mnist_bench.runners.host import run_executor
from mnist_bench.runners.torch_executor import MODES, TorchExecutor, wrong_torch
from mnist_bench.runners.torch_float import KINDS
from mnist_bench.runners.torch_modules import float_steps, pixels_to_float


def make_executor(options: argparse.Namespace) -> TorchExecutor:
    """The executor for the runner's options `mode`, `precision` and `threads`."""
    precision = Precision(options.precision)
    kind = KINDS[precision]
    return TorchExecutor(
        precision,
        partial(float_steps, kind=kind),
        partial(pixels_to_float, kind=kind),
        options,
        program=f"mnist-bench torch-{precision}",
        unavailable=wrong_torch(),
    )


if __name__ == "__main__":
    run_executor(make_executor, MODES, tuple(KINDS))
