"""Each operator as a module on quint8 tensors: QNNPACK's arithmetic, built from the stored parameters only."""

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.ao.nn import quantized as nnq
from torch.ao.nn.intrinsic import quantized as nniq

from mnist_bench.network.layers import (
    ActivationQuantization,
    Add,
    Concat,
    Conv2d,
    Linear,
    MaxPool2d,
    Operator,
    QuantizedWeights,
    Relu6,
    Sides,
)
from mnist_bench.network.operators.operator import Quantizations, Tabled
from mnist_bench.network.operators.pooling import Pooling
from mnist_bench.network.tables import Table, requantization_table
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode
from mnist_bench.runners.torch_float import conv_sizes, plain_module, pooling, symmetric, torch_padding


class _QuantizedPad(nn.Module):
    """Bytes around a quantized image, which torch's own padding of quantized tensors cannot choose."""

    def __init__(self, sides: Sides, byte: int, quantization: ActivationQuantization) -> None:
        super().__init__()
        self.left, self.right, self.top, self.bottom = torch_padding(sides)
        self.byte = float(byte)
        self.scale, self.zero_point = quantization.scale, quantization.zero_point

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        sides = [self.left, self.right, self.top, self.bottom]
        padded = torch.nn.functional.pad(value.int_repr(), sides, "constant", self.byte)
        return torch._make_per_tensor_quantized_tensor(padded, self.scale, self.zero_point)


class _QuantizedAdd(nn.Module):
    def __init__(self, output: ActivationQuantization, *, fused_relu: bool) -> None:
        super().__init__()
        self.fused_relu = fused_relu
        self.scale, self.zero_point = output.scale, output.zero_point

    def forward(self, values: list[torch.Tensor]) -> torch.Tensor:
        first, second = values[0], values[1]
        if self.fused_relu:
            return torch.ops.quantized.add_relu(first, second, self.scale, self.zero_point)  # type: ignore[no-any-return]
        return torch.ops.quantized.add(first, second, self.scale, self.zero_point)  # type: ignore[no-any-return]


class _QuantizedTable(nn.Module):
    """An output byte for each input byte, by a table for each channel or by one for all (network/tables.py)."""

    def __init__(self, tables: Table, output: ActivationQuantization) -> None:
        super().__init__()
        self.tables = nn.Parameter(torch.tensor(tables).flatten(), requires_grad=False)
        self.first = nn.Parameter(256 * torch.arange(len(tables)), requires_grad=False)
        self.scale, self.zero_point = output.scale, output.zero_point

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        first = self.first.view([-1] + [1] * (value.dim() - 2))
        taken = torch.take(self.tables, value.int_repr().long() + first)
        return torch._make_per_tensor_quantized_tensor(taken, self.scale, self.zero_point)


class _QuantizedConcat(nn.Module):
    """Each value in the output's quantization, one after another."""

    def __init__(self, before: Quantizations, output: ActivationQuantization) -> None:
        super().__init__()
        tables = [_QuantizedTable(requantization_table(one, output)[np.newaxis], output) for one in before]
        self.requantize = nn.ModuleList(tables)
        self.scale, self.zero_point = output.scale, output.zero_point

    def forward(self, values: list[torch.Tensor]) -> torch.Tensor:
        parts = [table(values[place]).int_repr() for place, table in enumerate(self.requantize)]
        return torch._make_per_tensor_quantized_tensor(torch.cat(parts, 1), self.scale, self.zero_point)


class _QuantizedRelu6(nn.Module):
    """QNNPACK's clamp, which takes any memory format for the default one."""

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        return torch.ops.quantized.clamp(value.contiguous(), 0.0, 6.0)  # type: ignore[no-any-return]


def quantized_module(
    operator: Operator, before: Quantizations, output: ActivationQuantization, *, fused_relu: bool
) -> nn.Module:
    """The module of `operator` on quint8 (N, ...), perhaps with the ReLU behind it; several values come as a list."""
    match operator:
        case Conv2d() | Linear():
            return _quantized_weighted(operator, before[0], output, fused_relu=fused_relu)
        case Pooling():
            byte = 0 if isinstance(operator, MaxPool2d) else before[0].zero_point
            return pooling(operator, _QuantizedPad(operator.sides, byte, before[0]))
        case Relu6():
            return _QuantizedRelu6()
        case Tabled():
            return _QuantizedTable(operator.tables(before[0], output), output)
        case Add():
            return _QuantizedAdd(output, fused_relu=fused_relu)
        case Concat():
            return _QuantizedConcat(before, output)
        case _:
            return plain_module(operator)


def _quantized_weighted(
    operator: Conv2d | Linear, before: ActivationQuantization, output: ActivationQuantization, *, fused_relu: bool
) -> nn.Module:
    if operator.quantized is None:
        raise Refused(ErrorCode.UNSUPPORTED, "The network has no int8 parameters.")
    make: Any  # PyTorch's quantized modules have no types
    padding = symmetric(operator.sides) if isinstance(operator, Conv2d) else (0, 0)
    if isinstance(operator, Conv2d):
        make = nniq.ConvReLU2d if fused_relu else nnq.Conv2d
        module = make(*conv_sizes(operator, padding), groups=operator.groups)
    else:
        make = nniq.LinearReLU if fused_relu else nnq.Linear
        module = make(operator.weight.shape[1], operator.weight.shape[0])
    module.set_weight_bias(_quantized_tensor(operator.quantized), torch.tensor(operator.bias))
    module.scale, module.zero_point = output.scale, output.zero_point
    quantized: nn.Module = module
    if isinstance(operator, Conv2d) and padding is None:
        return nn.Sequential(_QuantizedPad(operator.sides, before.zero_point, before), quantized)
    return quantized


def _quantized_tensor(weights: QuantizedWeights) -> torch.Tensor:
    scales = torch.tensor(weights.scales, dtype=torch.float64)
    zeros = torch.zeros(len(weights.scales), dtype=torch.int64)
    return torch._make_per_channel_quantized_tensor(torch.tensor(weights.values), scales, zeros, 0)
