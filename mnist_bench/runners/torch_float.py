"""Each operator as one of PyTorch's modules on floats; those without fields run on quantized tensors too."""

import torch
from torch import nn

from mnist_bench.network.layers import (
    Add,
    Concat,
    Conv2d,
    Elu,
    Flatten,
    LeakyRelu,
    Linear,
    MaxPool2d,
    Operator,
    Prelu,
    Relu,
    Relu6,
    ResizeBilinear,
    Sides,
    Sigmoid,
    Tanh,
)
from mnist_bench.network.network import Precision
from mnist_bench.network.operators.pooling import Pooling
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode

KINDS = {Precision.FP32: torch.float32, Precision.FP16: torch.float16, Precision.BF16: torch.bfloat16}
"""The type of tensors of each precision of floats."""


def symmetric(sides: Sides) -> tuple[int, int] | None:
    """(height, width) of padding that is the same on opposite sides; None for any other."""
    return sides[:2] if sides[:2] == sides[2:] else None


def torch_padding(sides: Sides) -> tuple[int, int, int, int]:
    """Left, right, top, bottom: the order of torch's modules."""
    top, left, bottom, right = sides
    return left, right, top, bottom


class _Add(nn.Module):
    def forward(self, values: list[torch.Tensor]) -> torch.Tensor:
        return values[0] + values[1]


class _Concat(nn.Module):
    def forward(self, values: list[torch.Tensor]) -> torch.Tensor:
        return torch.cat(values, 1)


def float_module(operator: Operator) -> nn.Module:
    """The module of `operator` on float32 (N, ...); one that reads several values is given them as a list."""
    match operator:
        case Conv2d():
            padding = symmetric(operator.sides)
            sizes = conv_sizes(operator, padding)
            conv = _with_weights(nn.Conv2d(*sizes, groups=operator.groups), operator)
            return conv if padding else nn.Sequential(nn.ZeroPad2d(torch_padding(operator.sides)), conv)
        case Linear():
            return _with_weights(nn.Linear(operator.weight.shape[1], operator.weight.shape[0]), operator)
        case Pooling():
            fill = -float("inf") if isinstance(operator, MaxPool2d) else 0.0
            return pooling(operator, nn.ConstantPad2d(torch_padding(operator.sides), fill))
        case Relu6():
            return nn.ReLU6()
        case LeakyRelu():
            return nn.LeakyReLU(operator.slope)
        case Elu():
            return nn.ELU(operator.alpha)
        case Prelu():
            prelu = nn.PReLU(len(operator.slopes))
            prelu.weight = nn.Parameter(torch.tensor(operator.slopes))
            return prelu
        case Add():
            return _Add()
        case Concat():
            return _Concat()
        case _:
            return plain_module(operator)


def conv_sizes(
    conv: Conv2d, padding: tuple[int, int] | None
) -> tuple[int, int, tuple[int, int], tuple[int, int], tuple[int, int]]:
    """The arguments of torch's convolutions, but for the groups."""
    out, per_group = conv.weight.shape[:2]
    return per_group * conv.groups, out, conv.kernel, conv.stride, padding or (0, 0)


def _with_weights(module: nn.Conv2d | nn.Linear, operator: Conv2d | Linear) -> nn.Module:
    with torch.no_grad():
        module.weight.copy_(torch.tensor(operator.weight))
        if module.bias is not None:
            module.bias.copy_(torch.tensor(operator.bias))
    return module


def pooling(operator: Pooling, pad: nn.Module) -> nn.Module:
    """The pooling; behind `pad` where torch's own padding, half a window at most, does not do."""
    padding = symmetric(operator.sides)
    if padding and any(2 * side > kernel for side, kernel in zip(padding, operator.kernel, strict=True)):
        padding = None
    make = nn.MaxPool2d if isinstance(operator, MaxPool2d) else nn.AvgPool2d
    pool = make(operator.kernel, operator.stride, padding or 0)
    return pool if padding else nn.Sequential(pad, pool)


def plain_module(operator: Operator) -> nn.Module:
    """An operator whose module runs on float and on quantized tensors alike."""
    match operator:
        case Relu():
            return nn.ReLU()
        case Tanh():
            return nn.Tanh()
        case Sigmoid():
            return nn.Sigmoid()
        case Flatten():
            return nn.Flatten()
        case ResizeBilinear():
            return nn.Upsample(operator.size, mode="bilinear")
        case _:
            raise Refused(ErrorCode.UNSUPPORTED, f"PyTorch's runner cannot execute the operator {operator.kind} here.")
