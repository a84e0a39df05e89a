"""Opens ONNX files: the protocol buffer, and tensors whose values lie in a second file beside it.

Sources: onnx/onnx.proto and docs/ExternalData.md of ONNX.
"""

from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from mnist_bench.base.files import NotAFileError, open_file, reason
from mnist_bench.base.text import one_line
from mnist_bench.formats.building import MAX_NODES, Array, damaged
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.model_bytes import MAX_BYTES, read_model_bytes, refuse_pointer

OPSETS = range(6, 24)
MAX_VALUES = MAX_BYTES // 4
"""In all constants together, and in each that is computed from them."""

_VARINT, _BYTES = 0, 2
_WIRES = {1: _VARINT, 2: _BYTES, 3: _BYTES, 4: _BYTES, 5: _VARINT, 6: _BYTES, 7: _BYTES, 8: _BYTES, 14: _BYTES}
"""Of the fields of ModelProto, how they are encoded: 7 is the graph, 8 the opsets."""
_GRAPH, _OPSETS = 7, 8


def recognises(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every reader is asked the same way
    """Whether a file that begins with `head` looks like an ONNX model: its fields, up to the graph, are those of one.

    ONNX has no magic number. Core ML's models, which are protocol buffers too, have no field 7 or 8.
    """
    at, first = 0, True
    while True:
        tag, at = _varint(head, at)
        field, wire = tag >> 3, tag & 7
        if _WIRES.get(field) != wire or (first and field != 1):
            return False
        if field in (_GRAPH, _OPSETS):
            return True
        size, at = _varint(head, at)
        at, first = at + (size if wire == _BYTES else 0), False


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at` and where it ends; at the end of `data` 0, with which no field begins."""
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            return 0, at
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    return 0, at


def open_model(path: Path) -> onnx.ModelProto:
    """The model in a file; values that lie in another file are not read yet.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is no ONNX model, or of a version that this program does not read.
    """
    data = read_model_bytes(path, "ONNX")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        raise damaged("it is not a whole ONNX model") from error
    if not model.graph.node:
        raise damaged("its ONNX model has no graph")
    if len(model.graph.node) > MAX_NODES:
        raise FormatError(f"The file has {len(model.graph.node):,} operators; this program reads up to {MAX_NODES:,}.")
    if not all(
        isinstance(name, str) for name in _names(model)
    ):  # protocol buffers give bytes that are not UTF-8 as such
        raise damaged("a name in it is not text")
    opset(model)
    return model


def _names(model: onnx.ModelProto) -> Iterator[object]:
    graph = model.graph
    for one in (*graph.input, *graph.output, *graph.initializer):
        yield one.name
    for opset_import in model.opset_import:
        yield opset_import.domain
    for tensor in graph.initializer:
        yield from (text for entry in tensor.external_data for text in (entry.key, entry.value))
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)


def opset(model: onnx.ModelProto) -> int:
    """The version of ONNX's own operators that the model is written in; FormatError if it is none of OPSETS."""
    versions = [one.version for one in model.opset_import if one.domain in ("", "ai.onnx")]
    version = versions[0] if versions else 1
    if version not in OPSETS:
        raise FormatError(
            f"The file is written in ONNX opset {version}; this program reads {OPSETS.start} to {OPSETS.stop - 1}.",
            advice="Export the network again with one of these opsets.",
        )
    return version


class Tensors:
    """Turns tensors of a model into arrays, those in files of `folder` too; all together have at most MAX_VALUES."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = MAX_VALUES
        self._to_compute = 4 * MAX_VALUES

    def array(self, tensor: onnx.TensorProto) -> Array:
        """The values of a tensor.

        Raises:
            FormatError: its type, size or place is not what this program reads, or does not fit its values.
        """
        name = one_line(tensor.name, 80)
        if any(size < 0 for size in tensor.dims) or prod(tensor.dims) > self._left:
            raise FormatError(f"The tensor {name!r} of the file has the shape {list(tensor.dims)}: too many values.")
        self._left -= prod(tensor.dims)
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raw = self._external(tensor, name)
            tensor = onnx.TensorProto(dims=tensor.dims, data_type=tensor.data_type, raw_data=raw)
        try:
            values = numpy_helper.to_array(tensor)
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            raise damaged(f"its tensor {name!r} does not have the values that its shape and type need") from error
        if values.dtype.kind in "OSU":
            raise FormatError(f"The tensor {name!r} of the file holds text.")
        return np.asarray(values)

    def may_compute(self, values: int) -> bool:
        """Whether so many values may be computed of others: what a file asks for takes a second or two in all."""
        self._to_compute -= values
        return values <= MAX_VALUES and self._to_compute >= 0

    def _external(self, tensor: onnx.TensorProto, name: str) -> bytes:
        """The bytes of a tensor in another file of the folder: a plain file, named without any folder, and no link."""
        entries = {entry.key: entry.value for entry in tensor.external_data}
        file_name = entries.get("location", "")
        if not file_name or file_name in (".", "..") or any(mark in file_name for mark in "/\\:\0"):
            raise FormatError(
                f"The file keeps its tensor {name!r} in {one_line(file_name, 80)!r}, which is not a file beside it.",
                advice="Export the network again with its weights inside, or beside it in the same folder.",
            )
        begin, size = (_natural(entries.get(key, "0")) for key in ("offset", "length"))
        return _read_part(self._folder / file_name, begin, size or None)


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise damaged(f"it places a tensor at {one_line(text, 40)!r}")
    return int(text)


def _read_part(path: Path, begin: int, size: int | None) -> bytes:
    """`size` bytes of a plain file (without it, all up to its end) from `begin`.

    Raises:
        FormatError: it is missing, a link, no plain file, or too short.
    """
    advice = "Put the file with the weights beside it, in the same folder."
    try:
        if path.is_symlink():
            raise NotAFileError
        with open_file(path, follow_links=False) as file:
            refuse_pointer(file.read(64), path.name)
            file.seek(begin)
            data = file.read(MAX_BYTES if size is None else min(size, MAX_BYTES))
    except FileNotFoundError:
        raise FormatError(f"The file {path.name}, where the weights are, is missing.", advice=advice) from None
    except NotAFileError:
        raise FormatError(f"{path.name}, where the weights are, is not a plain file.", advice=advice) from None
    except OSError as error:
        raise FormatError(f"{path.name}, where the weights are, cannot be read: {reason(error)}.") from error
    if size is not None and len(data) != size:
        raise FormatError(f"{path.name}, where the weights are, is shorter than the file says.", advice=advice)
    return data
