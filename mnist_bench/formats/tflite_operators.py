"""What each of TFLite's operators is in the graph: one function for each, in one table.

Images are (batch, height, width, channels). Source: tensorflow/lite/schema/schema.fbs for the options (their field
numbers stand in here) and tensorflow/lite/kernels for what they do.
"""

from collections.abc import Callable, Sequence

import numpy as np
from flatbuffers import number_types as types

from mnist_bench.base import words
from mnist_bench.formats import composing
from mnist_bench.formats.building import NotSupported
from mnist_bench.formats.tflite_node import Node
from mnist_bench.formats.windows import same_padding
from mnist_bench.network.layers import (
    AvgPool2d,
    Conv2d,
    Elu,
    LeakyRelu,
    MaxPool2d,
    Operator,
    Pair,
    Relu,
    Relu6,
    Sides,
    Sigmoid,
    Tanh,
)

Read = Callable[[Node], str]
_FUSED: dict[int, Operator] = {1: Relu(), 3: Relu6()}
"""By the numbers of ActivationFunctionType; its tanh is computed by no kernel."""
_NO_ACTIVATION = 0
_SAME = 0
_ZERO = np.zeros((), np.float32)


def _activated(node: Node, value: str, field: int) -> str:
    """What an operator puts out, behind the activation that is fused into it: option `field`."""
    fused = node.option(field, types.Int8Flags)
    if fused == _NO_ACTIVATION:
        return value
    if fused not in _FUSED:
        raise NotSupported(f"with the fused activation {fused}")
    node.graph.quantized(value, node.output.quantization)  # both are computed at once
    return composing.elementwise(node.graph, _FUSED[fused], value)


# Convolutions and linear layers


def _conv(node: Node) -> str:
    weight = node.constant(1)
    if weight.ndim != 4:
        raise NotSupported(f"with a weight of the shape {weight.shape}")
    groups = max(1, node.graph.shape(node.value(0))[-1] // max(1, weight.shape[3]))
    return _convolution(node, (0, 3, 1, 2), groups, activation=3, dilation=4)


def _depthwise(node: Node) -> str:
    weight = node.constant(1)
    if weight.ndim != 4 or weight.shape[0] != 1:
        raise NotSupported(f"with a weight of the shape {weight.shape}")
    groups = node.graph.shape(node.value(0))[-1]
    return _convolution(node, (3, 0, 1, 2), groups, activation=4, dilation=5)


def _convolution(node: Node, order: Sequence[int], groups: int, *, activation: int, dilation: int) -> str:
    """A convolution; `order` makes its weight (out, in / groups, height, width), two options are where they stand."""
    if node.option(dilation, default=1) != 1 or node.option(dilation + 1, default=1) != 1:
        raise NotSupported("with dilation")
    value = node.value(0)
    weight = node.constant(1).transpose(order)
    padding, stride = _window(node, value, (weight.shape[2], weight.shape[3]))
    bias = node.constant(2) if node.given(2) else np.zeros(len(weight), np.float32)
    operator = Conv2d(weight, bias, stride, padding, groups, quantized=node.int8_weights(1, order))
    return _activated(node, composing.on_image(node.graph, operator, value, channels_last=True), activation)


def _window(node: Node, value: str, kernel: Pair) -> tuple[Sides, Pair]:
    """Padding and stride of a convolution or pooling: options 0 to 2 of each."""
    stride = node.option(2), node.option(1)
    shape = node.graph.shape(value)
    if len(shape) != 4 or min(*stride, *kernel) < 1:
        raise NotSupported(f"with a window of {kernel} and a stride of {stride} on a value of the shape {shape}")
    if node.option(0, types.Int8Flags) != _SAME:
        return (0, 0, 0, 0), stride
    return same_padding((shape[1], shape[2]), kernel, stride), stride


def _fully_connected(node: Node) -> str:
    weight = node.constant(1)
    value = node.value(0)
    if node.option(1, types.Int8Flags) != 0:
        raise NotSupported("with shuffled weights")
    shape = node.graph.shape(value)
    kept = shape[:-1] if node.option(2, types.BoolFlags) else (1,)
    bias = node.constant(2) if node.given(2) else _ZERO
    quantized = node.int8_weights(1, (0, 1))
    return _activated(node, composing.linear(node.graph, value, weight, bias, (*kept, len(weight)), quantized), 0)


# Arithmetic


def _arithmetic(node: Node) -> str:
    """ADD, SUB, MUL and DIV with a constant on either side, or ADD of two values."""
    if not node.is_constant(0) and not node.is_constant(1):
        if node.kind != "ADD":
            raise NotSupported("of two values that are computed from the image")
        return _activated(node, composing.add(node.graph, node.value(0), node.value(1)), 0)
    swapped = node.is_constant(0)
    scale, offset = composing.factors(node.kind, node.constant(0 if swapped else 1), swapped=swapped)
    return _activated(node, composing.affine(node.graph, node.value(1 if swapped else 0), scale, offset), 0)


# Activations


def _activation(operator: Callable[[Node], Operator]) -> Read:
    return lambda node: composing.elementwise(node.graph, operator(node), node.value(0))


def _prelu(node: Node) -> str:
    return composing.prelu(node.graph, node.value(0), node.constant(1), channels_last=True)


def _softmax(node: Node) -> str:
    if (beta := node.option(0, types.Float32Flags)) != 1:
        raise NotSupported(f"with a beta of {words.setting(beta)}")
    return composing.softmax(node.graph, node.value(0), -1, log=False)


def _log_softmax(node: Node) -> str:
    return composing.softmax(node.graph, node.value(0), -1, log=True)


# Poolings


def _pool(operator: type[AvgPool2d | MaxPool2d]) -> Read:
    def read(node: Node) -> str:
        kernel = node.option(4), node.option(3)
        value = node.value(0)
        padding, stride = _window(node, value, kernel)
        if operator is AvgPool2d and any(padding):
            raise NotSupported("with padding that is left out of the mean")
        pooled = composing.on_image(node.graph, operator(kernel, stride, padding), value, channels_last=True)
        return _activated(node, pooled, 5)

    return read


def _reduce(operator: type[AvgPool2d | MaxPool2d]) -> Read:
    return lambda node: composing.pool_all(
        node.graph, operator, node.value(0), node.integers(1), keep=bool(node.option(0, types.BoolFlags))
    )


# Shapes


def _reshape(node: Node) -> str:
    return composing.reshape(node.graph, node.value(0), node.integers(1) if node.given(1) else node.options(0))


def _squeeze(node: Node) -> str:
    value = node.value(0)
    return composing.squeeze(node.graph, value, node.options(0) or None)


def _expand_dims(node: Node) -> str:
    return composing.unsqueeze(node.graph, node.value(0), node.integers(1))


def _transpose(node: Node) -> str:
    return composing.transpose(node.graph, node.value(0), node.integers(1))


def _pad(node: Node) -> str:
    sizes = node.integers(1)
    pairs = list(zip(sizes[::2], sizes[1::2], strict=True))
    return composing.pad(node.graph, node.value(0), pairs, _fill(node) if node.given(2) else 0.0)


def _resize_bilinear(node: Node) -> str:
    if node.option(2, types.BoolFlags) or not node.option(3, types.BoolFlags):
        raise NotSupported("but between the centres of pixels")
    return composing.resize(node.graph, node.value(0), node.integers(1), channels_last=True)


def _fill(node: Node) -> float:
    """What a PADV2 pads with; the lowest byte, which is no larger than any value, stands for the lowest number."""
    stored = node.tensor(2).stored().reshape(())
    if node.tensor(2).quantization is not None and stored == np.iinfo(stored.dtype).min:
        return float(np.finfo(np.float32).min)
    return float(node.constant(2).reshape(()))


def _concatenation(node: Node) -> str:
    values = [node.value(index) for index in range(len(node.operator.inputs))]
    result = values[0] if len(values) == 1 else composing.concat(node.graph, values, node.option(0))
    return _activated(node, result, 1)


# What changes nothing, and the quantization of values


def _same(node: Node) -> str:
    return node.value(0)


def _cast(node: Node) -> str:
    value = node.value(0)
    return composing.rounded(node.graph, value) if node.output.is_integer else value


def _class(node: Node) -> str:
    return composing.argmax(node.graph, node.value(0))


OPERATORS: dict[str, Read] = {
    "ADD": _arithmetic,
    "ARG_MAX": _class,
    "AVERAGE_POOL_2D": _pool(AvgPool2d),
    "CAST": _cast,
    "CONCATENATION": _concatenation,
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "DEQUANTIZE": _same,
    "DIV": _arithmetic,
    "ELU": _activation(lambda _: Elu(1.0)),
    "EXPAND_DIMS": _expand_dims,
    "FULLY_CONNECTED": _fully_connected,
    "LEAKY_RELU": _activation(lambda node: LeakyRelu(node.option(0, types.Float32Flags))),
    "LOGISTIC": _activation(lambda _: Sigmoid()),
    "LOG_SOFTMAX": _log_softmax,
    "MAX_POOL_2D": _pool(MaxPool2d),
    "MEAN": _reduce(AvgPool2d),
    "MUL": _arithmetic,
    "PAD": _pad,
    "PADV2": _pad,
    "PRELU": _prelu,
    "QUANTIZE": _same,
    "REDUCE_MAX": _reduce(MaxPool2d),
    "RELU": _activation(lambda _: Relu()),
    "RELU6": _activation(lambda _: Relu6()),
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize_bilinear,
    "SOFTMAX": _softmax,
    "SQUEEZE": _squeeze,
    "SUB": _arithmetic,
    "TANH": _activation(lambda _: Tanh()),
    "TRANSPOSE": _transpose,
}
"""By the schema's names."""
