"""Refuses files that no engine can or should run as they are, above all those that would make it open other files.

Sources: docs/ExternalData.md of ONNX; `external_buffer_groups` and `external_buffers` in LiteRT's schema.fbs; what
litert/core/model/model_load.cc of LiteRT refuses.
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
    """FormatError if the file is damaged, keeps values in another file, or is one that its engine does not read."""
    match original.format:
        case "tflite":
            _refuse_unfit_tflite(original.data)
        case _ if _onnx_names_others(original.data):
            raise _names_others()


def _names_others() -> FormatError:
    return FormatError(
        "The file keeps values in another file, which no engine is given.",
        advice="Export the network again as one file.",
    )


def _refuse_unfit_tflite(data: bytes) -> None:
    model = root(data)
    if model.tables(_EXTERNAL_GROUPS) or model.tables(_EXTERNAL_BUFFERS):
        raise _names_others()
    tensors = (tensor for subgraph in model.tables(_SUBGRAPHS) for tensor in subgraph.tables(_TENSORS))
    if any(tensor.number(_IS_VARIABLE, BoolFlags) for tensor in tensors):
        raise FormatError("LiteRT's C API does not read files with variables, such as the state of an LSTM.")


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
