"""Networks for tests: a tiny one that can be spelled out byte by byte, and random chains of layers."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mnist_bench.network.layers import (
    ActivationQuantization,
    AvgPool2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Operator,
    QuantizedWeights,
    Relu,
    Shape,
    Sigmoid,
    Softmax,
    Tanh,
)
from mnist_bench.network.network import INPUT_SHAPE, Inputs, Network
from mnist_bench.network.operators.operator import Quantizations
from mnist_bench.network.quantization import INPUT_QUANTIZATION

ACTIVATIONS: tuple[type[Relu | Tanh | Sigmoid], ...] = (Relu, Tanh, Sigmoid)
T = TypeVar("T")
FloatArray = npt.NDArray[np.float32]
Draw = Callable[[np.random.Generator, Conv2d | Linear, float, bool], tuple[Conv2d | Linear, ActivationQuantization]]
"""Draws a layer's int8 weights and its output's quantization, given its input's scale and whether a ReLU is fused."""
SPREAD = 40.0  # bytes that one standard deviation of a quantized layer's output should span


def zeros(*shape: int) -> FloatArray:
    return np.zeros(shape, np.float32)


def ones(*shape: int) -> FloatArray:
    return np.ones(shape, np.float32)


def normal(rng: np.random.Generator, deviation: float, *shape: int) -> FloatArray:
    return (deviation * rng.normal(size=shape)).astype(np.float32)


def pick(rng: np.random.Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def tiny_network() -> Network:
    """The largest pixel, times the digit: 28 x 28 -> 1 -> 10 logits. Quantized so that every number is a round one."""
    values = np.arange(10, dtype=np.int8).reshape(10, 1)
    quantized = QuantizedWeights(values, ones(10))
    layers: tuple[Operator, ...] = (
        MaxPool2d((28, 28), (28, 28)),
        Flatten(),
        Linear(quantized.dequantized(), zeros(10), quantized=quantized),
    )
    return Network("tiny", layers, (INPUT_QUANTIZATION, INPUT_QUANTIZATION, ActivationQuantization(0.0625, 2)))


def steep_network(factor: float) -> Network:
    """The largest pixel, times the digit; in int8, the sums are multiplied by `factor`, and most leave the bytes."""
    quantized = QuantizedWeights(np.arange(10, dtype=np.int8).reshape(10, 1), ones(10))
    linear = Linear(quantized.dequantized(), zeros(10), quantized=quantized)
    output = ActivationQuantization(INPUT_QUANTIZATION.scale / factor, 2)
    operators = (MaxPool2d((28, 28), (28, 28)), Flatten(), linear)
    return Network("steep", operators, (INPUT_QUANTIZATION, INPUT_QUANTIZATION, output))


def random_network(
    rng: np.random.Generator,
    *,
    quantized: bool = False,
    activations: Sequence[type[Relu | Tanh | Sigmoid]] = ACTIVATIONS,
    poolings: Sequence[type[MaxPool2d | AvgPool2d]] = (MaxPool2d, AvgPool2d),
) -> Network:
    """One to four convolutions, poolings and activations on images, then linear layers, perhaps a softmax."""
    layers: list[Operator] = []
    shape = INPUT_SHAPE
    for _ in range(rng.integers(1, 5)):
        layer: Operator
        match rng.integers(3):
            case 0:
                layer = random_conv(rng, shape)
            case 1 if poolings and shape[1:] != (1, 1):
                layer = random_pool(rng, shape, pick(rng, poolings))
            case _:
                layer = pick(rng, activations)()
        layers.append(layer)
        shape = layer.output_shape(shape)
    layers.append(Flatten())
    features = int(np.prod(shape))
    if rng.integers(2):
        hidden = int(rng.integers(1, 40))
        layers += [random_linear(rng, hidden, features), pick(rng, activations)()]
        features = hidden
    layers.append(random_linear(rng, 10, features))
    if rng.integers(2):
        layers.append(Softmax())
    return quantize(rng, layers) if quantized else Network("random", tuple(layers))


def random_conv(rng: np.random.Generator, shape: Shape) -> Conv2d:
    channels, height, width = shape
    groups = int(rng.choice([divisor for divisor in range(1, channels + 1) if channels % divisor == 0]))
    kernel = (int(rng.integers(1, min(height, 5) + 1)), int(rng.integers(1, min(width, 5) + 1)))
    size = (groups * int(rng.integers(1, 4)), channels // groups, *kernel)
    weight = normal(rng, float(np.prod(size[1:])) ** -0.5, *size)
    return Conv2d(weight, normal(rng, 0.3, size[0]), _pair(rng, 1, 3), _pair(rng, 0, 2), groups)


def random_linear(rng: np.random.Generator, out: int, features: int) -> Linear:
    return Linear(normal(rng, features**-0.5, out, features), normal(rng, 0.3, out))


def random_pool(rng: np.random.Generator, shape: Shape, kind: type[MaxPool2d | AvgPool2d]) -> MaxPool2d | AvgPool2d:
    """A window of two values at least, as QNNPACK cannot pool single ones; for images of more than one pixel."""
    _, height, width = shape
    kernel = (int(rng.integers(1, min(height, 4) + 1)), int(rng.integers(1, min(width, 4) + 1)))
    if kernel == (1, 1):
        kernel = (1, 2) if width > 1 else (2, 1)
    padding = (int(rng.integers(0, kernel[0] // 2 + 1)), int(rng.integers(0, kernel[1] // 2 + 1)))
    return kind(kernel, _pair(rng, 1, 3), padding)


def _pair(rng: np.random.Generator, low: int, high: int) -> tuple[int, int]:
    return int(rng.integers(low, high + 1)), int(rng.integers(low, high + 1))


def quantize(
    rng: np.random.Generator, operators: Sequence[Operator], draw: Draw | None = None, inputs: Inputs = ()
) -> Network:
    """The same operators with random int8 weights from `draw`: by default with scales that spread the outputs."""
    draw = draw or with_spread_int8
    network = Network("random-int8", tuple(operators), inputs=inputs)
    quantized: list[Operator] = []
    values = [INPUT_QUANTIZATION]
    for index, operator in enumerate(network.operators):
        before = tuple(values[value] for value in network.inputs[index])
        follows = index + 1 < len(operators) and network.can_fuse(index + 1)
        fused = follows and isinstance(network.operators[index + 1], Relu)
        own = operator.fixed_quantization(before)
        if isinstance(operator, Conv2d | Linear):
            operator, own = draw(rng, operator, before[0].scale, fused)
        quantized.append(operator)
        values.append(own or _random_quantization(rng, before))
    return Network("random-int8", tuple(quantized), tuple(values[1:]), network.inputs)


def _random_quantization(rng: np.random.Generator, before: Quantizations) -> ActivationQuantization:
    """Of an output that is about as large as what is read."""
    largest = max(one.scale for one in before)
    return ActivationQuantization(largest * float(rng.uniform(0.5, 2)), int(rng.integers(256)))


def with_spread_int8(
    rng: np.random.Generator, layer: Conv2d | Linear, input_scale: float, fused: bool
) -> tuple[Conv2d | Linear, ActivationQuantization]:
    """Random weights, and an output whose scale spreads it over the bytes; `fused` with a ReLU: over positive ones."""
    values = rng.integers(-127, 128, layer.weight.shape, dtype=np.int8)
    scales = rng.uniform(0.001, 0.02, len(values)).astype(np.float32)
    deviation = 73 * 90 * float(values[0].size) ** 0.5 * input_scale * float(np.median(scales))
    bias = normal(rng, deviation / 3, len(values))
    output = ActivationQuantization(deviation / SPREAD, int(rng.integers(0, 20) if fused else rng.integers(100, 156)))
    return with_integers(layer, QuantizedWeights(values, scales), bias), output


def with_integers(layer: Conv2d | Linear, integers: QuantizedWeights, bias: FloatArray) -> Conv2d | Linear:
    """The same layer with these weights."""
    if isinstance(layer, Linear):
        return Linear(integers.dequantized(), bias, quantized=integers)
    return Conv2d(integers.dequantized(), bias, layer.stride, layer.padding, layer.groups, quantized=integers)
