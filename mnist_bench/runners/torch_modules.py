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
    AvgPool2d,
    Conv2d,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    QuantizedWeights,
    Relu,
    Sigmoid,
    Tanh,
)
from mnist_bench.network.network import INPUT_QUANTIZATION, Network
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode


@dataclass(frozen=True)
class Step:
    """One module and the layers it executes: from `first` to `last`, by their place in the network."""

    name: str
    first: int
    last: int
    module: nn.Module


def float_steps(network: Network) -> tuple[Step, ...]:
    """Each layer up to the logits as a module on float32 (N, C, H, W)."""
    return tuple(
        Step(layer.kind, index, index, _float_module(layer)) for index, layer in enumerate(network.logit_layers)
    )


def quantized_steps(network: Network) -> tuple[Step, ...]:
    """Each layer up to the logits as a module on quint8 tensors; a ReLU behind conv2d or linear is fused with it."""
    if network.activations is None:
        raise Refused(ErrorCode.UNSUPPORTED, "The network has no int8 parameters.")
    steps: list[Step] = []
    layers = network.logit_layers
    index = 0
    while index < len(layers):
        layer = layers[index]
        fused = isinstance(layer, Conv2d | Linear) and isinstance(layers[min(index + 1, len(layers) - 1)], Relu)
        last = index + 1 if fused else index
        with _known_deprecations():
            module = _quantized_module(layer, network.activations[last], fused_relu=fused)
        steps.append(Step(f"{layer.kind} + relu" if fused else layer.kind, index, last, module))
        index = last + 1
    return tuple(steps)


def pixels_to_float(images: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 28, 28) to float32 (N, 1, 28, 28) in 0..1."""
    return images.unsqueeze(1).to(torch.float32).div_(255.0)


def pixels_to_quantized(images: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 28, 28) to quint8 (N, 1, 28, 28): a pixel byte is its own quantized value."""
    scale, zero_point = INPUT_QUANTIZATION.scale, INPUT_QUANTIZATION.zero_point
    return torch._make_per_tensor_quantized_tensor(images.unsqueeze(1), scale, zero_point)


def as_torchscript(modules: Sequence[nn.Module]) -> nn.Module:
    """The modules as one frozen TorchScript module."""
    with _known_deprecations():
        frozen: nn.Module = torch.jit.freeze(torch.jit.script(nn.Sequential(*modules).eval()))
    return frozen


@contextmanager
def _known_deprecations() -> Iterator[None]:
    """PyTorch 2.13 announces that quantized tensors and TorchScript will go: that is why it is pinned (docs/adr)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"torch\.quantize_per_tensor, .* are deprecated", UserWarning)
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is", DeprecationWarning)
        yield


def _float_module(layer: Layer) -> nn.Module:
    match layer:
        case Conv2d():
            out, per_group, height, width = layer.weight.shape
            size = (per_group * layer.groups, out, (height, width), layer.stride, layer.padding)
            return _with_weights(nn.Conv2d(*size, groups=layer.groups), layer)
        case Linear():
            return _with_weights(nn.Linear(layer.weight.shape[1], layer.weight.shape[0]), layer)
        case _:
            return _plain_module(layer)


def _with_weights(module: nn.Conv2d | nn.Linear, layer: Conv2d | Linear) -> nn.Module:
    with torch.no_grad():
        module.weight.copy_(torch.tensor(layer.weight))
        if module.bias is not None:
            module.bias.copy_(torch.tensor(layer.bias))
    return module


def _plain_module(layer: Layer) -> nn.Module:
    """A layer without weights: the same module runs on float and on quantized tensors."""
    match layer:
        case Relu():
            return nn.ReLU()
        case Tanh():
            return nn.Tanh()
        case Sigmoid():
            return nn.Sigmoid()
        case MaxPool2d():
            return nn.MaxPool2d(layer.kernel, layer.stride, layer.padding)
        case AvgPool2d():
            return nn.AvgPool2d(layer.kernel, layer.stride, layer.padding)
        case Flatten():
            return nn.Flatten()
        case _:
            raise Refused(ErrorCode.UNSUPPORTED, f"PyTorch's runner cannot execute a {layer.kind} layer here.")


def _quantized_module(layer: Layer, output: ActivationQuantization, *, fused_relu: bool) -> nn.Module:
    if not isinstance(layer, Conv2d | Linear):
        return _plain_module(layer)
    if layer.quantized is None:
        raise Refused(ErrorCode.UNSUPPORTED, "The network has no int8 parameters.")
    make: Any  # PyTorch's quantized modules have no types
    if isinstance(layer, Conv2d):
        out, per_group, height, width = layer.weight.shape
        make = nniq.ConvReLU2d if fused_relu else nnq.Conv2d
        size = (per_group * layer.groups, out, (height, width), layer.stride, layer.padding)
        module = make(*size, groups=layer.groups)
    else:
        make = nniq.LinearReLU if fused_relu else nnq.Linear
        module = make(layer.weight.shape[1], layer.weight.shape[0])
    module.set_weight_bias(_quantized_tensor(layer.quantized), torch.tensor(layer.bias))
    module.scale, module.zero_point = output.scale, output.zero_point
    quantized: nn.Module = module
    return quantized


def _quantized_tensor(weights: QuantizedWeights) -> torch.Tensor:
    scales = torch.tensor(weights.scales, dtype=torch.float64)
    zeros = torch.zeros(len(weights.scales), dtype=torch.int64)
    return torch._make_per_channel_quantized_tensor(torch.tensor(weights.values), scales, zeros, 0)
