"""Converts a recipe's network to torch modules, and trained modules to a network."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from mnist_bench.network.layers import (
    Conv2d,
    Flatten,
    FloatArray,
    Linear,
    MaxPool2d,
    Operator,
    Relu,
)
from mnist_bench.network.network import CLASSES, Network
from mnist_bench.runners.torch_modules import as_module, float_steps
from mnist_bench.training.recipes import ConvolutionalShape, PerceptronShape

_SIDE = 28

Modules = TypeVar("Modules", bound=nn.Module)


def build_modules(shape: ConvolutionalShape | PerceptronShape) -> nn.Sequential:
    """The network to train, freshly initialised from torch's global random state: (N, 1, 28, 28) to (N, 10) logits."""
    return _build_convolutional(shape) if isinstance(shape, ConvolutionalShape) else _build_perceptron(shape)


def _build_convolutional(shape: ConvolutionalShape) -> nn.Sequential:
    """conv, norm, pool, ReLU: the same function as conv, norm, ReLU, pool, but the ReLU has a quarter of the work."""
    modules: list[nn.Module] = []
    channels_in, side = 1, _SIDE
    for index, channels in enumerate(shape.channels):
        modules += [nn.Conv2d(channels_in, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
        if index in shape.pooled_after:
            modules.append(nn.MaxPool2d(2))
            side //= 2
        modules.append(nn.ReLU(inplace=True))
        channels_in = channels
    modules += [nn.Flatten(), nn.Dropout(shape.dropout), nn.Linear(channels_in * side * side, CLASSES)]
    return _channels_last(nn.Sequential(*modules))


def _build_perceptron(shape: PerceptronShape) -> nn.Sequential:
    modules: list[nn.Module] = [nn.Flatten()]
    width_in = _SIDE * _SIDE
    for width in shape.hidden:
        modules += [nn.Linear(width_in, width), nn.ReLU(inplace=True)]
        width_in = width
    return nn.Sequential(*modules, nn.Linear(width_in, CLASSES))


def export_network(modules: nn.Sequential, name: str) -> Network:
    """The trained modules as a network: batch norm folded into its convolution, ReLU in front of its pool."""
    layers: list[Operator] = []
    for module in modules:
        match module:
            case nn.Conv2d():
                layers.append(_export_conv(module))
            case nn.BatchNorm2d() if isinstance(conv := layers.pop(), Conv2d):
                layers.append(_fold(conv, module))
            case nn.Linear():
                layers.append(Linear(_array(module.weight), _array(module.bias)))
            case nn.MaxPool2d():
                layers.append(MaxPool2d())
            case nn.ReLU():
                behind_pool = isinstance(layers[-1], MaxPool2d)
                layers.insert(len(layers) - behind_pool, Relu())
            case nn.Flatten():
                layers.append(Flatten())
            case nn.Dropout():
                pass
            case _:
                raise TypeError(f"{type(module).__name__} is not a module that build_modules makes")
    return Network(name, tuple(layers))


def _array(tensor: torch.Tensor) -> FloatArray:
    return np.ascontiguousarray(tensor.detach().float().numpy())


def _export_conv(module: nn.Conv2d) -> Conv2d:
    bias = np.zeros(module.out_channels, np.float32) if module.bias is None else _array(module.bias)
    return Conv2d(_array(module.weight), bias, padding=(1, 1))


def _fold(conv: Conv2d, norm: nn.BatchNorm2d) -> Conv2d:
    """One convolution for gain * (conv(x) - mean) / sqrt(variance + eps) + shift, computed in float64."""
    numbers = {key: _array(value).astype(np.float64) for key, value in norm.state_dict().items()}
    gain, shift, mean = numbers["weight"], numbers["bias"], numbers["running_mean"]
    factor = gain / np.sqrt(numbers["running_var"] + norm.eps)
    weight = conv.weight * factor[:, None, None, None]
    bias = (conv.bias - mean) * factor + shift
    return Conv2d(weight.astype(np.float32), bias.astype(np.float32), conv.stride, conv.padding, conv.groups)


def float_module(network: Network) -> nn.Module:
    """A network up to its logits as the fp32 runner executes it, in evaluation mode."""
    return _channels_last(as_module(float_steps(network))).eval().requires_grad_(False)


class TaughtByAll(nn.Module):
    """Networks as one teacher: the logits of one, or the logarithm of several ones' mean probabilities, shifted."""

    def __init__(self, networks: Sequence[Network]) -> None:
        super().__init__()
        self._teachers = nn.ModuleList([float_module(network) for network in networks])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """float32 (N, 1, 28, 28) to logits float32 (N, 10)."""
        if len(self._teachers) == 1:
            return self._teachers[0](images)  # type: ignore[no-any-return] # modules have no types
        each = [torch.log_softmax(teacher(images).float(), dim=1) for teacher in self._teachers]
        return torch.stack(each).logsumexp(dim=0)


def _channels_last(modules: Modules) -> Modules:
    """The same modules with weights in the order in which oneDNN's convolutions are fastest."""
    modules.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # missing in torch's declarations
    return modules
