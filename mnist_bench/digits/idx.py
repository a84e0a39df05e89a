"""The IDX format, in which MNIST is published (https://yann.lecun.com/exdb/mnist/, "THE IDX FILE FORMAT")."""

import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.bytes import ByteReader
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, read_limited

MAX_BYTES = 256 * MEGABYTE
"""Of a file as it is stored, and of the bytes in it."""

_GZIP_MAGIC = b"\x1f\x8b"
_KINDS = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
"""The types of values by their code; QMNIST's labels are ">i4"."""
_MAX_DIMENSIONS = 4
_HEADER = struct.Struct(">HBB")  # zeros, the kind of values, number of dimensions; then the size of each: u32
_LONGEST_HEADER = _HEADER.size + 4 * _MAX_DIMENSIONS


def read_idx(path: Path) -> NDArray[Any]:
    """The array in an IDX file, gzipped or not, of the type and shape that its header gives (1 to 4 dimensions).

    Raises:
        InputError: the file cannot be read, is not IDX, is damaged, or is larger than 256 MB unpacked.
    """
    data = read_limited(path, MAX_BYTES, "IDX")
    try:
        return idx_from_bytes(data)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", advice=error.advice) from error


def idx_shape(head: bytes) -> tuple[int, ...] | None:
    """The shape that an IDX file's first bytes (unpacked) give; None where they are not those of one."""
    try:
        return _header(ByteReader(head, _wrong_length))[1]
    except InputError:
        return None


def idx_from_bytes(data: bytes) -> NDArray[Any]:
    """The array in the bytes of an IDX file, as `read_idx`."""
    if data[:2] != _GZIP_MAGIC:
        return _array(data)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        head = unpacker.decompress(data, _LONGEST_HEADER)
        kind, shape = _header(ByteReader(head, _wrong_length))
        # No more than the header promises is unpacked, whatever the file holds; one byte more shows that it holds more.
        missing = _HEADER.size + 4 * len(shape) + math.prod(shape) * kind.itemsize + 1 - len(head)
        body = unpacker.decompress(unpacker.unconsumed_tail, missing) if missing > 0 else b""
    except zlib.error as error:
        raise _damaged("its compressed data cannot be unpacked") from error
    array = _array(head + body)
    if not unpacker.eof or unpacker.unused_data:
        raise _damaged("its compressed data does not end where it should")
    return array


def _array(data: bytes) -> NDArray[Any]:
    reader = ByteReader(data, _wrong_length)
    array: NDArray[Any] = reader.array(*_header(reader))
    reader.end()
    return array


def _header(reader: ByteReader) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """The type and the shape that the header gives."""
    zeros, kind, dimensions = reader.unpack(_HEADER)
    if zeros:
        raise InputError("The file is not in the IDX format.", advice="Give one of MNIST's four files.")
    if kind not in _KINDS:
        raise _damaged("its header gives no type of values that there is")
    if not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise _damaged("its header is not complete")
    shape = reader.unpack(struct.Struct(f">{dimensions}I"))
    values = np.dtype(_KINDS[kind])
    if math.prod(size or 1 for size in shape) * values.itemsize > MAX_BYTES:  # an array of nothing has a shape, too
        raise _damaged("its header promises more than 256 MB")
    return values, shape


def _wrong_length(how: str) -> InputError:
    return _damaged(f"it is {how} than its header says")


def _damaged(what: str) -> InputError:
    return InputError(f"The IDX file is damaged: {what}.", advice="Download it again: mnist-bench fetch-mnist.")
