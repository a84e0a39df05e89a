"""The runner of the backend "PyTorch fp32": float32 modules on the CPU."""

import argparse

from mnist_bench.network.network import Precision
from mnist_bench.runners.host import run_executor
from mnist_bench.runners.torch_executor import MODES, TorchExecutor, wrong_torch
from mnist_bench.runners.torch_modules import float_steps, pixels_to_float


def make_executor(options: argparse.Namespace) -> TorchExecutor:
    """The executor for the runner's options `mode` and `threads`."""
    return TorchExecutor(
        Precision.FP32,
        float_steps,
        pixels_to_float,
        options,
        program="mnist-bench torch-fp32",
        unavailable=wrong_torch(),
    )


if __name__ == "__main__":
    run_executor(make_executor, MODES)
