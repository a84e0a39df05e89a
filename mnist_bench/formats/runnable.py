"""Refuses files that no engine can or should run as they are, above all those that would make it open other files.

Sources: docs/ExternalData.md of ONNX; `external_buffer_groups`, `external_buffers` and `is_variable` in LiteRT's
schema.fbs.
"""

from collections.abc import Iterator, Sequence

import onnx
from flatbuffers.number_types import BoolFlags
from google.protobuf.message import DecodeError, Message

from mnist_bench.formats.building import damaged
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.flatbuffer import root
from mnist_bench.network.original import OriginalFile

_SUBGRAPHS, _EXTERNAL_GROUPS, _EXTERNAL_BUFFERS = 2, 8, 9
"""Fields of the table Model."""
_TENSORS, _IS_VARIABLE = 0, 5
"""Fields of the tables SubGraph and Tensor."""
_CONTEXTS = "EPContext"
"""ONNX Runtime's operator that names a file which was compiled for some processor."""


def refuse_unfit(original: OriginalFile) -> None:
    """FormatError if the file is damaged, or keeps values in another file."""
    names_others = _tflite_names_others if original.format == "tflite" else _onnx_names_others
    if names_others(original.data):
        raise FormatError(
            "The file keeps values in another file, which no engine is given.",
            advice="Export the network again as one file.",
        )


def keeps_state(original: OriginalFile) -> bool:
    """Whether a digit's answer depends on the digits before: a .tflite file's variables outlive a run."""
    return original.format == "tflite" and any(
        tensor.number(_IS_VARIABLE, BoolFlags)
        for subgraph in root(original.data).tables(_SUBGRAPHS)
        for tensor in subgraph.tables(_TENSORS)
    )


def _tflite_names_others(data: bytes) -> bool:
    model = root(data)
    return bool(model.tables(_EXTERNAL_GROUPS) or model.tables(_EXTERNAL_BUFFERS))


def _onnx_names_others(data: bytes) -> bool:
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise damaged("it is not a whole ONNX model") from error
    return any(map(_names_a_file, _messages(model)))


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
