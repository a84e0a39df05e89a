"""Writes a network as a TFLite file: float32, or int8 with its stored quantization.

Input: (1, 28, 28, 1), float32 pixel / 255, or int8 pixel - 128. Output: the ten logits, in the same numbers. Images are
(batch, height, width, channels) in TFLite; a value that was flattened keeps its order there, and the linear operator
that reads it has its columns in that order.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.telling import TellingFile, ToldValue
from mnist_bench.formats.tflite_writing import WrittenOperator, WrittenTensor, write
from mnist_bench.formats.windows import same_padding
from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import (
    ActivationQuantization,
    Add,
    AvgPool2d,
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
    Sides,
    Sigmoid,
    Tanh,
)
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.operators.pooling import Pooling
from mnist_bench.network.quantization import INPUT_QUANTIZATION

Array = npt.NDArray[Any]
_KINDS: dict[type[Operator], str] = {
    Relu: "RELU",
    Relu6: "RELU6",
    Tanh: "TANH",
    Sigmoid: "LOGISTIC",
    Elu: "ELU",
    MaxPool2d: "MAX_POOL_2D",
    AvgPool2d: "AVERAGE_POOL_2D",
}
_SAME, _VALID = 0, 1
_FUSED_RELU = 1
_LOWEST = -128
"""Of int8: TFLite's bytes are signed, 128 less than QNNPACK's."""


def export_tflite(network: Network, precision: Precision) -> bytes:
    """The bytes of a TFLite file of `network`, up to its logits.

    Raises:
        FormatError: int8 is asked for and it has none.
    """
    return _Export(network, precision).bytes()


def telling_tflite(network: Network, precision: Precision) -> TellingFile:
    """The same file with the values of its operators as further outputs; FormatError as `export_tflite`.

    A ReLU that is fused hides the value before it.
    """
    return _Export(network, precision).telling()


class _Export:
    """Tensors and operators; `values` are the names of the network's values, `places` those of its operators that each
    operator of the file executes, the last one of several.
    """

    def __init__(self, network: Network, precision: Precision) -> None:
        self.network, self.is_int8 = network, precision is Precision.INT8
        if self.is_int8 and not network.is_quantized:
            raise FormatError(
                f"The network {network.name!r} has no int8 parameters.",
                advice="Quantize it first: `mnist-bench quantize`.",
            )
        self.tensors: list[WrittenTensor] = []
        self.operators: list[WrittenOperator] = []
        self.places: list[int] = []
        self.values = [self._value("image", (28, 28, 1), INPUT_QUANTIZATION)]
        index = 0
        while index < len(network.logit_operators):
            index += self._write(index)
            self.places += [index - 1] * (len(self.operators) - len(self.places))

    def bytes(self, *more: str) -> bytes:
        return write(self.tensors, self.operators, [self.values[0]], [self.values[-1], *more])

    def telling(self) -> TellingFile:
        last = len(self.network.logit_operators) - 1
        places = [place for place in range(last) if not self.network.has_fused_relu(place)]
        told = [
            ToldValue((place,), self._quantization(place + 1), channels_last=True, columns=self._columns(place + 1))
            for place in (last, *places)
        ]
        data = self.bytes(*(self.values[place + 1] for place in places))
        kinds = (
            f"{one.kind} and RELU" if one.kind == "ADD" and one.options["fused"] else one.kind for one in self.operators
        )
        return TellingFile(data, tuple(told), tuple(zip(kinds, self.places, strict=True)))

    # Tensors

    def _value(self, name: str, shape: Shape, quantization: ActivationQuantization | None) -> str:
        """A tensor that is computed, of one image of `shape`."""
        if not self.is_int8 or quantization is None:
            self.tensors.append(WrittenTensor(name, (1, *shape)))
        else:
            zero_point = quantization.zero_point + _LOWEST
            self.tensors.append(WrittenTensor(name, (1, *shape), np.int8, None, (quantization.scale,), (zero_point,)))
        return name

    def _constant(self, values: Array, scales: Sequence[float] = (), zero_point: int = 0, axis: int = 0) -> str:
        name = f"constant {len(self.tensors)}"
        zero_points = (zero_point,) * len(scales)
        self.tensors.append(WrittenTensor(name, values.shape, values.dtype, values, scales, zero_points, axis))
        return name

    def _quantization(self, value: int) -> ActivationQuantization | None:
        """Of the network's value; None in float32."""
        if not self.is_int8 or self.network.activations is None:
            return None
        return self.network.activations[value - 1] if value else INPUT_QUANTIZATION

    def _shape(self, value: int) -> Shape:
        """Of the network's value, as it is in the file."""
        shape = self.network.output_shapes[value - 1] if value else (1, 28, 28)
        return shape if len(shape) == 1 else (*shape[1:], shape[0])

    def _emit(self, kind: str, inputs: Sequence[str], output: str, **options: Any) -> None:
        self.operators.append(WrittenOperator(kind, inputs, [output], options))

    # Operators

    def _write(self, index: int) -> int:
        """Write the operator at `index`, with the ReLU behind it where that can be fused; how many were written."""
        operator = self.network.operators[index]
        fuses = self.network.has_fused_relu(index)
        made = index + 1 + fuses
        read = [self.values[value] for value in self.network.inputs[index]]
        output = self._value(f"{made}: {operator.kind}", self._shape(made), self._quantization(made))
        fused = _FUSED_RELU if fuses else 0
        match operator:
            case Conv2d():
                self._conv2d(operator, index, read[0], output, fused)
            case Linear():
                self._linear(operator, index, read[0], output, fused)
            case Add():
                self._emit("ADD", read, output, fused=fused)
            case Concat():
                self._concat(index, read, output)
            case Pooling():
                self._pool(operator, index, read[0], output)
            case Flatten():
                self._flatten(index, read[0], output)
            case ResizeBilinear():
                size = self._constant(np.array(operator.size, np.int32))
                self._emit("RESIZE_BILINEAR", [read[0], size], output, half_pixel_centers=True)
            case LeakyRelu():
                self._emit("LEAKY_RELU", read, output, alpha=operator.slope)
            case Prelu():
                self._prelu(operator, read[0], output)
            case Elu() if operator.alpha != 1:
                self._scaled_elu(operator, index, read, output)
            case _:
                self._emit(_KINDS[type(operator)], read, output)
        self.values += [output] * (1 + fuses)
        return 1 + fuses

    def _conv2d(self, operator: Conv2d, index: int, read: str, output: str, fused: int) -> None:
        channels = operator.weight.shape[1] * operator.groups
        is_depthwise = operator.weight.shape[1] == 1 and operator.groups == channels and channels > 1
        order, axis = ((1, 2, 3, 0), 3) if is_depthwise else ((0, 2, 3, 1), 0)
        height, width, _ = self._shape(self.network.inputs[index][0])
        stride = {"stride_h": operator.stride[0], "stride_w": operator.stride[1], "dilation_h": 1, "dilation_w": 1}
        if operator.sides == same_padding((height, width), operator.kernel, operator.stride):
            padding = _SAME
        else:
            read, padding = self._padded(index, read, operator.sides, lowest=False), _VALID
        inputs = [read, *self._weights(operator, index, order, axis)]
        options = stride | {"padding": padding, "fused": fused}
        if is_depthwise:
            self._emit("DEPTHWISE_CONV_2D", inputs, output, **options, multiplier=len(operator.weight) // channels)
        else:
            self._emit("CONV_2D", inputs, output, **options)

    def _linear(self, operator: Linear, index: int, read: str, output: str, fused: int) -> None:
        order = self._columns(self.network.inputs[index][0])
        inputs = [read, *self._weights(operator, index, (0, 1), 0, order)]
        self._emit("FULLY_CONNECTED", inputs, output, fused=fused)

    def _weights(
        self, operator: Conv2d | Linear, index: int, order: Sequence[int], axis: int, columns: Array | None = None
    ) -> tuple[str, str]:
        """Constants for the weight, its axes in this order, and the bias; in int8 in the unit of the sums."""
        read = self._quantization(self.network.inputs[index][0])
        quantized = operator.quantized
        values: Array = operator.weight if read is None or quantized is None else quantized.values
        values = values if columns is None else values[:, columns]
        values = np.ascontiguousarray(values.transpose(order))
        if read is None or quantized is None:
            return self._constant(values), self._constant(operator.bias)
        unit = np.float32(read.scale) * quantized.scales
        with np.errstate(over="ignore"):
            bias = np.rint(operator.bias * (np.float32(1) / unit)).clip(-(2**31), 2**31 - 1).astype(np.int32)
        return (
            self._constant(values, [float(scale) for scale in quantized.scales], axis=axis),
            self._constant(bias, [float(scale) for scale in unit]),
        )

    def _pool(self, operator: Pooling, index: int, read: str, output: str) -> None:
        height, width, _ = self._shape(self.network.inputs[index][0])
        is_max = isinstance(operator, MaxPool2d)
        padding = _VALID
        if is_max and operator.sides == same_padding((height, width), operator.kernel, operator.stride):
            padding = _SAME
        else:
            read = self._padded(index, read, operator.sides, lowest=is_max)
        (tall, wide), (down, right) = operator.kernel, operator.stride
        sizes = {"height": tall, "width": wide, "stride_h": down, "stride_w": right, "padding": padding}
        self._emit(_KINDS[type(operator)], [read], output, **sizes)

    def _padded(self, index: int, read: str, sides: Sides, *, lowest: bool) -> str:
        """The value behind explicit padding of zeros, or of the lowest number, which no maximum takes."""
        if not any(sides):
            return read
        value = self.network.inputs[index][0]
        height, width, channels = self._shape(value)
        top, left, bottom, right = sides
        quantization = self._quantization(value)
        shape = (height + top + bottom, width + left + right, channels)
        output = self._value(f"{index + 1}: padded", shape, quantization)
        inputs = [read, self._constant(np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32))]
        if not lowest:
            self._emit("PAD", inputs, output)
            return output
        if quantization is None:
            fill = self._constant(np.array(np.finfo(np.float32).min, np.float32))
        else:
            fill = self._constant(np.array(_LOWEST, np.int8), [quantization.scale], quantization.zero_point + _LOWEST)
        self._emit("PADV2", [*inputs, fill], output)
        return output

    def _concat(self, index: int, read: Sequence[str], output: str) -> None:
        """TFLite's int8 concatenation wants one scale for all, so what has another is quantized again."""
        own = self._quantization(index + 1)
        inputs = []
        for number, (value, name) in enumerate(zip(self.network.inputs[index], read, strict=True)):
            if own != self._quantization(value):
                again = self._value(f"{index + 1}: input {number}", self._shape(value), own)
                self._emit("QUANTIZE", [name], again)
                inputs.append(again)
            else:
                inputs.append(name)
        self._emit("CONCATENATION", inputs, output, axis=len(self._shape(index + 1)))

    def _prelu(self, operator: Prelu, read: str, output: str) -> None:
        shape = (1, 1, -1) if len(self._shape_of(read)) == 4 else (-1,)
        slopes = operator.slopes.reshape(shape)
        if not self.is_int8:
            self._emit("PRELU", [read, self._constant(slopes)], output)
            return
        scale = max(float(np.abs(slopes).max()), float(np.finfo(np.float32).tiny) * 127) / 127
        rounded = np.rint(slopes / scale).astype(np.int8)
        self._emit("PRELU", [read, self._constant(rounded, [scale])], output)

    def _scaled_elu(self, operator: Elu, index: int, read: Sequence[str], output: str) -> None:
        """TFLite's elu has an alpha of 1: a leaky ReLU behind it gives its negative values another one."""
        value = self.network.inputs[index][0]
        own = self._elu_quantization(operator.alpha, self._quantization(value), self._quantization(index + 1))
        plain = self._value(f"{index + 1}: elu of alpha 1", self._shape(value), own)
        self._emit("ELU", read, plain)
        self._emit("LEAKY_RELU", [plain], output, alpha=operator.alpha)

    @staticmethod
    def _elu_quantization(
        alpha: float, before: ActivationQuantization | None, after: ActivationQuantization | None
    ) -> ActivationQuantization | None:
        """Of the elu with an alpha of 1: as fine as can be for what comes in and is in the output's range behind it."""
        if before is None or after is None:
            return None
        lowest, highest = ((byte - after.zero_point) * after.scale for byte in (0, 255))
        kept = min(lowest / alpha, highest / alpha) if alpha else 0.0
        lowest = max(-1.0, -before.zero_point * before.scale, kept)
        highest = min(highest, (255 - before.zero_point) * before.scale)
        scale = max((highest - lowest) / 255, float(np.finfo(np.float32).tiny))
        return ActivationQuantization(scale, round(-lowest / scale))

    def _shape_of(self, name: str) -> Sequence[int]:
        return next(tensor.shape for tensor in self.tensors if tensor.name == name)

    # Flattened values

    def _flatten(self, index: int, read: str, output: str) -> None:
        """In the order of the file where only linear operators read it, else in the network's, (channels, ...)."""
        if self._columns(index + 1) is None:
            shape = self._shape(self.network.inputs[index][0])
            if len(shape) == 3 and shape[2] > 1 and shape[:2] != (1, 1):
                moved = self._value(f"{index + 1}: moved", (shape[2], *shape[:2]), self._quantization(index + 1))
                self._emit("TRANSPOSE", [read, self._constant(np.array([0, 3, 1, 2], np.int32))], moved)
                read = moved
        self._emit("RESHAPE", [read, self._constant(np.array([1, *self._shape(index + 1)], np.int32))], output)

    def _columns(self, value: int) -> Array | None:
        """For a flattened image that only linear operators read: in the file's order, which feature is where."""
        if value == 0 or not isinstance(self.network.operators[value - 1], Flatten):
            return None
        shapes = self.network.input_shapes[value - 1]
        if len(shapes[0]) != 3:
            return None
        readers = self.network.readers[value]
        if not readers or not all(isinstance(self.network.operators[reader], Linear) for reader in readers):
            return None
        return np.arange(np.prod(shapes[0])).reshape(shapes[0]).transpose(1, 2, 0).reshape(-1)
