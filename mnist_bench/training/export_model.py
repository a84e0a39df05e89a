"""Writes a network as one of PyTorch's files: `python -m mnist_bench.training.export_model MODEL FORMAT PRECISION OUT`.

The module takes float32 (N, 1, 28, 28), pixel / 255, and gives logits float32 (N, 10). int8 is QNNPACK's: its
quantization of the input and of the output is inside. Prints JSON lines (protocol/job_process.py).
"""

import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from mnist_bench.base.errors import InputError
from mnist_bench.network.model_file import read_model_file
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.protocol.job_process import emit, run_task
from mnist_bench.runners.torch_modules import as_module, as_torchscript, float_steps, quantized_steps


class _Quantized(nn.Module):
    """Quantized modules between float32 pixels and float32 logits."""

    def __init__(self, steps: nn.Module) -> None:
        super().__init__()
        self.steps = steps
        self.scale, self.zero_point = INPUT_QUANTIZATION.scale, INPUT_QUANTIZATION.zero_point

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        pixels = torch.quantize_per_tensor(image, self.scale, self.zero_point, torch.quint8)
        logits: torch.Tensor = self.steps(pixels)
        return logits.dequantize()


def main(arguments: Sequence[str], stop: threading.Event) -> None:  # noqa: ARG001 - it takes a second or two
    """Export as `arguments` say: the model file, torchscript, ptl or pt2, fp32 or int8, the file to write."""
    model, format_name, precision, out = arguments
    warnings.simplefilter("ignore")  # that TorchScript and quantized tensors will go
    module = _module(read_model_file(Path(model)).network, Precision(precision))
    match format_name:
        case "torchscript":
            as_torchscript(module).save(out)  # type: ignore[operator] # a ScriptModule
        case "ptl":
            as_torchscript(module)._save_for_lite_interpreter(out)  # type: ignore[operator]
        case _:
            _save_program(module, Precision(precision), out)
    emit("done", file=out)


def _module(network: Network, precision: Precision) -> nn.Module:
    if precision is Precision.FP32:
        return as_module(float_steps(network)).eval()
    if "qnnpack" not in torch.backends.quantized.supported_engines:
        raise InputError("This build of PyTorch has no QNNPACK, which int8 files are made for.")
    torch.backends.quantized.engine = "qnnpack"
    return _Quantized(as_module(quantized_steps(network))).eval()


def _save_program(module: nn.Module, precision: Precision, out: str) -> None:
    if precision is Precision.INT8:
        raise InputError("torch.export has no quantized tensors.", advice="Export fp32, or int8 as TorchScript.")
    batch = torch.export.Dim("batch", max=1 << 16)
    program = torch.export.export(module, (torch.zeros(2, 1, 28, 28),), dynamic_shapes=({0: batch},))
    torch.export.save(program, out)


if __name__ == "__main__":
    run_task(main)
