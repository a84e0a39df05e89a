"""Writes TFLite files: tensors, operators with their options, one graph.

Source: tensorflow/lite/schema/schema.fbs, whose field numbers stand in here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt

from mnist_bench.formats.tflite_file import IDENTIFIER, TYPES
from mnist_bench.formats.tflite_names import OPERATOR_NUMBERS

Array = npt.NDArray[Any]
_NUMBERS = {np.dtype(kind): number for number, kind in TYPES.items()}
_ALIGNMENT = 16  # of a tensor's values

_BYTE, _INT, _FLOAT, _BOOL, _INTS = "byte", "int", "float", "bool", "ints"
_POOL = (
    ("padding", _BYTE),
    ("stride_w", _INT),
    ("stride_h", _INT),
    ("width", _INT),
    ("height", _INT),
    ("fused", _BYTE),
)
_CENTERS = (("align_corners", _BOOL), ("half_pixel_centers", _BOOL))
_FUSED = (("fused", _BYTE),)
_OPTIONS: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {
    "ADD": (11, _FUSED),
    "AVERAGE_POOL_2D": (5, _POOL),
    "CONCATENATION": (10, (("axis", _INT), ("fused", _BYTE))),
    "CONV_2D": (
        1,
        (
            *(("padding", _BYTE), ("stride_w", _INT), ("stride_h", _INT), ("fused", _BYTE)),
            *(("dilation_w", _INT), ("dilation_h", _INT)),
        ),
    ),
    "DEPTHWISE_CONV_2D": (
        2,
        (
            *(("padding", _BYTE), ("stride_w", _INT), ("stride_h", _INT), ("multiplier", _INT), ("fused", _BYTE)),
            *(("dilation_w", _INT), ("dilation_h", _INT)),
        ),
    ),
    "DIV": (29, _FUSED),
    "FULLY_CONNECTED": (8, (("fused", _BYTE), ("format", _BYTE), ("keep_num_dims", _BOOL))),
    "LEAKY_RELU": (75, (("alpha", _FLOAT),)),
    "MAX_POOL_2D": (5, _POOL),
    "MEAN": (27, (("keep_dims", _BOOL),)),
    "MUL": (21, _FUSED),
    "PACK": (59, (("values_count", _INT), ("axis", _INT))),
    "REDUCE_MAX": (27, (("keep_dims", _BOOL),)),
    "RNN": (6, _FUSED),
    "RESIZE_BILINEAR": (15, (("unused_height", _INT), ("unused_width", _INT), *_CENTERS)),
    "RESHAPE": (17, (("new_shape", _INTS),)),
    "SHAPE": (55, (("out_type", _BYTE),)),
    "SOFTMAX": (9, (("beta", _FLOAT),)),
    "SQUEEZE": (30, (("squeeze_dims", _INTS),)),
    "STRIDED_SLICE": (
        32,
        (
            *(("begin_mask", _INT), ("end_mask", _INT), ("ellipsis_mask", _INT), ("new_axis_mask", _INT)),
            ("shrink_axis_mask", _INT),
        ),
    ),
    "SUB": (28, _FUSED),
}
"""Of operators with options: the number of their table in BuiltinOptions, and its fields in the order of the schema."""


@dataclass(frozen=True, eq=False)
class WrittenTensor:
    """`values` of a constant; scales and zero points of what is quantized, for all or along `axis`.

    A variable keeps its values from run to run; they are 0 at first.
    """

    name: str
    shape: Sequence[int]
    kind: npt.DTypeLike = np.float32
    values: Array | None = None
    scales: Sequence[float] = ()
    zero_points: Sequence[int] = ()
    axis: int = 0
    is_variable: bool = False


@dataclass(frozen=True, eq=False)
class WrittenOperator:
    """Inputs and outputs by the names of their tensors; an empty name is an input that is left out."""

    kind: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    options: Mapping[str, Any] = field(default_factory=dict)


def write(
    tensors: Sequence[WrittenTensor],
    operators: Sequence[WrittenOperator],
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> bytes:
    """The bytes of a TFLite file with one graph."""
    builder = flatbuffers.Builder(1024)
    places = {tensor.name: index for index, tensor in enumerate(tensors)} | {"": -1}
    kinds = sorted({operator.kind for operator in operators})
    buffers = [_table(builder, {})]  # the first one is empty, for all that is computed
    written = []
    for tensor in tensors:
        written.append(_tensor(builder, tensor, 0 if tensor.values is None else len(buffers)))
        if tensor.values is not None:
            buffers.append(_table(builder, {0: ("offset", _bytes(builder, tensor.values))}))
    nodes = [_operator(builder, operator, places, kinds) for operator in operators]
    graph = _table(
        builder,
        {
            0: ("offset", _offsets(builder, written)),
            1: ("offset", _ints(builder, [places[name] for name in inputs])),
            2: ("offset", _ints(builder, [places[name] for name in outputs])),
            3: ("offset", _offsets(builder, nodes)),
        },
    )
    codes = [_code(builder, kind) for kind in kinds]
    model = _table(
        builder,
        {
            0: (_INT, 3),
            1: ("offset", _offsets(builder, codes)),
            2: ("offset", _offsets(builder, [graph])),
            4: ("offset", _offsets(builder, buffers)),
        },
    )
    builder.Finish(model, file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def _code(builder: flatbuffers.Builder, kind: str) -> int:
    number = OPERATOR_NUMBERS[kind]
    return _table(builder, {0: (_BYTE, min(number, 127)), 2: (_INT, 1), 3: (_INT, number)})


def _tensor(builder: flatbuffers.Builder, tensor: WrittenTensor, buffer: int) -> int:
    fields = {
        0: ("offset", _ints(builder, tensor.shape)),
        1: (_BYTE, _NUMBERS[np.dtype(tensor.kind)]),
        2: (_INT, buffer),
        3: ("offset", builder.CreateString(tensor.name)),
        5: (_BOOL, tensor.is_variable),
    }
    if tensor.scales:
        scales = builder.CreateNumpyVector(np.array(tensor.scales, np.float32))
        zero_points = builder.CreateNumpyVector(np.array(tensor.zero_points, np.int64))
        fields[4] = (
            "offset",
            _table(builder, {2: ("offset", scales), 3: ("offset", zero_points), 6: (_INT, tensor.axis)}),
        )
    return _table(builder, fields)


def _operator(
    builder: flatbuffers.Builder, operator: WrittenOperator, places: Mapping[str, int], kinds: Sequence[str]
) -> int:
    fields = {
        0: (_INT, kinds.index(operator.kind)),
        1: ("offset", _ints(builder, [places[name] for name in operator.inputs])),
        2: ("offset", _ints(builder, [places[name] for name in operator.outputs])),
    }
    if operator.kind in _OPTIONS:
        union, layout = _OPTIONS[operator.kind]
        options = {}
        for index, (name, kind) in enumerate(layout):
            if name in operator.options:
                value = operator.options[name]
                options[index] = ("offset", _ints(builder, value)) if kind == _INTS else (kind, value)
        fields[3] = (_BYTE, union)
        fields[4] = ("offset", _table(builder, options))
    return _table(builder, fields)


def _table(builder: flatbuffers.Builder, fields: Mapping[int, tuple[str, Any]]) -> int:
    """A table of fields by their numbers; all that they refer to is written before."""
    builder.StartObject(max(fields, default=-1) + 1)
    for number, (kind, value) in fields.items():
        match kind:
            case "offset":
                builder.PrependUOffsetTRelativeSlot(number, value, 0)
            case "byte":
                builder.PrependInt8Slot(number, value, 0)
            case "float":
                builder.PrependFloat32Slot(number, value, 0.0)
            case "bool":
                builder.PrependBoolSlot(number, value, False)
            case _:
                builder.PrependInt32Slot(number, value, 0)
    return int(builder.EndObject())


def _offsets(builder: flatbuffers.Builder, tables: Sequence[int]) -> int:
    builder.StartVector(4, len(tables), 4)
    for table in reversed(tables):
        builder.PrependUOffsetTRelative(table)
    return int(builder.EndVector())


def _ints(builder: flatbuffers.Builder, numbers: Sequence[int]) -> int:
    return int(builder.CreateNumpyVector(np.array(numbers, np.int32)))


def _bytes(builder: flatbuffers.Builder, values: Array) -> int:
    data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
    builder.StartVector(1, data.size, _ALIGNMENT)
    builder.head -= data.size
    builder.Bytes[builder.head : builder.head + data.size] = data.tobytes()
    return int(builder.EndVector())
