"""Reads what bytes of foreign origin hold: every length is checked before it is used."""

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=np.generic)


class ByteReader:
    """Takes fields from the front of `data` to its end.

    `fail` makes the error that is raised where the data is not as long as its fields; it is told "shorter" or "longer".
    """

    __slots__ = ("_at", "_data", "_fail")

    def __init__(self, data: bytes, fail: Callable[[str], Exception]) -> None:
        self._data = data
        self._fail = fail
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        return self._data[self._advance(size) : self._at]

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        """The next fields, laid out as `form`."""
        return form.unpack_from(self._data, self._advance(form.size))

    def array(self, kind: np.dtype[T], shape: Sequence[int]) -> npt.NDArray[T]:
        """The next values, an array of `shape` that can only be read: it is a view of the data."""
        count = math.prod(shape)
        return np.frombuffer(self._data, kind, count, self._advance(count * kind.itemsize)).reshape(shape)

    def end(self) -> None:
        """Raise the error if anything is left."""
        if self._at != len(self._data):
            raise self._fail("longer")

    def _advance(self, size: int) -> int:
        """Move on by `size` bytes; where they begin."""
        begin = self._at
        if size > len(self._data) - begin:
            raise self._fail("shorter")
        self._at = begin + size
        return begin


def sha256_hex(*parts: bytes) -> str:
    """The SHA-256 of these bytes, one after the other, in hexadecimal."""
    import hashlib  # its library takes 4 MB, which a window that hashes nothing does without

    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
