"""The runner of the backend "QNNPACK int8": quantized modules, executed by QNNPACK."""

import argparse

import torch

from mnist_bench.network.network import Precision
from mnist_bench.runners.host import run_executor
from mnist_bench.runners.torch_executor import MODES, TorchExecutor, wrong_torch
from mnist_bench.runners.torch_modules import pixels_to_quantized, quantized_steps


def make_executor(options: argparse.Namespace) -> TorchExecutor:
    """The executor for the runner's options `mode` and `threads`."""
    unavailable = wrong_torch()
    if "qnnpack" in torch.backends.quantized.supported_engines:
        torch.backends.quantized.engine = "qnnpack"
    else:
        unavailable = (
            f"This build of PyTorch ({torch.__version__}) has no QNNPACK; builds for Linux and macOS usually have it."
        )
    return TorchExecutor(
        Precision.INT8,
        quantized_steps,
        pixels_to_quantized,
        options,
        program="mnist-bench qnnpack-int8",
        unavailable=unavailable,
    )


if __name__ == "__main__":
    run_executor(make_executor, MODES)
