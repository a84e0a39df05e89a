"""Refuses files that no engine can or should run as they are: those that would make it open other files, and those
that the library runner refuses (runners/library/exchange.c), so that an import tells of it.

Sources: docs/ExternalData.md of ONNX; `external_buffer_groups`, `external_buffers` and `is_variable` in LiteRT's
schema.fbs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import onnx
from flatbuffers.number_types import BoolFlags, Int8Flags
from google.protobuf.message import DecodeError, Message

from mnist_bench.base import words
from mnist_bench.formats.building import damaged
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.flatbuffer import Table, root
from mnist_bench.formats.tflite_file import TYPES
from mnist_bench.network.network import CLASSES
from mnist_bench.network.original import Fit, OriginalFile

_SUBGRAPHS, _EXTERNAL_GROUPS, _EXTERNAL_BUFFERS = 2, 8, 9
"""Fields of the table Model."""
_TENSORS, _INPUTS, _OUTPUTS = 0, 1, 2
"""Fields of the table SubGraph."""
_SHAPE, _TYPE, _IS_VARIABLE = 0, 1, 5
"""Fields of the table Tensor."""
_CONTEXTS = "EPContext"
"""ONNX Runtime's operator that names a file which was compiled for some processor."""
_ONNX_WORDS = {"FLOAT": "float32", "DOUBLE": "float64"}
"""What ONNX calls otherwise than TFLite and people."""
_NUMBERS = ("float32", "uint8", "int8")
"""What an input or output may hold."""


@dataclass(frozen=True, slots=True)
class _End:
    """An input or output of a file: what kind of numbers it holds, and its sizes, 0 for one that is left open.

    `numbers` is empty, and `sizes` is None, where the file does not say it.
    """

    numbers: str
    sizes: tuple[int, ...] | None


def refuse_unfit(original: OriginalFile) -> None:
    """FormatError if the file is damaged, keeps values in another file, or is none that the library runner takes."""
    inputs, outputs = _ends_of_tflite(original.data) if original.format == "tflite" else _ends_of_onnx(original.data)
    if (len(inputs), len(outputs)) != (1, 1):
        there = f"{words.plural(len(inputs), 'input')} and {words.plural(len(outputs), 'output')}"
        raise FormatError(f"The file has {there}; only a file with one of each runs as it is.")
    side = 28 if original.fit is Fit.AS_THEY_ARE else 32
    _refuse_unfit_end(inputs[0], "input", "not one image", side * side * original.channels)
    _refuse_unfit_end(outputs[0], "output", f"not {CLASSES} values", CLASSES)


def keeps_state(original: OriginalFile) -> bool:
    """Whether a digit's answer depends on the digits before: a .tflite file's variables outlive a run."""
    return original.format == "tflite" and any(
        tensor.number(_IS_VARIABLE, BoolFlags)
        for subgraph in root(original.data).tables(_SUBGRAPHS)
        for tensor in subgraph.tables(_TENSORS)
    )


def _refuse_unfit_end(end: _End, name: str, otherwise: str, values: int) -> None:
    if end.numbers and end.numbers not in _NUMBERS:
        raise FormatError(f"The file's {name} holds {end.numbers} numbers; only float32, uint8 and int8 are supported.")
    if end.sizes is not None and all(end.sizes) and prod(end.sizes) != values:
        shape = " x ".join(map(str, end.sizes)) or "of a single number"
        raise FormatError(f"The file's {name} has the shape {shape}, which is {otherwise}.")


def _names_others() -> FormatError:
    return FormatError(
        "The file keeps values in another file, which no engine is given.",
        advice="Export the network again as one file.",
    )


def _ends_of_tflite(data: bytes) -> tuple[list[_End], list[_End]]:
    """The inputs and outputs of the first graph; FormatError if values lie elsewhere."""
    model = root(data)
    if model.tables(_EXTERNAL_GROUPS) or model.tables(_EXTERNAL_BUFFERS):
        raise _names_others()
    graph = next(iter(model.tables(_SUBGRAPHS)), None)
    if graph is None:
        raise damaged("it has no graph")
    return _ends_of_graph(graph, _INPUTS), _ends_of_graph(graph, _OUTPUTS)


def _ends_of_graph(graph: Table, field: int) -> list[_End]:
    tensors, places = graph.tables(_TENSORS), graph.numbers(field, np.int32)
    if any(not 0 <= place < len(tensors) for place in places):
        raise damaged("it names a tensor that it does not have")
    return [_end_of_tensor(tensors[place]) for place in places]


def _end_of_tensor(tensor: Table) -> _End:
    number = tensor.number(_TYPE, Int8Flags)
    kind = TYPES.get(number)
    sizes = tuple(max(0, int(size)) for size in tensor.numbers(_SHAPE, np.int32))
    return _End(f"other (type {number})" if kind is None else np.dtype(kind).name, sizes)


def _ends_of_onnx(data: bytes) -> tuple[list[_End], list[_End]]:
    """The graph's inputs but for its weights, and its outputs; FormatError if values lie elsewhere."""
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise damaged("it is not a whole ONNX model") from error
    if any(map(_names_a_file, _messages(model))):
        raise _names_others()
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [_end_of_value(value) for value in model.graph.input if value.name not in weights]
    return inputs, [_end_of_value(value) for value in model.graph.output]


def _end_of_value(value: onnx.ValueInfoProto) -> _End:
    kind = value.type.tensor_type
    named = onnx.TensorProto.DataType.DESCRIPTOR.values_by_number.get(kind.elem_type)
    numbers = "" if kind.elem_type == 0 or named is None else _ONNX_WORDS.get(named.name, named.name.lower())
    sizes = tuple(max(0, dim.dim_value) for dim in kind.shape.dim) if kind.HasField("shape") else None
    return _End(numbers, sizes)


def _names_a_file(message: Message) -> bool:
    match message:
        case onnx.TensorProto():
            return message.data_location == onnx.TensorProto.EXTERNAL or bool(message.external_data)
        case onnx.NodeProto():
            return message.op_type == _CONTEXTS
    return False


def _messages(model: Message) -> Iterator[Message]:
    """The message and all that are within it, wherever a tensor may stand: in subgraphs, attributes and functions."""
    waiting = [model]
    while waiting:
        message = waiting.pop()
        yield message
        for descriptor, value in message.ListFields():
            if descriptor.message_type is not None:
                waiting += value if isinstance(value, Sequence) else [value]
