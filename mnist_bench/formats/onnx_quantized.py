"""ONNX's operators on whole numbers, in float32: pairs that quantize and restore values, integer arithmetic.

A quantized value stands in the graph for the real numbers that it means; see onnx_operators.
"""

import numpy as np

from mnist_bench.formats import composing
from mnist_bench.formats.building import Array, NotSupported
from mnist_bench.formats.onnx_node import Node
from mnist_bench.formats.onnx_shapes import Read
from mnist_bench.formats.onnx_windows import window
from mnist_bench.formats.quantized_values import DYNAMIC, QuantizedConstant, activation_quantization
from mnist_bench.network.layers import ActivationQuantization, Conv2d, QuantizedWeights, Relu, Relu6

_ALIKE = 1e-5
_ZERO = np.zeros((), np.float32)
_CONV, _MATMUL = (0, 1, 2, 3), (1, 0)
"""The order of a weight's axes that puts the output channels first."""


def ends_at_six(scale: float) -> bool:
    """Whether the bytes 0 to 255 of this scale stand for 0 to 6."""
    return abs(scale * 255 / 6 - 1) < _ALIKE


def _quantize(node: Node) -> str:
    return _quantized(node, node.value(0), activation_quantization(node.constant(1), _zero_point(node, 2)))


def _quantized(node: Node, value: str, quantization: ActivationQuantization | None) -> str:
    """The value as its bytes hold it: where the lowest one stands for zero, behind a ReLU, and where the highest one
    stands for six, behind a ReLU6. Quantizers leave both out of the file then.
    """
    graph = node.graph
    if quantization is not None and quantization.zero_point == 0 and not graph.is_positive(value):
        relu = Relu6() if ends_at_six(quantization.scale) else Relu()
        value = graph.append(relu, (value,), graph.shape(value))
    graph.quantized(value, quantization)
    return value


def _dequantize(node: Node) -> str:
    """Behind a QuantizeLinear, the value that it was given; at the image, the pixels' unit."""
    value = node.value(0)
    if value == node.graph.input:
        node.graph.quantized(value, activation_quantization(node.constant(1), _zero_point(node, 2)))
    _check_quantized(node, 0, 1)
    return value


def _check_quantized(node: Node, index: int, scale: int) -> None:
    """NotSupported unless the input `index` was quantized with the scale and zero point of two further inputs."""
    quantization = activation_quantization(node.constant(scale), _zero_point(node, scale + 1))
    known = node.graph.quantizations.get(node.graph.resolved(node.value(index)))
    if quantization is None or known != quantization:
        raise NotSupported("of whole numbers whose scale and zero point are not the ones that they were made with")


def _zero_point(node: Node, index: int) -> Array:
    return node.constant_or(index, np.zeros((), np.uint8))


def _dynamic_quantize(node: Node) -> str:
    """The value itself: it is quantized anew for each image, which is left out, so its scale is 1 in the graph."""
    scale_and_zero_point = (np.ones((), np.float32), np.zeros((), np.uint8))
    node.graph.constants |= dict(zip(node.proto.output[1:], scale_and_zero_point, strict=False))
    node.graph.note(DYNAMIC)
    return node.value(0)


def _weight(node: Node, index: int, zero_point: int) -> Array:
    """An integer weight without its zero point."""
    return node.constant(index).astype(np.float32) - node.constant_or(zero_point, _ZERO).astype(np.float32)


def _matmul_integer(node: Node) -> str:
    return _linear(node, _weight(node, 1, 3), _ZERO, None)


def _conv_integer(node: Node) -> str:
    return _convolution(node, _weight(node, 1, 3), _ZERO, None)


def _qlinear(order: tuple[int, ...]) -> Read:
    """QLinearConv and QLinearMatMul: their weight is input 3, with its scale and zero point behind it."""

    def read(node: Node) -> str:
        _check_quantized(node, 0, 1)
        scales, zero_points = node.constant(4), node.constant(5)
        stored = QuantizedConstant(node.constant(3), scales, zero_points, order[0])
        bias = node.constant(8) * node.constant(1) * scales.reshape(-1) if node.given(8) else _ZERO
        make = _convolution if order == _CONV else _linear
        result = make(node, stored.floats(), bias, stored.as_weights(order))
        return _quantized(node, result, activation_quantization(node.constant(6), _zero_point(node, 7)))

    return read


def _linear(node: Node, weight: Array, bias: Array, quantized: QuantizedWeights | None) -> str:
    value = node.value(0)
    shape = node.graph.shape(value)
    if weight.ndim != 2 or shape[-1] != len(weight):
        raise NotSupported(f"of a value of the shape {shape} and a constant of the shape {weight.shape}")
    return composing.linear(node.graph, value, weight.T, bias, (*shape[:-1], weight.shape[1]), quantized)


def _convolution(node: Node, weight: Array, bias: Array, quantized: QuantizedWeights | None) -> str:
    if weight.ndim != 4:
        raise NotSupported(f"with a weight of the shape {weight.shape}: not of an image")
    padding, stride = window(node, (weight.shape[2], weight.shape[3]))
    biases = np.broadcast_to(bias, (len(weight),))
    operator = Conv2d(weight, biases, stride, padding, node.integer("group", 1), quantized=quantized)
    return composing.on_image(node.graph, operator, node.value(0))


QUANTIZED_OPERATORS: dict[str, Read] = {
    "ConvInteger": _conv_integer,
    "DequantizeLinear": _dequantize,
    "DynamicQuantizeLinear": _dynamic_quantize,
    "MatMulInteger": _matmul_integer,
    "QLinearConv": _qlinear(_CONV),
    "QLinearMatMul": _qlinear(_MATMUL),
    "QuantizeLinear": _quantize,
}
