"""The IDX format, in which MNIST is published (https://yann.lecun.com/exdb/mnist/, "THE IDX FILE FORMAT")."""

import math
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, read_limited

MAX_BYTES = 256 * MEGABYTE
"""Of a file as it is stored, and of the bytes in it."""

_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTE = 8
_MAX_DIMENSIONS = 4
_LONGEST_HEADER = 4 + 4 * _MAX_DIMENSIONS


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of bytes in an IDX file, gzipped or not, in the shape that its header gives (1 to 4 dimensions).

    Raises:
        InputError: the file cannot be read, is not IDX or not of bytes, is damaged, or is larger than 256 MB unpacked.
    """
    data = read_limited(path, MAX_BYTES, "IDX")
    try:
        return idx_from_bytes(data)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", advice=error.advice) from error


def idx_from_bytes(data: bytes) -> NDArray[np.uint8]:
    """The array in the bytes of an IDX file, as `read_idx`."""
    if data[:2] != _GZIP_MAGIC:
        shape, start = _header(data)
        return _array(data, shape, start)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        head = unpacker.decompress(data, _LONGEST_HEADER)
        shape, start = _header(head)
        # No more than the header promises is unpacked, whatever the file holds; one byte more shows that it holds more.
        missing = start + math.prod(shape) + 1 - len(head)
        body = unpacker.decompress(unpacker.unconsumed_tail, missing) if missing > 0 else b""
    except zlib.error as error:
        raise _damaged("its compressed data cannot be unpacked") from error
    array = _array(head + body, shape, start)
    if not unpacker.eof or unpacker.unused_data:
        raise _damaged("its compressed data does not end where it should")
    return array


def _header(data: bytes) -> tuple[tuple[int, ...], int]:
    """The shape that the header gives, and where the values start."""
    if len(data) < 4 or data[:2] != b"\0\0":
        raise InputError("The file is not in the IDX format.", advice="Give one of MNIST's four files.")
    kind, dimensions = data[2], data[3]
    if kind != _UNSIGNED_BYTE:
        raise InputError("The IDX file does not hold bytes.", advice="Give one of MNIST's four files.")
    start = 4 + 4 * dimensions
    if not 1 <= dimensions <= _MAX_DIMENSIONS or len(data) < start:
        raise _damaged("its header is not complete")
    shape = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, start, 4))
    if math.prod(shape) > MAX_BYTES:
        raise _damaged("its header promises more than 256 MB")
    return shape, start


def _array(data: bytes, shape: tuple[int, ...], start: int) -> NDArray[np.uint8]:
    if len(data) - start != math.prod(shape):
        raise _damaged(f"it is {'shorter' if len(data) - start < math.prod(shape) else 'longer'} than its header says")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _damaged(what: str) -> InputError:
    return InputError(f"The IDX file is damaged: {what}.", advice="Download it again: mnist-bench fetch-mnist.")
