"""MATLAB's .mat files, version 5 (MathWorks, "MAT-File Format"): arrays of numbers, and those in structures.

SciPy's reader is not used: damaged files crash it.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.digits.sets.found import MAX_BYTES
from mnist_bench.digits.sets.named_arrays import StoredArray, unread_array

_HEADER_BYTES = 128
_MATRIX, _COMPRESSED = 14, 15
_STRUCTURE, _NUMBERS = 2, range(6, 16)
_COMPLEX = 0x800
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_MOST_VARIABLES = 1000
_MOST_AXES = 8
_DEEPEST = 4
_ADVICE = "Save it again in MATLAB: save('digits.mat', 'images', 'labels', '-v7')."


def matlab_arrays(data: bytes, where: str) -> list[StoredArray]:
    """The arrays in a file's bytes; those in structures have the names of both, with a dot between.

    Raises:
        InputError: it is damaged, or holds more than 512 MB unpacked.
    """
    order = "<" if data[126:128] == b"IM" else ">"
    arrays: list[StoredArray] = []
    left = MAX_BYTES
    try:
        for number, element in enumerate(_elements(_Element(0, memoryview(data)[_HEADER_BYTES:]), order)):
            if element.kind == _COMPRESSED:
                unpacked = zlib.decompressobj().decompress(element.content, left + 1)
                left -= len(unpacked)
                element = next(_elements(_Element(0, memoryview(unpacked)), order))
            if left < 0 or number >= _MOST_VARIABLES:
                raise InputError(
                    f"{where} holds more than {words.size(MAX_BYTES)} unpacked.",
                    advice="Save the images and labels alone.",
                )
            arrays += _arrays(element, order)
    except (struct.error, zlib.error, StopIteration, RuntimeError, ValueError) as error:  # a generator's end, too
        raise InputError(f"{where} is a damaged .mat file.", advice=_ADVICE) from error
    return arrays


@dataclass(frozen=True, slots=True)
class _Element:
    """A data element: its type, and its bytes."""

    kind: int
    content: memoryview


def _elements(outer: _Element, order: str) -> Iterator[_Element]:
    """The data elements in another, one after the other."""
    data, at = outer.content, 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        if kind >> 16:  # the small form: its bytes lie in the tag
            kind, size, begin, end = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        else:
            begin = at + 8
            end = begin + size + (0 if kind == _COMPRESSED else -size % 8)
        if begin + size > len(data):
            raise ValueError("an element ends behind the file")
        yield _Element(kind, data[begin : begin + size])
        at = end


def _arrays(element: _Element, order: str, prefix: str = "", depth: int = 0) -> Iterator[StoredArray]:
    """The arrays in a matrix, which may be a structure; of those that are not of numbers, the names."""
    if element.kind != _MATRIX or not element.content:
        return
    parts = _elements(element, order)
    (flags,) = struct.unpack_from(f"{order}I", next(parts).content)
    shape: tuple[int, ...] = tuple(np.frombuffer(next(parts).content, np.dtype(f"{order}i4")).tolist())
    name = prefix + bytes(next(parts).content).decode("ascii", "replace")
    size: int = math.prod(shape)
    if not 1 <= len(shape) <= _MOST_AXES or min(shape) < 0:
        raise ValueError("no such shape")
    if flags & 0xFF == _STRUCTURE and size == 1 and depth < _DEEPEST:
        (length,) = struct.unpack_from(f"{order}i", next(parts).content)
        names = bytes(next(parts).content)
        if length < 1:
            raise ValueError("names without length")
        for place, field in zip(range(0, len(names), length), parts, strict=False):
            of_field = names[place : place + length].split(b"\0")[0].decode("ascii", "replace")
            yield from _arrays(field, order, f"{name}.{of_field}", depth + 1)
    elif flags & 0xFF in _NUMBERS and not flags & _COMPLEX and size:
        real = next(parts)
        dtype = np.dtype(f"{order}{_TYPES.get(real.kind, 'V1')}")  # often smaller than the array's own
        if len(real.content) != size * dtype.itemsize:
            raise ValueError("values are missing")
        yield StoredArray(name.lstrip("."), shape, partial(_values, real.content, dtype, shape))
    elif size:
        yield unread_array(name.lstrip("."))


def _values(content: memoryview, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return np.frombuffer(content, dtype).reshape(shape, order="F")
