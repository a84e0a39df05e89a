"""Opens TFLite files: the tables of the schema that a network needs, and tensors' values in float32.

Source: tensorflow/lite/schema/schema.fbs (version 3), whose field numbers stand in here.
"""

from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from flatbuffers import number_types as types

from mnist_bench.base.text import one_line
from mnist_bench.formats.building import MAX_NODES, Array, damaged
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.flatbuffer import Table, root
from mnist_bench.formats.model_bytes import read_model_bytes
from mnist_bench.formats.quantized_values import QuantizedConstant, activation_quantization
from mnist_bench.formats.tflite_names import BUILTIN_OPERATORS
from mnist_bench.network.arrays import Shape
from mnist_bench.network.quantization import ActivationQuantization

IDENTIFIER = b"TFL3"
UINT8, INT16, INT8 = 3, 7, 9
TYPES: dict[int, type[np.generic]] = {
    0: np.float32,
    1: np.float16,
    2: np.int32,
    UINT8: np.uint8,
    4: np.int64,
    6: np.bool_,
    INT16: np.int16,
    INT8: np.int8,
    10: np.float64,
    15: np.uint32,
    16: np.uint16,
}
"""By TensorType's numbers: those that a network's tensors can have here."""
_VARIABLE = -1


def recognises(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every reader is asked the same way
    """Whether a file that begins with `head` is a TFLite model: the identifier stands behind the first offset."""
    return head[4:8] == IDENTIFIER


@dataclass(frozen=True, eq=False)
class Tensor:
    """A value or a constant of the file.

    Attributes:
        shape: with the batch; a size that is left open is 1.
        type: a number of TensorType.
        data: its bytes; empty for what is computed.
        scales, zero_points: value = (stored - zero point) * scale, for all or along `axis`; empty for floats.
    """

    name: str
    shape: Shape
    type: int
    data: Array
    scales: Array
    zero_points: Array
    axis: int
    is_sparse: bool

    @property
    def is_integer(self) -> bool:
        """Whether it stores whole numbers."""
        return self.type not in (0, 1, 10)

    @property
    def quantization(self) -> ActivationQuantization | None:
        """As an activation, in unsigned bytes; None where it is not quantized so."""
        if self.type not in (UINT8, INT8) or self.zero_points.size != 1:
            return None
        return activation_quantization(self.scales, self.zero_points.astype(TYPES[self.type]))

    def stored(self) -> Array:
        """Its values as they are stored; FormatError where they do not fit its shape or are of another type."""
        kind = TYPES.get(self.type)
        if kind is None or self.is_sparse:
            raise FormatError(
                f"The tensor {one_line(self.name, 80)!r} of the file is stored in a form that is not read."
            )
        if self.data.size != prod(self.shape) * np.dtype(kind).itemsize:
            raise damaged(f"its tensor {one_line(self.name, 80)!r} does not have the values that its shape needs")
        return np.frombuffer(self.data.tobytes(), np.dtype(kind).newbyteorder("<")).reshape(self.shape)

    def floats(self) -> Array:
        """Its values in float32: what is quantized, multiplied by its scale."""
        stored = self.stored()
        if not self.scales.size:
            return stored.astype(np.float32)
        zero_points = self.zero_points if self.zero_points.size else np.zeros(1, np.int64)
        return QuantizedConstant(stored, self.scales, zero_points, self.axis).floats()


@dataclass(frozen=True, eq=False)
class FileOperator:
    """An operator of the file: its name in the schema, the tensors it reads (-1: left out) and writes, its options."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None


@dataclass(frozen=True, eq=False)
class FileGraph:
    """The first graph of the file; tensors are named by their place in `tensors`."""

    tensors: tuple[Tensor, ...]
    operators: tuple[FileOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def open_graph(path: Path) -> FileGraph:
    """The graph of a TFLite file.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is damaged, or of a version that this program does not read.
    """
    data = read_model_bytes(path, "TFLite")
    if not recognises(data[:8], path):
        raise damaged("it is not a TFLite model")
    model = root(data)
    if (version := model.number(0, types.Uint32Flags)) != 3:
        raise FormatError(f"The file is of version {version} of TFLite's schema; this program reads version 3.")
    graphs = model.tables(2)
    if not graphs:
        raise damaged("it has no graph")
    codes = [_operator_name(code) for code in model.tables(1)]
    buffers = [_buffer(table, data) for table in model.tables(4)]
    graph = graphs[0]
    tensors = tuple(_tensor(table, buffers) for table in graph.tables(0))
    operators = graph.tables(3)
    if len(operators) > MAX_NODES:
        raise FormatError(f"The file has {len(operators):,} operators; this program reads up to {MAX_NODES:,}.")
    return FileGraph(
        tensors,
        tuple(_operator(table, codes, len(tensors)) for table in operators),
        _indices(graph, 1, len(tensors)),
        _indices(graph, 2, len(tensors)),
    )


def _operator_name(code: Table) -> str:
    """Of a table OperatorCode: the larger of the old code, one byte, and the new one; a custom one by its own name."""
    number = max(code.number(0, types.Int8Flags), code.number(3, types.Int32Flags))
    name = BUILTIN_OPERATORS.get(number, f"operator {number}")
    return f"CUSTOM ({one_line(code.text(1), 60)})" if name == "CUSTOM" else name


def _buffer(table: Table, data: bytes) -> Array:
    """The bytes of a Buffer, which large files keep behind the tables."""
    begin, size = table.number(1, types.Uint64Flags), table.number(2, types.Uint64Flags)
    if begin > 1:
        if begin + size > len(data):
            raise damaged("the values of a tensor lie behind its end")
        return np.frombuffer(data, np.uint8, size, begin)
    return table.numbers(0, np.uint8)


def _tensor(table: Table, buffers: list[Array]) -> Tensor:
    shape = tuple(int(size) for size in table.numbers(0, np.int32))
    buffer = table.number(2, types.Uint32Flags)
    if any(size < _VARIABLE for size in shape) or len(shape) > 8 or buffer >= max(1, len(buffers)):
        sizes = list(shape) if len(shape) <= 8 else f"of {len(shape):,} axes"
        raise damaged(f"its tensor {one_line(table.text(3), 80)!r} has the shape {sizes}, or no values")
    quantization = table.table(4)
    empty = np.zeros(0, np.float32)
    scales = empty if quantization is None else quantization.numbers(2, np.float32)
    zero_points = empty if quantization is None else quantization.numbers(3, np.int64)
    axis = 0 if quantization is None else quantization.number(6, types.Int32Flags)
    return Tensor(
        name=table.text(3),
        shape=tuple(max(1, size) if size == _VARIABLE else size for size in shape),
        type=table.number(1, types.Int8Flags),
        data=buffers[buffer] if buffers else empty,
        scales=scales,
        zero_points=zero_points,
        axis=axis,
        is_sparse=table.table(6) is not None,
    )


def _operator(table: Table, codes: list[str], tensors: int) -> FileOperator:
    code = table.number(0, types.Uint32Flags)
    if code >= len(codes):
        raise damaged("an operator in it is of no kind")
    return FileOperator(codes[code], _indices(table, 1, tensors, -1), _indices(table, 2, tensors), table.table(4))


def _indices(table: Table, field: int, tensors: int, lowest: int = 0) -> tuple[int, ...]:
    """Places in the list of tensors."""
    numbers = tuple(int(number) for number in table.numbers(field, np.int32))
    if not all(lowest <= number < tensors for number in numbers):
        raise damaged("it names a tensor that it does not have")
    return numbers
