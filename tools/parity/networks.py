"""Random networks that are hard on arithmetic and on shapes: what the numbers from 0 to 999 stand for."""

import numpy as np

from mnist_bench.network.errors import NetworkError
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
    Softmax,
)
from mnist_bench.network.network import INPUT_SHAPE, Inputs, Network
from mnist_bench.network.operators.window import MAX_KERNEL
from tests.graphs import random_operators
from tests.networks import (
    ACTIVATIONS,
    normal,
    pick,
    quantize,
    random_linear,
    random_network,
    random_pool,
    with_integers,
    with_spread_int8,
)

_CHANNELS = (1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 40, 48, 64, 65)
"""Around the widths of vector registers, where kernels have their tails."""
_FEATURES = (1, 3, 8, 10, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96, 100, 128, 250)
_POOLS: tuple[type[MaxPool2d | AvgPool2d], ...] = (MaxPool2d, AvgPool2d)
_MOST_MULTIPLY_ADDS = 3_000_000
_MOST_VALUES = 60_000
_ZERO_POINTS = (0, 255, 1, 254, 128)
_LARGEST_SUM = 2.0**31


def network_of(number: int) -> Network:
    """The network that `number` stands for, in both precisions: the same one everywhere and always."""
    rng = np.random.default_rng([3, number])
    while True:
        draw = with_extreme_int8 if number % 2 else with_spread_int8
        try:
            operators, inputs = _operators(rng, number)
            network = quantize(rng, operators, draw, inputs)
        except NetworkError:  # too many features, or sums that could leave 32 bits: the next draw
            continue
        if network.multiply_adds <= _MOST_MULTIPLY_ADDS:
            return network


def _operators(rng: np.random.Generator, number: int) -> tuple[tuple[Operator, ...], Inputs]:
    """Of every second network a graph; of the others by turns a narrow chain and a wide one."""
    if number % 4 >= 2:
        return random_operators(rng)
    return random_network(rng).operators if number % 4 == 0 else _wide(rng), ()


def _wide(rng: np.random.Generator) -> tuple[Operator, ...]:
    """One to five layers on images, of up to 65 channels, then one to three linear layers."""
    layers: list[Operator] = []
    shape = INPUT_SHAPE
    for _ in range(rng.integers(1, 6)):
        layer = _image_layer(rng, shape)
        behind = layer.output_shape(shape)
        if np.prod(behind) > _MOST_VALUES:
            continue
        layers.append(layer)
        shape = behind
        if isinstance(layer, Conv2d) and rng.integers(2):
            layers.append(Relu())
            if rng.integers(2) and min(shape[1:]) >= 2:  # what kernels fuse
                layers.append(MaxPool2d((2, 2), (2, 2)))
                shape = layers[-1].output_shape(shape)
    layers.append(Flatten())
    features = int(np.prod(shape))
    for _ in range(rng.integers(0, 3)):
        hidden = pick(rng, _FEATURES)
        layers += [random_linear(rng, hidden, features), pick(rng, (Relu, Relu, *ACTIVATIONS))()]
        features = hidden
    layers.append(random_linear(rng, 10, features))
    if rng.integers(4) == 0:
        layers.append(Softmax())
    return tuple(layers)


def _image_layer(rng: np.random.Generator, shape: Shape) -> Operator:
    if rng.random() < 0.65:
        return _conv(rng, shape)
    if shape[1:] != (1, 1) and rng.random() < 0.6:
        return random_pool(rng, shape, pick(rng, _POOLS))
    return pick(rng, ACTIVATIONS)()


def _conv(rng: np.random.Generator, shape: Shape) -> Conv2d:
    """Any kernel up to 6 x 6, sometimes the whole image; padding up to its size; groups, depthwise ones too."""
    channels, height, width = shape
    divisors = [divisor for divisor in range(1, channels + 1) if channels % divisor == 0]
    groups = 1 if rng.random() < 0.6 else pick(rng, (channels, pick(rng, divisors)))
    whole = rng.random() < 0.05 and max(shape[1:]) <= MAX_KERNEL and channels * height * width < 4000
    kernel = (height, width) if whole else (_size(rng, height), _size(rng, width))
    padding = (int(rng.integers(0, min(kernel[0], 4))), int(rng.integers(0, min(kernel[1], 4))))
    out = groups * max(1, round(pick(rng, _CHANNELS) / groups))
    weight = normal(rng, float(channels // groups * kernel[0] * kernel[1]) ** -0.5, out, channels // groups, *kernel)
    stride = (pick(rng, (1, 1, 1, 2, 3, 5)), pick(rng, (1, 1, 1, 2, 3, 5)))
    return Conv2d(weight, normal(rng, 0.3, out), stride, padding, groups)


def _size(rng: np.random.Generator, limit: int) -> int:
    return min(pick(rng, (1, 2, 3, 3, 3, 4, 5, 6)), limit)


def with_extreme_int8(
    rng: np.random.Generator, layer: Conv2d | Linear, input_scale: float, fused: bool
) -> tuple[Conv2d | Linear, ActivationQuantization]:
    """Scales that differ by powers of ten between the channels, saturating or empty outputs, zero points at the ends,
    biases up to what 32 bits hold; sometimes all weights at one end, or none but zeros.
    """
    out = len(layer.weight)
    values = rng.integers(-127, 128, layer.weight.shape, dtype=np.int8)
    match rng.integers(8):
        case 0:
            values = np.where(values < 0, np.int8(-127), np.int8(127)).astype(np.int8)
        case 1:
            values[rng.random(out) < 0.5] = pick(rng, (-127, 0, 127))
    scales = (10.0 ** (rng.uniform(-3, 0, out) - rng.integers(0, 4))).astype(np.float32)
    sums = 255.0 * np.abs(values.reshape(out, -1).astype(np.int64)).sum(axis=1)
    room = (_LARGEST_SUM - sums) * rng.choice([1e-4, 1e-2, 0.5, 0.99], out)
    bias = (rng.uniform(-1, 1, out) * room * input_scale * scales).astype(np.float32)
    spread = float(np.median(sums * scales)) * input_scale
    scale = max(spread, 1e-20) * 10.0 ** rng.uniform(-6, 1)
    zero_points = (0, 0, 255, 17) if fused else _ZERO_POINTS  # a ReLU seldom leaves anything below its zero point
    zero_point = pick(rng, zero_points) if rng.integers(2) else int(rng.integers(256))
    layer = with_integers(layer, QuantizedWeights(values, scales), bias)
    return layer, ActivationQuantization(float(np.float32(scale)), zero_point)
