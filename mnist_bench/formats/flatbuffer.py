"""Reads tables of a FlatBuffer whose bytes may be anything: each offset is checked before it is followed.

Source: FlatBuffers' internals ("FlatBuffer Internals" in its documentation). A table begins with the distance to its
vtable, which says at what place in it each field stands; a vector or a text begins with its length.
"""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from flatbuffers import encode
from flatbuffers import number_types as types

from mnist_bench.formats.building import damaged

T = TypeVar("T", bound=np.generic)
MAX_ELEMENTS = 20_000
"""Tables in one vector."""


class Table:
    """The table that begins at `position` of `data`; its fields are asked for by their number in the schema.

    Raises:
        FormatError: an offset leads out of the data.
    """

    __slots__ = ("_data", "_fields", "_position")

    def __init__(self, data: bytes, position: int) -> None:
        self._data, self._position = data, position
        vtable = position - _get(data, types.Int32Flags, position)
        size = _get(data, types.Uint16Flags, vtable)
        self._fields = [_get(data, types.Uint16Flags, at) for at in range(vtable + 4, vtable + size - 1, 2)]

    def number(self, field: int, kind: Any, default: float = 0) -> Any:
        """A number, of one of flatbuffers' number types."""
        at = self._place(field)
        return default if at is None else _get(self._data, kind, at)

    def table(self, field: int) -> "Table | None":
        """A table; None where it is left out."""
        at = self._place(field)
        return None if at is None else Table(self._data, self._follow(at))

    def tables(self, field: int) -> "list[Table]":
        """The tables of a vector; none where it is left out."""
        begin, count = self._vector(field)
        if count > MAX_ELEMENTS:
            raise damaged(f"it lists {count:,} parts")
        return [Table(self._data, self._follow(begin + 4 * index)) for index in range(count)]

    def numbers(self, field: int, kind: type[T]) -> npt.NDArray[T]:
        """The numbers of a vector, a view of the data; none where it is left out."""
        begin, count = self._vector(field)
        size = np.dtype(kind).itemsize
        if begin + count * size > len(self._data):
            raise damaged("a list in it is longer than the file")
        return np.frombuffer(self._data, np.dtype(kind).newbyteorder("<"), count, begin)

    def text(self, field: int) -> str:
        """A text; empty where it is left out."""
        return self.numbers(field, np.uint8).tobytes().decode("utf-8", "replace")

    def _place(self, field: int) -> int | None:
        """Where a field stands; None where it is left out."""
        offset = self._fields[field] if field < len(self._fields) else 0
        return self._position + offset if offset else None

    def _vector(self, field: int) -> tuple[int, int]:
        """Where the elements of a vector begin, and how many there are."""
        at = self._place(field)
        if at is None:
            return 0, 0
        begin = self._follow(at)
        return begin + 4, _get(self._data, types.Uint32Flags, begin)

    def _follow(self, at: int) -> int:
        return at + int(_get(self._data, types.Uint32Flags, at))


def root(data: bytes) -> Table:
    """The table that a FlatBuffer begins with."""
    return Table(data, _get(data, types.Uint32Flags, 0))


def _get(data: bytes, kind: Any, at: int) -> Any:
    """A number at a place; FormatError outside of the data: Python would count a negative one from the end."""
    if not 0 <= at <= len(data) - kind.bytewidth:
        raise damaged("an offset in it leads out of the file")
    return kind.py_type(encode.Get(kind.packer_type, data, at))
