"""A network: a chain of layers from 28 x 28 pixels to ten logits, in fp32 and, once quantized, in int8."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from mnist_bench.network.errors import NetworkError
from mnist_bench.network.layers import (
    ActivationQuantization,
    AvgPool2d,
    Conv2d,
    Flatten,
    FloatArray,
    Layer,
    Linear,
    MaxPool2d,
    QuantizedWeights,
    Relu,
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
)

INPUT_SHAPE: Shape = (1, 28, 28)
CLASSES = 10
"""Logits of an image."""
INPUT_QUANTIZATION = ActivationQuantization(1 / 255, 0)
"""Of the input: a pixel's byte is its own quantized value."""
TANH_QUANTIZATION = ActivationQuantization(1 / 128, 128)
"""Of every tanh's output, as QNNPACK has it."""
SIGMOID_QUANTIZATION = ActivationQuantization(1 / 256, 0)
"""Of every sigmoid's output, as QNNPACK has it."""

MAX_NAME = 100
MAX_LAYERS = 64
"""Layers of a network."""
MAX_PARAMETERS = 16_000_000
"""Weights and biases of a network."""
MAX_ACTIVATIONS = 4_000_000
"""Values between two layers."""
MAX_MULTIPLY_ADDS = 4_000_000_000
"""Multiply-adds of a network for one image."""


class Precision(StrEnum):
    """The numbers a network is executed in."""

    FP32 = "fp32"
    INT8 = "int8"


@dataclass(frozen=True)
class Network:
    """A chain of layers; `activations` holds one quantization for each layer's output, or is None if not quantized.

    Rules for a quantized network (QNNPACK's, docs/model-file.md): every conv2d and linear layer has quantized weights;
    a ReLU behind one of them is fused with it, so that both have the same output quantization; any other ReLU,
    a pooling, a flatten and a softmax keep their input's; tanh and sigmoid have fixed ones; no sum can leave 32 bits.

    Raises NetworkError where the layers do not fit together or are larger than this program runs.
    """

    name: str
    layers: tuple[Layer, ...]
    activations: tuple[ActivationQuantization, ...] | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= MAX_NAME or not self.name.isprintable():
            raise NetworkError("A network's name is empty, too long or not printable.")
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise NetworkError(f"A network must have 1 to {MAX_LAYERS} layers, not {len(self.layers)}.")
        if any(isinstance(layer, Softmax) for layer in self.layers[:-1]):
            raise NetworkError("A softmax can only be the last layer of a network.")
        if not self.logit_layers or self.output_shapes[-1] != (CLASSES,):
            raise NetworkError(f"A network must end in {CLASSES} values, one for each digit.")
        if self.parameter_count > MAX_PARAMETERS:
            raise NetworkError(f"The network has {self.parameter_count:,} parameters; {MAX_PARAMETERS:,} is the limit.")
        if self.multiply_adds > MAX_MULTIPLY_ADDS:
            raise NetworkError(
                f"The network needs {self.multiply_adds:,} multiply-adds; the limit is {MAX_MULTIPLY_ADDS:,}."
            )
        if self.activations is not None:
            self._check_quantization(self.activations)

    @property
    def is_quantized(self) -> bool:
        """Whether the network can run in int8 too."""
        return self.activations is not None

    @property
    def logit_layers(self) -> tuple[Layer, ...]:
        """The layers up to the logits: without the softmax, which the near end computes."""
        return self.layers[:-1] if isinstance(self.layers[-1], Softmax) else self.layers

    @cached_property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shape in front of each layer."""
        return (INPUT_SHAPE, *self.output_shapes[:-1])

    @cached_property
    def output_shapes(self) -> tuple[Shape, ...]:
        """The shape behind each layer."""
        shapes: list[Shape] = []
        shape = INPUT_SHAPE
        for layer in self.layers:
            shape = layer.output_shape(shape)
            size = math.prod(shape)
            if size > MAX_ACTIVATIONS:
                raise NetworkError(f"A layer puts out {size:,} values; the limit is {MAX_ACTIVATIONS:,}.")
            shapes.append(shape)
        return tuple(shapes)

    @cached_property
    def parameter_count(self) -> int:
        """Weights and biases."""
        return sum(layer.weight.size + layer.bias.size for layer in self.layers if isinstance(layer, Conv2d | Linear))

    @cached_property
    def multiply_adds(self) -> int:
        """Multiplications for one image."""
        return sum(layer.multiply_adds(shape) for layer, shape in zip(self.layers, self.input_shapes, strict=True))

    def _check_quantization(self, activations: tuple[ActivationQuantization, ...]) -> None:
        if len(activations) != len(self.layers):
            raise NetworkError(f"{len(self.layers)} layers have {len(activations)} activation quantizations.")
        before = INPUT_QUANTIZATION
        for index, (layer, own) in enumerate(zip(self.layers, activations, strict=True)):
            expected: ActivationQuantization | None
            match layer:
                case Conv2d() | Linear():
                    if layer.quantized is None:
                        raise NetworkError(f"Layer {index} has no quantized weights, but the network is quantized.")
                    _check_sums(layer.quantized, layer.bias, before.scale, index)
                    expected = None
                case Relu() | MaxPool2d() | AvgPool2d() | Flatten() | Softmax():
                    expected = before
                case Tanh():
                    expected = TANH_QUANTIZATION
                case Sigmoid():
                    expected = SIGMOID_QUANTIZATION
            if expected is not None and own != expected:
                raise NetworkError(f"Layer {index} ({layer.kind}) has a quantization that QNNPACK would not use.")
            before = own


def _check_sums(weights: QuantizedWeights, bias: FloatArray, input_scale: float, index: int) -> None:
    """QNNPACK adds up bytes times weights, and the bias in the same unit, in 32 bits."""
    biases = np.abs(bias.astype(np.float64)) / (input_scale * weights.scales.astype(np.float64))
    products = 255.0 * np.abs(weights.values.reshape(len(bias), -1).astype(np.int64)).sum(axis=1)
    if (biases + products >= 2.0**31).any():
        raise NetworkError(f"Layer {index} has a bias or weights that are too large for int8 arithmetic.")
