"""Writes a network as an ONNX file: float32, or int8 with its stored quantization (QDQ).

Input "pixels": uint8 (N, 1, 28, 28), a pixel's byte. Output "logits": float32 (N, 10). N is free.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from mnist_bench.formats.errors import FormatError
from mnist_bench.network.arrays import Shape
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
    Relu,
    Relu6,
    ResizeBilinear,
    Sigmoid,
    Tanh,
)
from mnist_bench.network.network import CLASSES, Network, Precision
from mnist_bench.network.operators.pooling import Pooling
from mnist_bench.network.operators.weighted import Weighted
from mnist_bench.network.quantization import INPUT_QUANTIZATION
from mnist_bench.version import VERSION

_OPSET, _IR = 21, 10

Constants = dict[str, npt.NDArray[Any]]


def export_onnx(network: Network, precision: Precision) -> bytes:
    """The bytes of an ONNX file of `network`, up to its logits; FormatError if int8 is asked for and it has none."""
    writer = _Writer()
    if precision is Precision.FP32:
        _write_float(writer, network)
    else:
        _write_quantized(writer, network)
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ("n", 1, 28, 28))
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("n", CLASSES))
    constants = [numpy_helper.from_array(value, name) for name, value in writer.constants.items()]
    graph = helper.make_graph(writer.nodes, network.name, [pixels], [logits], constants)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
        producer_name="mnist-bench",
        producer_version=VERSION,
    )
    onnx.checker.check_model(model)
    encoded: bytes = model.SerializeToString(deterministic=True)
    return encoded


class _Writer:
    """Nodes and constants so far."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: Constants = {}

    def constant(self, name: str, value: npt.NDArray[Any] | np.generic) -> str:
        """The name, for which `value` stands."""
        self.constants[name] = np.asarray(value, order="C")
        return name

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """The output of a node that was added."""
        self.nodes.append(helper.make_node(kind, list(inputs), [output], output, **attributes))
        return output

    def quantization(self, own: ActivationQuantization) -> tuple[str, str]:
        """Constants for a scale and a zero point."""
        scale = self.constant(f"scale {own.scale!r}", np.float32(own.scale))
        return scale, self.constant(f"zero point {own.zero_point}", np.uint8(own.zero_point))


def _write_float(writer: _Writer, network: Network) -> None:
    cast = writer.node("Cast", ["pixels"], "cast", to=TensorProto.FLOAT)
    values = [writer.node("Mul", [cast, writer.constant("step", np.float32(1 / 255))], "image")]
    last = len(network.logit_operators) - 1
    for index, operator in enumerate(network.logit_operators):
        read = [values[value] for value in network.inputs[index]]
        if isinstance(operator, Weighted):
            read += [
                writer.constant(f"{index} weight", operator.weight),
                writer.constant(f"{index} bias", operator.bias),
            ]
        out = "logits" if index == last else f"{index}"
        values.append(_write_operator(writer, operator, read, out, network.input_shapes[index][0]))


def _write_quantized(writer: _Writer, network: Network) -> None:
    """Each value is dequantized where it is read, and quantized where it was made: runtimes fuse the three."""
    if network.activations is None:
        raise FormatError(
            f"The network {network.name!r} has no int8 parameters.", advice="Quantize it first: `mnist-bench quantize`."
        )
    values = [writer.node("DequantizeLinear", ["pixels", *writer.quantization(INPUT_QUANTIZATION)], "image")]
    operators = network.logit_operators
    for index, operator in enumerate(operators):
        own = network.activations[index]
        read = [values[value] for value in network.inputs[index]]
        if isinstance(operator, Relu) and own.zero_point == 0:
            values.append(read[0])  # no byte is below zero
            continue
        if isinstance(operator, Weighted):
            read += _integers(writer, operator, network.read_quantizations(index)[0], index)
        made = _write_operator(writer, operator, read, f"{index} made", network.input_shapes[index][0])
        if network.has_fused_relu(index) and network.activations[index + 1].zero_point != 0:
            values.append(made)
            continue
        scale = writer.quantization(own)
        byte = writer.node("QuantizeLinear", [made, *scale], f"{index} bytes")
        values.append(writer.node("DequantizeLinear", [byte, *scale], f"{index}"))
    _rename(writer, values[-1], "logits")


def _integers(writer: _Writer, operator: Weighted, before: ActivationQuantization, index: int) -> list[str]:
    """Weights and bias, dequantized: the bias is in the unit of the sums, as QNNPACK rounds it."""
    quantized = operator.quantized
    assert quantized is not None  # noqa: S101 - every weighted operator of a quantized network has them
    unit = np.float32(before.scale) * quantized.scales
    with np.errstate(over="ignore"):
        bias = np.rint(operator.bias * (np.float32(1) / unit)).clip(-(2**31), 2**31 - 1).astype(np.int32)
    parts = (("weight", quantized.values, quantized.scales, np.int8), ("bias", bias, unit, np.int32))
    return [
        writer.node(
            "DequantizeLinear",
            [
                writer.constant(f"{index} {name}", values),
                writer.constant(f"{index} {name} scales", scales),
                writer.constant(f"{index} {name} zeros", np.zeros(len(scales), kind)),
            ],
            f"{index} {name} dequantized",
            axis=0,
        )
        for name, values, scales, kind in parts
    ]


def _rename(writer: _Writer, name: str, wanted: str) -> None:
    """Give the value `name` the name `wanted`."""
    for node in writer.nodes:
        for names in (node.input, node.output):
            for place, one in enumerate(names):
                if one == name:
                    names[place] = wanted


def _write_operator(writer: _Writer, operator: Operator, read: list[str], out: str, shape: Shape) -> str:
    """The node of one operator, in float32; `shape` is that of the first value it reads, without the batch."""
    match operator:
        case Conv2d():
            fields = {"kernel_shape": operator.kernel, "strides": operator.stride, "pads": operator.sides}
            return writer.node("Conv", read, out, group=operator.groups, **fields)
        case Linear():
            return writer.node("Gemm", read, out, transB=1)
        case Pooling():
            fields = {"kernel_shape": operator.kernel, "strides": operator.stride, "pads": operator.sides}
            if isinstance(operator, MaxPool2d):
                return writer.node("MaxPool", read, out, **fields)
            return writer.node("AveragePool", read, out, count_include_pad=1, **fields)
        case Relu6():
            limits = (writer.constant("zero", np.float32(0)), writer.constant("six", np.float32(6)))
            return writer.node("Clip", [*read, *limits], out)
        case LeakyRelu():
            return writer.node("LeakyRelu", read, out, alpha=operator.slope)
        case Elu():
            return writer.node("Elu", read, out, alpha=operator.alpha)
        case Prelu():
            slopes = operator.slopes.reshape(-1, *[1] * (len(shape) - 1))
            return writer.node("PRelu", [*read, writer.constant(f"{out} slopes", slopes)], out)
        case Concat():
            return writer.node("Concat", read, out, axis=1)
        case Flatten():
            return writer.node("Flatten", read, out, axis=1)
        case ResizeBilinear():
            factors = writer.constant(f"{out} factors", _factors(shape[1:], operator.size))
            return writer.node("Resize", [*read, "", factors], out, mode="linear")
        case _:
            return writer.node(_PLAIN[type(operator)], read, out)


def _factors(before: Shape, after: Shape) -> npt.NDArray[np.float32]:
    """Of all axes, the batch first: ONNX Runtime 1.32 refuses a Resize of some axes behind a convolution in int8.

    A reader rounds size times factor down, so a factor that float32 rounds down is the next one up.
    """
    factors = np.array([1, 1, *np.divide(after, before)], np.float32)
    too_small = np.floor(factors[2:] * np.array(before, np.float64)) < after
    factors[2:][too_small] = np.nextafter(factors[2:][too_small], np.float32(np.inf))
    return factors


_PLAIN = {Relu: "Relu", Tanh: "Tanh", Sigmoid: "Sigmoid", Add: "Add"}
