"""Core ML's layers with weights, windows or activations as operators: one function for each kind.

Source: coremltools, mlmodel/format/NeuralNetwork.proto.
"""

from collections.abc import Callable

import numpy as np

from mnist_bench.formats import composing
from mnist_bench.formats.building import Array, NotSupported
from mnist_bench.formats.coreml_use import Use, edges
from mnist_bench.formats.coreml_weights import weights
from mnist_bench.formats.protobuf_wire import Message
from mnist_bench.formats.windows import rounded_up, same_padding
from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import AvgPool2d, Conv2d, Elu, LeakyRelu, MaxPool2d, Relu, Sigmoid, Tanh
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.operators.window import Pair, Sides


def _padding(use: Use, valid: int, kernel: Pair, stride: Pair) -> Sides:
    """What a window adds around the image: `valid` is the number of the field for given amounts, SAME the next one."""
    if valid + 1 not in use.params:
        return edges(use.params.message(valid).message(1))
    _, _, height, width = use.graph.shape(use.value)
    in_front = use.params.message(valid + 1).integer(1) == 1
    return same_padding((height, width), kernel, stride, more_in_front=in_front)


def convolution(use: Use) -> str:
    """A convolution with padding of given amounts, or SAME."""
    params, kernel, stride = use.params, use.pair(20, 3), use.pair(30, 1)
    if params.integer(60):
        raise NotSupported("transposed")
    if use.pair(40, 1) != (1, 1):
        raise NotSupported("with dilation")
    outputs, per_group = params.integer(1), params.integer(2)
    weight = weights(params.message(90), (outputs, per_group, *kernel))
    bias = weights(params.message(91), (outputs,)) if params.integer(70) else np.zeros(outputs, np.float32)
    operator = Conv2d(weight, bias, stride, _padding(use, 50, kernel, stride), params.integer(10) or 1)
    return composing.on_image(use.graph, operator, use.value)


def pooling(use: Use) -> str:
    """The largest values or the means of windows, or of the whole image."""
    params, kernel, stride = use.params, use.pair(10, 3), use.pair(20, 1)
    if params.integer(1) not in (0, 1):
        raise NotSupported("of squares")
    operator = AvgPool2d if params.integer(1) else MaxPool2d
    if params.integer(60):
        return composing.pool_all(use.graph, operator, use.value, (2, 3), keep=True)
    if 32 in params:  # the last window is whole
        height, width = params.message(32).integers(10) or (0, 0)
        _, _, *size = use.graph.shape(use.value)
        padding = rounded_up((size[0], size[1]), kernel, stride, (height, width, height, width))
    else:
        padding = _padding(use, 30, kernel, stride)
    if operator is AvgPool2d and any(padding) and (params.integer(50) or 32 in params):
        raise NotSupported("with padding that its mean leaves out")
    return composing.on_image(use.graph, operator(kernel, stride, padding), use.value)


def activation(use: Use) -> str:
    """ActivationParams: one of several messages, each with its own factors."""
    (number,) = use.params.numbers
    params = use.params.message(number)
    if number == 25:
        slopes = params.message(1)
        channels = use.graph.image(use.value)[0]
        count = 1 if slopes.floats(1).size == 1 else channels
        return composing.prelu(use.graph, use.value, use.each_channel(weights(slopes, (count,))))
    if number == 5:
        return composing.affine(use.graph, use.value, np.array(params.float(1)), np.array(params.float(2)))
    simple: dict[int, Callable[[], Operator]] = {
        10: Relu,
        15: lambda: LeakyRelu(params.float(1)),
        30: Tanh,
        40: Sigmoid,
        50: lambda: Elu(params.float(1)),
    }
    if number not in simple:
        raise NotSupported(f"of the kind {_ACTIVATIONS.get(number, number)}")
    return composing.elementwise(use.graph, simple[number](), use.value)


_ACTIVATIONS = {20: "thresholdedReLU", 31: "scaledTanh", 41: "sigmoidHard", 60: "softsign", 70: "softplus"}


def inner_product(use: Use) -> str:
    """A linear operator over all values."""
    params = use.params
    inputs, outputs = params.integer(1), params.integer(2)
    if params.integer(22):
        raise NotSupported("with int8 arithmetic of its own")
    weight = weights(params.message(20), (outputs, inputs))
    bias = weights(params.message(21), (outputs,)) if params.integer(10) else np.zeros(outputs, np.float32)
    return composing.linear(use.graph, use.value, weight, bias, (1, outputs))


def matmul(use: Use) -> str:
    """A linear operator over the last axis, with weights [out, in] in the file; of two values it is not read."""
    params, shape = use.params, use.graph.shape(use.value)
    inputs, outputs = params.integer(5), params.integer(6)
    if params.integer(10):
        raise NotSupported("with int8 arithmetic of its own")
    weight = weights(params.message(8), (outputs, inputs))
    bias = weights(params.message(9), (outputs,)) if params.integer(7) else np.zeros(outputs, np.float32)
    return composing.linear(use.graph, use.value, weight, bias, (*shape[:-1], outputs))


def batchnorm(use: Use) -> str:
    """The stored normalisation of each channel."""
    params = use.params
    if params.integer(5) or params.integer(6):
        raise NotSupported("that normalises by what it is given")
    shape = (params.integer(1),)
    gamma, beta, mean, variance = (
        weights(params.message(number), shape).astype(np.float64) for number in range(15, 19)
    )
    scale = gamma / np.sqrt(variance + (params.float(10) or 1e-5))
    offset = beta - mean * scale
    value = composing.affine(use.graph, use.value, use.each_channel(scale), use.each_channel(offset))
    use.graph.learned.add(value)
    return value


def _constant(use: Use, shape: Shape, params: Message) -> Array:
    """A constant of the shape [1], [C], [1, H, W] or [C, H, W], to be broadcast against the value with its batch."""
    values = weights(params, shape)
    return use.each_channel(values) if len(shape) == 1 else values[None]


def scale(use: Use) -> str:
    """A factor for each value and, where there is one, a bias."""
    params = use.params
    scale = _constant(use, params.integers(1), params.message(2))
    offset = _constant(use, params.integers(4), params.message(5)) if params.integer(3) else np.array(0.0)
    return composing.affine(use.graph, use.value, scale, offset)


def bias(use: Use) -> str:
    """A bias that is added."""
    offset = _constant(use, use.params.integers(1), use.params.message(2))
    return composing.affine(use.graph, use.value, np.array(1.0), offset)
