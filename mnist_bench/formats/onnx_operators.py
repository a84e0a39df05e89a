"""What each ONNX operator is in the graph: one function for each, in one table.

Source: docs/Operators.md and docs/Changelog.md of ONNX, opset 6 to 23.
"""

from collections.abc import Callable
from math import prod

import numpy as np

from mnist_bench.base import words
from mnist_bench.formats import composing
from mnist_bench.formats.building import Array, GraphBuilder, NotSupported
from mnist_bench.formats.composing import SELU
from mnist_bench.formats.onnx_node import Node
from mnist_bench.formats.onnx_quantized import QUANTIZED_OPERATORS
from mnist_bench.formats.onnx_shapes import SHAPE_OPERATORS, Read
from mnist_bench.formats.onnx_windows import window
from mnist_bench.network.operators.activations import Elu, LeakyRelu, Relu, Relu6, Sigmoid, Tanh
from mnist_bench.network.operators.conv2d import Conv2d
from mnist_bench.network.operators.operator import Operator
from mnist_bench.network.operators.pooling import AvgPool2d, MaxPool2d

_ZERO = np.zeros((), np.float32)


# Convolutions and linear layers


def _conv(node: Node) -> str:
    weight = node.constant(1)
    if weight.ndim != 4:
        raise NotSupported(f"with a weight of the shape {weight.shape}: not of an image")
    kernel = weight.shape[2], weight.shape[3]
    padding, stride = window(node, kernel)
    bias = node.constant_or(2, np.zeros(len(weight), np.float32))
    quantized = node.int8_weights(1, (0, 1, 2, 3))
    operator = Conv2d(weight, bias, stride, padding, node.integer("group", 1), quantized=quantized)
    return composing.on_image(node.graph, operator, node.value(0))


def _gemm(node: Node) -> str:
    if node.integer("transA", 0):
        raise NotSupported("with its input transposed")
    order = (0, 1) if node.integer("transB", 0) else (1, 0)
    weight = node.constant(1).transpose(order)
    bias = node.constant_or(2, _ZERO)
    if bias.size not in (1, len(weight)):
        raise NotSupported(f"with a bias of the shape {bias.shape}")
    alpha, beta = np.float32(node.number("alpha", 1)), np.float32(node.number("beta", 1))
    quantized = node.int8_weights(1, order) if alpha == 1 else None
    return composing.linear(node.graph, node.value(0), alpha * weight, beta * bias, (1, len(weight)), quantized)


def _matmul(node: Node) -> str:
    weight = node.constant(1)
    if weight.ndim < 2:
        raise NotSupported(f"with a constant of the shape {weight.shape}")
    weight = weight.reshape(-1, weight.shape[-1]) if weight.size == weight.shape[-1] * weight.shape[-2] else weight
    value = node.value(0)
    shape = node.graph.shape(value)
    if shape[-1] != len(weight):
        raise NotSupported(f"of a value of the shape {shape} and a constant of the shape {weight.shape}")
    result = (*shape[:-1], weight.shape[-1])
    return composing.linear(node.graph, value, weight.T, _ZERO, result, node.int8_weights(1, (1, 0)))


# Arithmetic with constants, and sums


def _arithmetic(node: Node) -> str:
    """Add, Sub, Mul and Div with a constant on either side, or Add of two values."""
    if not node.is_constant(0) and not node.is_constant(1):
        if node.kind != "Add":
            raise NotSupported("of two values that are computed from the image")
        return composing.add(node.graph, node.value(0), node.value(1))
    swapped = node.is_constant(0)
    constant, value = node.constant(0 if swapped else 1), node.value(1 if swapped else 0)
    if (axis := node.integer("axis", -1)) >= 0:  # before opset 7, where the constant's first axis lies in the value
        constant = constant.reshape(*constant.shape, *[1] * (len(node.graph.shape(value)) - axis - constant.ndim))
    scale, offset = composing.factors(node.kind.upper(), constant, swapped=swapped)
    return composing.affine(node.graph, value, scale, offset)


def _sum(node: Node) -> str:
    result = node.value(0)
    for index in range(1, len(node.inputs)):
        result = composing.add(node.graph, result, node.value(index))
    return result


def _batch_normalization(node: Node) -> str:
    gain, bias, mean, variance = (node.constant(index).astype(np.float64) for index in (1, 2, 3, 4))
    if node.integer("training_mode", 0) or not node.integer("is_test", 1):
        node.graph.note("A batch norm was exported as in training; its stored mean and variance are used.")
    factor = gain / np.sqrt(variance + node.number("epsilon", 1e-5))
    value = node.value(0)
    channels = (-1, *[1] * (len(node.graph.shape(value)) - 2))
    result = composing.affine(node.graph, value, factor.reshape(channels), (bias - mean * factor).reshape(channels))
    node.graph.learned.add(result)
    return result


# Activations


def _activation(operator: Callable[[Node], Operator]) -> Read:
    return lambda node: composing.elementwise(node.graph, operator(node), node.value(0))


def _clip(node: Node) -> str:
    if node.version < 11:
        low, high = node.number("min", -np.inf), node.number("max", np.inf)
    else:
        low, high = (
            float(node.constant_or(index, np.array(default)).reshape(()))
            for index, default in ((1, -np.inf), (2, np.inf))
        )
    if low == 0 and high == 6:
        return composing.elementwise(node.graph, Relu6(), node.value(0))
    if low == 0 and high >= np.finfo(np.float32).max:
        return composing.elementwise(node.graph, Relu(), node.value(0))
    raise NotSupported(f"from {words.setting(low)} to {words.setting(high)}")


def _at_least(graph: GraphBuilder, value: str, lowest: Array) -> str:
    """The larger one of a value and a constant: a relu."""
    if lowest.any() or np.broadcast_shapes(lowest.shape, graph.shape(value)) != graph.shape(value):
        raise NotSupported("of a value and a constant other than 0")
    return composing.elementwise(graph, Relu(), value)


def _at_most(graph: GraphBuilder, value: str, highest: Array) -> str:
    """The smaller one of a constant and a value that has no numbers below zero: a relu6."""
    fits = np.broadcast_shapes(highest.shape, graph.shape(value)) == graph.shape(value)
    if not fits or (highest != 6).any() or not graph.is_positive(value):
        raise NotSupported("of a value and a constant other than 6 behind a relu")
    return composing.elementwise(graph, Relu6(), value)


def _extreme(limit: Callable[[GraphBuilder, str, Array], str]) -> Read:
    """Max or Min of a value and a constant."""

    def read(node: Node) -> str:
        constants = [index for index in range(len(node.inputs)) if node.is_constant(index)]
        if len(node.inputs) != 2 or len(constants) != 1:
            raise NotSupported("of values that are computed from the image")
        return limit(node.graph, node.value(1 - constants[0]), node.constant(constants[0]))

    return read


def _negated(node: Node) -> str:
    return composing.affine(node.graph, node.value(0), np.array(-1.0), _ZERO)


def _celu(node: Node) -> str:
    alpha = node.number("alpha", 1.0)
    if alpha == 0:
        raise NotSupported("with an alpha of 0")
    return composing.elu(node.graph, node.value(0), alpha, input_scale=1 / alpha)


def _selu(node: Node) -> str:
    return composing.elu(node.graph, node.value(0), node.number("alpha", SELU[0]), node.number("gamma", SELU[1]))


def _prelu(node: Node) -> str:
    return composing.prelu(node.graph, node.value(0), node.constant(1))


def _softmax(node: Node) -> str:
    axis = node.integer("axis", 1 if node.version < 13 else -1)
    value = node.value(0)
    shape = node.graph.shape(value)
    if node.version < 13:  # over `axis` and all behind it
        value, axis = composing.view(node.graph, value, (prod(shape[:axis]), prod(shape[axis:]))), 1
    result = composing.softmax(node.graph, value, axis, log=node.kind == "LogSoftmax")
    return composing.view(node.graph, result, shape)


# Poolings


def _max_pool(node: Node) -> str:
    kernel = node.pair("kernel_shape", (0, 0))
    padding, stride = window(node, kernel)
    return composing.on_image(node.graph, MaxPool2d(kernel, stride, padding), node.value(0))


def _average_pool(node: Node) -> str:
    kernel = node.pair("kernel_shape", (0, 0))
    padding, stride = window(node, kernel)
    counted = node.integers("pads", (0, 0, 0, 0)) if node.text("auto_pad", "NOTSET") == "NOTSET" else padding
    if any(padding) and not (node.integer("count_include_pad", 0) and padding == counted):
        raise NotSupported("with padding that is left out of the mean")
    return composing.on_image(node.graph, AvgPool2d(kernel, stride, padding), node.value(0))


def _global_pool(operator: type[AvgPool2d | MaxPool2d]) -> Read:
    return lambda node: composing.pool_all(node.graph, operator, node.value(0), (2, 3), keep=True)


def _reduce(operator: type[AvgPool2d | MaxPool2d]) -> Read:
    def read(node: Node) -> str:
        axes = node.axes(1)
        if axes is None:
            raise NotSupported("over all axes")
        return composing.pool_all(node.graph, operator, node.value(0), axes, keep=bool(node.integer("keepdims", 1)))

    return read


def _resize(node: Node) -> str:
    """Resize of opset 11 and later, to sizes or by factors; of all axes, or of those that it names."""
    how = node.text("mode", "nearest"), node.text("coordinate_transformation_mode", "half_pixel")
    if how != ("linear", "half_pixel") or node.integer("antialias", 0):
        raise NotSupported(f"in the mode {how[0]}, with the coordinates {how[1]}")
    value = node.value(0)
    shape = list(node.graph.shape(value))
    axes = node.integers("axes", range(len(shape)))
    if node.given(3):
        wanted = [int(size) for size in node.constant(3)]
    else:
        factors = node.constant(2).tolist()
        wanted = [int(shape[axis] * factor) for axis, factor in zip(axes, factors, strict=True)]
    for axis, size in zip(axes, wanted, strict=True):
        shape[axis] = size
    return composing.resize(node.graph, value, shape[2:])


OPERATORS: dict[str, Read] = {
    **QUANTIZED_OPERATORS,
    **SHAPE_OPERATORS,
    "Add": _arithmetic,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_normalization,
    "Celu": _celu,
    "Clip": _clip,
    "Conv": _conv,
    "Div": _arithmetic,
    "Elu": _activation(lambda node: Elu(node.number("alpha", 1.0))),
    "Gemm": _gemm,
    "GlobalAveragePool": _global_pool(AvgPool2d),
    "GlobalMaxPool": _global_pool(MaxPool2d),
    "LeakyRelu": _activation(lambda node: LeakyRelu(node.number("alpha", 0.01))),
    "Log": lambda node: composing.logarithm(node.graph, node.value(0)),
    "LogSoftmax": _softmax,
    "MatMul": _matmul,
    "Max": _extreme(_at_least),
    "MaxPool": _max_pool,
    "Min": _extreme(_at_most),
    "Mul": _arithmetic,
    "Neg": _negated,
    "PRelu": _prelu,
    "ReduceMax": _reduce(MaxPool2d),
    "ReduceMean": _reduce(AvgPool2d),
    "Resize": _resize,
    "Relu": _activation(lambda _: Relu()),
    "Sigmoid": _activation(lambda _: Sigmoid()),
    "Selu": _selu,
    "Softmax": _softmax,
    "Sub": _arithmetic,
    "Sum": _sum,
    "Tanh": _activation(lambda _: Tanh()),
}
"""By ONNX's names."""
