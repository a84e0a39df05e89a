"""A network as PyTorch modules: float ones, or QNNPACK's, built from the stored parameters only."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.ao.nn import quantized as nnq
from torch.ao.nn.intrinsic import quantized as nniq

from mnist_bench.network.layers import (
    ActivationQuantization,
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
    QuantizedWeights,
    Relu,
    Relu6,
    Sides,
    Sigmoid,
    Tanh,
)
from mnist_bench.network.network import Network
from mnist_bench.network.operators.pooling import Pooling
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode

Values = dict[int, torch.Tensor]


@dataclass(frozen=True)
class Step:
    """One module and the operators it executes: from `first` to `last`, by their place in the network.

    `inputs` are the values of the network that it reads. A module that reads several is given them as one list.
    """

    name: str
    first: int
    last: int
    inputs: tuple[int, ...]
    module: nn.Module

    def run(self, values: Values) -> torch.Tensor:
        """The module's output, which is added to `values`."""
        read = [values[value] for value in self.inputs]
        output: torch.Tensor = self.module(read[0] if len(read) == 1 else read)
        values[self.last + 1] = output
        return output


def float_steps(network: Network) -> tuple[Step, ...]:
    """Each operator up to the logits as a module on float32 (N, C, H, W)."""
    pairs = enumerate(network.logit_operators)
    return tuple(
        Step(operator.kind, index, index, network.inputs[index], _float_module(operator)) for index, operator in pairs
    )


def quantized_steps(network: Network) -> tuple[Step, ...]:
    """Each operator up to the logits as a module on quint8 tensors; a ReLU behind conv2d, linear or add is fused."""
    if network.activations is None:
        raise Refused(ErrorCode.UNSUPPORTED, "The network has no int8 parameters.")
    steps: list[Step] = []
    operators = network.logit_operators
    index = 0
    while index < len(operators):
        operator = operators[index]
        fused = isinstance(operator, Weighted | Add) and is_fused_relu(network, index + 1)
        last = index + 1 if fused else index
        with _known_deprecations():
            before = network.read_quantizations(index)[0]
            module = _quantized_module(operator, before, network.activations[last], fused_relu=fused)
        name = f"{operator.kind} + relu" if fused else operator.kind
        steps.append(Step(name, index, last, network.inputs[index], module))
        index = last + 1
    return tuple(steps)


def is_fused_relu(network: Network, index: int) -> bool:
    """Whether the operator at `index` is a ReLU that alone reads the output of the one before it."""
    return index < len(network.operators) and isinstance(network.operators[index], Relu) and network.can_fuse(index)


def as_module(steps: Sequence[Step]) -> nn.Module:
    """The steps as one module: of a chain a Sequential, which has the least overhead; otherwise torch.fx's graph."""
    ends = (0, *(step.last + 1 for step in steps))
    if all(step.inputs == (end,) for step, end in zip(steps, ends, strict=False)):
        return nn.Sequential(*[step.module for step in steps])
    graph = torch.fx.Graph()
    values: dict[int, torch.fx.Node] = {0: graph.placeholder("image")}
    for place, step in enumerate(steps):
        read = [values[value] for value in step.inputs]
        values[step.last + 1] = graph.call_module(f"step{place}", (read[0] if len(read) == 1 else read,))
    graph.output(values[ends[-1]])
    return torch.fx.GraphModule({f"step{place}": step.module for place, step in enumerate(steps)}, graph)


def pixels_to_float(images: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 28, 28) to float32 (N, 1, 28, 28) in 0..1."""
    return images.unsqueeze(1).to(torch.float32).div_(255.0)


def pixels_to_quantized(images: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 28, 28) to quint8 (N, 1, 28, 28): a pixel byte is its own quantized value."""
    scale, zero_point = INPUT_QUANTIZATION.scale, INPUT_QUANTIZATION.zero_point
    return torch._make_per_tensor_quantized_tensor(images.unsqueeze(1), scale, zero_point)


def as_torchscript(module: nn.Module) -> nn.Module:
    """The module as a frozen TorchScript one."""
    with _known_deprecations():
        frozen: nn.Module = torch.jit.freeze(torch.jit.script(module.eval()))
    return frozen


@contextmanager
def _known_deprecations() -> Iterator[None]:
    """PyTorch 2.13 announces that quantized tensors and TorchScript will go: that is why it is pinned (docs/adr)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor, .* are deprecated", UserWarning)
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is", DeprecationWarning)
        warnings.filterwarnings("ignore", "The TorchScript type system doesn't support", UserWarning)  # torch.fx's own
        yield


def _symmetric(sides: Sides) -> tuple[int, int] | None:
    """(height, width) of padding that is the same on opposite sides; None for any other."""
    return sides[:2] if sides[:2] == sides[2:] else None


def _torch_padding(sides: Sides) -> tuple[int, int, int, int]:
    """Left, right, top, bottom: the order of torch's modules."""
    top, left, bottom, right = sides
    return left, right, top, bottom


class _Add(nn.Module):
    def forward(self, values: list[torch.Tensor]) -> torch.Tensor:
        return values[0] + values[1]


class _Concat(nn.Module):
    def forward(self, values: list[torch.Tensor]) -> torch.Tensor:
        return torch.cat(values, 1)


def _float_module(operator: Operator) -> nn.Module:
    match operator:
        case Conv2d():
            padding = _symmetric(operator.sides)
            sizes = _conv_sizes(operator, padding)
            conv = _with_weights(nn.Conv2d(*sizes, groups=operator.groups), operator)
            return conv if padding else nn.Sequential(nn.ZeroPad2d(_torch_padding(operator.sides)), conv)
        case Linear():
            return _with_weights(nn.Linear(operator.weight.shape[1], operator.weight.shape[0]), operator)
        case Pooling():
            fill = -float("inf") if isinstance(operator, MaxPool2d) else 0.0
            return _pooling(operator, nn.ConstantPad2d(_torch_padding(operator.sides), fill))
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
            return _plain_module(operator)


def _conv_sizes(
    conv: Conv2d, padding: tuple[int, int] | None
) -> tuple[int, int, tuple[int, int], tuple[int, int], tuple[int, int]]:
    out, per_group = conv.weight.shape[:2]
    return per_group * conv.groups, out, conv.kernel, conv.stride, padding or (0, 0)


def _with_weights(module: nn.Conv2d | nn.Linear, operator: Conv2d | Linear) -> nn.Module:
    with torch.no_grad():
        module.weight.copy_(torch.tensor(operator.weight))
        if module.bias is not None:
            module.bias.copy_(torch.tensor(operator.bias))
    return module


def _pooling(operator: Pooling, pad: nn.Module) -> nn.Module:
    """The pooling; behind `pad` where torch's own padding, half a window at most, does not do."""
    padding = _symmetric(operator.sides)
    if padding and any(2 * side > kernel for side, kernel in zip(padding, operator.kernel, strict=True)):
        padding = None
    make = nn.MaxPool2d if isinstance(operator, MaxPool2d) else nn.AvgPool2d
    pool = make(operator.kernel, operator.stride, padding or 0)
    return pool if padding else nn.Sequential(pad, pool)


def _plain_module(operator: Operator) -> nn.Module:
    """An operator without fields: the same module runs on float and on quantized tensors."""
    match operator:
        case Relu():
            return nn.ReLU()
        case Tanh():
            return nn.Tanh()
        case Sigmoid():
            return nn.Sigmoid()
        case Flatten():
            return nn.Flatten()
        case _:
            raise Refused(ErrorCode.UNSUPPORTED, f"PyTorch's runner cannot execute the operator {operator.kind} here.")


class _QuantizedPad(nn.Module):
    """Bytes around a quantized image, which torch's own padding of quantized tensors cannot choose."""

    def __init__(self, sides: Sides, byte: int, quantization: ActivationQuantization) -> None:
        super().__init__()
        self.left, self.right, self.top, self.bottom = _torch_padding(sides)
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


class _QuantizedConcat(nn.Module):
    def __init__(self, output: ActivationQuantization) -> None:
        super().__init__()
        self.scale, self.zero_point = output.scale, output.zero_point

    def forward(self, values: list[torch.Tensor]) -> torch.Tensor:
        return torch.ops.quantized.cat(values, 1, self.scale, self.zero_point)  # type: ignore[no-any-return]


class _QuantizedPrelu(nn.Module):
    """PyTorch's own quantized PReLU wants its slopes quantized; these stay float32."""

    def __init__(self, slopes: torch.Tensor, output: ActivationQuantization) -> None:
        super().__init__()
        self.slopes = nn.Parameter(slopes, requires_grad=False)
        self.scale, self.zero_point = output.scale, output.zero_point

    def forward(self, value: torch.Tensor) -> torch.Tensor:
        result = torch.prelu(value.dequantize(), self.slopes)
        return torch.quantize_per_tensor(result, self.scale, self.zero_point, torch.quint8)


def _quantized_module(
    operator: Operator, before: ActivationQuantization, output: ActivationQuantization, *, fused_relu: bool
) -> nn.Module:
    match operator:
        case Conv2d() | Linear():
            return _quantized_weighted(operator, before, output, fused_relu=fused_relu)
        case Pooling():
            byte = 0 if isinstance(operator, MaxPool2d) else before.zero_point
            return _pooling(operator, _QuantizedPad(operator.sides, byte, before))
        case Relu6():
            return _untyped(nnq.ReLU6)
        case LeakyRelu():
            return _untyped(nnq.LeakyReLU, output.scale, output.zero_point, operator.slope)
        case Elu():
            return _untyped(nnq.ELU, output.scale, output.zero_point, operator.alpha)
        case Prelu():
            return _QuantizedPrelu(torch.tensor(operator.slopes), output)
        case Add():
            return _QuantizedAdd(output, fused_relu=fused_relu)
        case Concat():
            return _QuantizedConcat(output)
        case _:
            return _plain_module(operator)


def _untyped(make: Any, *arguments: float) -> nn.Module:
    """One of PyTorch's quantized modules, which have no types."""
    module: nn.Module = make(*arguments)
    return module


def _quantized_weighted(
    operator: Conv2d | Linear, before: ActivationQuantization, output: ActivationQuantization, *, fused_relu: bool
) -> nn.Module:
    if operator.quantized is None:
        raise Refused(ErrorCode.UNSUPPORTED, "The network has no int8 parameters.")
    make: Any  # PyTorch's quantized modules have no types
    padding = _symmetric(operator.sides) if isinstance(operator, Conv2d) else (0, 0)
    if isinstance(operator, Conv2d):
        make = nniq.ConvReLU2d if fused_relu else nnq.Conv2d
        module = make(*_conv_sizes(operator, padding), groups=operator.groups)
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
