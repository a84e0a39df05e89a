"""A network as a module for ExecuTorch's exporter: int8 stands in it as pairs of quantize and dequantize nodes.

That is how PyTorch's own quantizers (pt2e) leave a network; XNNPACK's partitioner turns each operator between such
pairs into one of whole numbers. Here they hold the network's stored quantization, in signed bytes: byte - 128.
"""

from collections.abc import Iterable

import torch
from torch import nn
from torch.ao.quantization.fx._decomposed import quantized_decomposed_lib

from mnist_bench.network.layers import (
    ActivationQuantization,
    Concat,
    Conv2d,
    FloatArray,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Sides,
)
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.operators.operator import Quantizations
from mnist_bench.network.operators.pooling import Pooling
from mnist_bench.network.quantization import INPUT_QUANTIZATION, LARGEST_WEIGHT
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import IMAGE_SIDE, ErrorCode
from mnist_bench.runners.torch_float import KINDS, float_module, pooling, symmetric, torch_padding
from mnist_bench.runners.torch_modules import as_module, float_steps, quantized_steps

assert quantized_decomposed_lib is not None  # noqa: S101 - importing it is what makes the operators known
_OPERATORS = torch.ops.quantized_decomposed


def blank_image(precision: Precision) -> torch.Tensor:
    """An image without ink, as `program_module` takes it."""
    return torch.zeros(1, 1, IMAGE_SIDE, IMAGE_SIDE, dtype=KINDS.get(precision, torch.float32))


def program_module(network: Network, precision: Precision) -> nn.Module:
    """Takes floats (1, 1, 28, 28), pixel / 255, and gives the logits (1, 10): of two bytes in fp16, else float32.

    Refused without int8 values.
    """
    if precision is not Precision.INT8:
        return as_module(float_steps(network, _float_module, KINDS[precision])).eval()
    steps = quantized_steps(network, bytes_module)
    assert network.activations is not None  # noqa: S101 - it has quantized steps
    logits = network.activations[len(network.logit_operators) - 1]
    return nn.Sequential(Quantized(INPUT_QUANTIZATION), as_module(steps), Restored(logits)).eval()


def bytes_module(
    operator: Operator, before: Quantizations, output: ActivationQuantization, *, fused_relu: bool
) -> nn.Module:
    """`operator`, perhaps with the ReLU behind it, from bytes to bytes: quantizers have each reader restore a value for
    itself, and the partitioner relies on that.
    """
    match operator:
        case Conv2d() | Linear():
            module: nn.Module = _Weighted(operator, before[0])
        case Pooling():
            lowest = -before[0].zero_point * before[0].scale
            fill = lowest if isinstance(operator, MaxPool2d) else 0.0
            module = pooling(operator, _padded(operator.sides, fill, before[0]))
        case Concat():
            module = nn.Sequential(_Each([_rounded(output) for _ in before]), float_module(operator))
        case _:
            module = _float_module(operator)
    read = Restored(before[0]) if len(before) == 1 else _Each(map(Restored, before))
    return nn.Sequential(read, module, *([nn.ReLU()] if fused_relu else []), Quantized(output))


def _float_module(operator: Operator) -> nn.Module:
    return _Prelu(operator.slopes) if isinstance(operator, Prelu) else float_module(operator)


class _Prelu(nn.Module):
    """PyTorch's own on images alone: XNNPACK's takes nothing else, and the partitioner does not know that."""

    def __init__(self, slopes: FloatArray) -> None:
        super().__init__()
        self.slopes = nn.Parameter(torch.tensor(slopes), requires_grad=False)

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        if value.dim() == 4:
            return nn.functional.prelu(value, self.slopes)
        return nn.functional.relu(value) - self.slopes * nn.functional.relu(-value)


def _numbers(quantization: ActivationQuantization) -> tuple[float, int, int, int, torch.dtype]:
    return quantization.scale, quantization.zero_point - 128, -128, 127, torch.int8


class Quantized(nn.Module):
    """Values as signed bytes."""

    def __init__(self, quantization: ActivationQuantization) -> None:
        super().__init__()
        self.numbers = _numbers(quantization)

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        """Floats to int8, of the same shape."""
        return _OPERATORS.quantize_per_tensor.default(value, *self.numbers)  # type: ignore[no-any-return]


class Restored(nn.Module):
    """The values that signed bytes stand for."""

    def __init__(self, quantization: ActivationQuantization) -> None:
        super().__init__()
        self.numbers = _numbers(quantization)

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        """int8 to float32, of the same shape."""
        return _OPERATORS.dequantize_per_tensor.default(value, *self.numbers)  # type: ignore[no-any-return]


class _Each(nn.Module):
    """Each of several values through a part of its own."""

    def __init__(self, parts: Iterable[nn.Module]) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, values: list[torch.Tensor]) -> list[torch.Tensor]:
        return [part(value) for part, value in zip(self.parts, values, strict=True)]


def _rounded(quantization: ActivationQuantization) -> nn.Module:
    """Rounds values to those that bytes stand for."""
    return nn.Sequential(Quantized(quantization), Restored(quantization))


def _padded(sides: Sides, fill: float, quantization: ActivationQuantization) -> nn.Module:
    return nn.Sequential(nn.ConstantPad2d(torch_padding(sides), fill), _rounded(quantization))


class _Weighted(nn.Module):
    """A convolution or a linear operator whose weights are restored from their bytes."""

    def __init__(self, operator: Conv2d | Linear, before: ActivationQuantization) -> None:
        super().__init__()
        if operator.quantized is None:
            raise Refused(ErrorCode.UNSUPPORTED, "The network has no int8 parameters.")
        self.values: torch.Tensor
        self.scales: torch.Tensor
        self.zeros: torch.Tensor
        self.register_buffer("values", torch.tensor(operator.quantized.values))
        self.register_buffer("scales", torch.tensor(operator.quantized.scales))
        self.register_buffer("zeros", torch.zeros(len(operator.bias), dtype=torch.int64))
        self.bias = nn.Parameter(torch.tensor(operator.bias), requires_grad=False)
        self.is_linear = isinstance(operator, Linear)
        if isinstance(operator, Conv2d):
            padding = symmetric(operator.sides)
            self.pad = nn.Identity() if padding else _padded(operator.sides, 0.0, before)
            self.numbers = (operator.stride, padding or (0, 0), (1, 1), operator.groups)

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        limits = (0, -LARGEST_WEIGHT, LARGEST_WEIGHT, torch.int8)
        weight = _OPERATORS.dequantize_per_channel.default(self.values, self.scales, self.zeros, *limits)
        if self.is_linear:
            return nn.functional.linear(value, weight, self.bias)
        return nn.functional.conv2d(self.pad(value), weight, self.bias, *self.numbers)
