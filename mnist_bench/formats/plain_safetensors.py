"""Reads safetensors files of other programs: weights by name alone, whose graph is guessed as a state dict's is."""

import math
import re
import struct
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, deserialize

from mnist_bench.base.files import read_limited
from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.layers_found import Array
from mnist_bench.formats.state_dict import guess_state_dict
from mnist_bench.formats.torch_tensors import MAX_ELEMENTS, Storage, make_tensor

FORMAT = "safetensors"
_MAX_BYTES = 260_000_000
_HEADER_BYTES = struct.Struct("<Q")
_KINDS = {
    "F64": "f8",
    "F32": "f4",
    "F16": "f2",
    "BF16": "bfloat16",
    "I64": "i8",
    "I32": "i4",
    "I16": "i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
"""numpy's kinds, and this package's name of the one that numpy has not, by those of safetensors."""


def recognises(head: bytes, path: Path) -> bool:  # noqa: ARG001 - what it holds says enough
    """Whether a file that begins with `head` is of safetensors: the length of a header, and JSON."""
    return len(head) > _HEADER_BYTES.size and head[8:9] == b"{" and _HEADER_BYTES.unpack_from(head)[0] < 100_000_000


def read(path: Path) -> tuple[ForeignGraph, ...]:
    """Graphs that the weights in `path` may belong to, the likeliest first.

    Raises:
        InputError: the file cannot be read.
        FormatError: it is damaged, or holds no network that this program can run; what does not fit is named.
    """
    data = read_limited(path, _MAX_BYTES, "safetensors")
    try:
        held = deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise FormatError(
            "It begins as a safetensors file does, but is damaged.", advice="Download or save it again."
        ) from error
    arrays = {name: _array(name, one) for name, one in sorted(held, key=_order)}
    return tuple(guess_state_dict(arrays, FORMAT, path.stem))


def _order(item: tuple[str, object]) -> list[tuple[int, str]]:
    """Names as people sort them, "layer.2" before "layer.10": the format keeps no order of its own."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", item[0])]


def _array(name: str, held: dict[str, Any]) -> Array:
    """The numbers of one tensor; FormatError if they are of a kind that no network here has."""
    kind, shape = _KINDS.get(held["dtype"]), held["shape"]
    if kind is None or math.prod(shape) > MAX_ELEMENTS:
        raise FormatError(f"The tensor {name} has numbers of the kind {held['dtype']}, or too many of them.")
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    return make_tensor(Storage(kind, name, data=bytes(held["data"])), 0, shape, strides).array()
