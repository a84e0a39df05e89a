"""Writes a network as an ONNX file: float32, or int8 with its stored quantization (QDQ).

Input "pixels": uint8 (N, 1, 28, 28), a pixel's byte. Output "logits": float32 (N, 10). N is free. The name of a node
that executes an operator begins with the operator's place in the network.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.telling import TellingFile, ToldValue
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
_LOGITS = "logits"
_PLACE = re.compile(r"(?:fused )*+(\d++)")

Constants = dict[str, npt.NDArray[Any]]


def export_onnx(network: Network, precision: Precision) -> bytes:
    """The bytes of an ONNX file of `network`, up to its logits; FormatError if int8 is asked for and it has none."""
    return _encode(_written(network, precision), network, [])


def telling_onnx(network: Network, precision: Precision) -> TellingFile:
    """The same file with the values of its operators as further outputs; FormatError as `export_onnx`.

    In int8 these are the bytes that are kept: the operators that runtimes fuse with them stay so. A ReLU that runtimes
    fuse hides the value before it.
    """
    writer = _written(network, precision)
    last = len(network.logit_operators) - 1
    told = {name: [place for place in places if place != last] for name, places in writer.told.items()}
    told = {name: places for name, places in told.items() if places}
    kind = TensorProto.FLOAT if precision is Precision.FP32 else TensorProto.UINT8
    shapes = {name: network.output_shapes[places[0]] for name, places in told.items()}
    more = [helper.make_tensor_value_info(name, kind, ("n", *shape)) for name, shape in shapes.items()]
    quantizations = network.activations if precision is Precision.INT8 else None
    values = [
        ToldValue(tuple(places), None if quantizations is None else quantizations[places[0]])
        for places in told.values()
    ]
    return TellingFile(_encode(writer, network, more), (ToldValue((last,)), *values))


def place_of_node(name: str, network: Network) -> int | None:
    """The place in the network of the operator that a node executes, by its name here or what a runtime made of it
    ("fused 3", "3_nchwc"); None for a node that converts the input, or that a runtime has added.
    """
    if name.startswith(_LOGITS):
        return len(network.logit_operators) - 1
    found = _PLACE.match(name)
    place = int(found[1]) if found else len(network.logit_operators)
    return place if place < len(network.logit_operators) else None


def _written(network: Network, precision: Precision) -> "_Writer":
    writer = _Writer()
    if precision is Precision.FP32:
        _write_float(writer, network)
    else:
        _write_quantized(writer, network)
    return writer


def _encode(writer: "_Writer", network: Network, more: Sequence[onnx.ValueInfoProto]) -> bytes:
    """The bytes of a file with `more` outputs behind the logits."""
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ("n", 1, 28, 28))
    logits = helper.make_tensor_value_info(_LOGITS, TensorProto.FLOAT, ("n", CLASSES))
    constants = [numpy_helper.from_array(value, name) for name, value in writer.constants.items()]
    graph = helper.make_graph(writer.nodes, network.name, [pixels], [logits, *more], constants)
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
    """Nodes and constants so far; `told`: the places of the operators whose values can be put out, by their names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: Constants = {}
        self.told: dict[str, list[int]] = {}

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
        out = _LOGITS if index == last else f"{index}"
        values.append(_write_operator(writer, operator, read, out, network.input_shapes[index][0]))
        if not network.has_fused_relu(index):
            writer.told[out] = [index]


def _write_quantized(writer: _Writer, network: Network) -> None:
    """Each value is dequantized where it is read, and quantized where it was made: runtimes fuse the three."""
    if network.activations is None:
        raise FormatError(
            f"The network {network.name!r} has no int8 parameters.", advice="Quantize it first: `mnist-bench quantize`."
        )
    values = [writer.node("DequantizeLinear", ["pixels", *writer.quantization(INPUT_QUANTIZATION)], "image")]
    operators = network.logit_operators
    stored: dict[int, str] = {}  # the bytes of each value
    for index, operator in enumerate(operators):
        own = network.activations[index]
        read = [values[value] for value in network.inputs[index]]
        if isinstance(operator, Relu) and own.zero_point == 0:
            values.append(read[0])  # no byte is below zero
            if (before := stored.get(network.inputs[index][0])) is not None:
                stored[index + 1] = before
                writer.told.setdefault(before, []).append(index)
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
        stored[index + 1] = byte
        if not network.has_fused_relu(index):
            writer.told[byte] = [index]
    _rename(writer, values[-1], _LOGITS)


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
