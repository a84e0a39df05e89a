"""Reads protocol buffers without their schema: fields by number, as the wire format has them (protobuf.dev/encoding).

Nothing is unpacked before it is asked for; a message's fields are views of its bytes.
"""

from collections.abc import Iterator

import numpy as np

from mnist_bench.formats.building import damaged
from mnist_bench.network.arrays import FloatArray

_MAX_FIELDS = 200_000
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIZES = {_FIXED64: 8, _FIXED32: 4}

Value = int | memoryview


class Message:
    """The fields of one message; FormatError wherever the bytes are no such message, or hold something else."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._fields: dict[int, list[Value]] = {}
        for number, value in _fields(memoryview(data)):
            self._fields.setdefault(number, []).append(value)

    def __contains__(self, number: int) -> bool:
        return number in self._fields

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the fields that are there."""
        return tuple(self._fields)

    def integers(self, number: int) -> tuple[int, ...]:
        """All values of an integer field, signed, whether packed or not."""
        found: list[int] = []
        for value in self._fields.get(number, []):
            found.extend([value] if isinstance(value, int) else _varints(value))
        return tuple(value - (1 << 64) if value >> 63 else value for value in found)

    def integer(self, number: int, default: int = 0) -> int:
        """The last value of an integer, an enumeration or a truth."""
        return (self.integers(number) or (default,))[-1]

    def floats(self, number: int) -> FloatArray:
        """All values of a float field, whether packed or not."""
        data = b"".join(self._views(number))
        if len(data) % 4:
            raise damaged("numbers are cut off")
        return np.frombuffer(data, "<f4").astype(np.float32)

    def float(self, number: int, default: float = 0.0) -> float:
        """The last value of a float field."""
        values = self.floats(number)
        return float(values[-1]) if values.size else default

    def bytes(self, number: int) -> bytes:
        """The last value of a bytes field; empty without one."""
        views = self._views(number)
        return views[-1].tobytes() if views else b""

    def texts(self, number: int) -> tuple[str, ...]:
        """All values of a text field."""
        return tuple(view.tobytes().decode(errors="replace") for view in self._views(number))

    def text(self, number: int) -> str:
        """The last value of a text field; empty without one."""
        return (self.texts(number) or ("",))[-1]

    def messages(self, number: int) -> tuple["Message", ...]:
        """All values of a field of messages."""
        return tuple(Message(view) for view in self._views(number))

    def message(self, number: int) -> "Message":
        """The last value of a field of messages; one without fields where it is not there."""
        return Message((self._views(number) or [memoryview(b"")])[-1])

    def _views(self, number: int) -> list[memoryview]:
        views = [value for value in self._fields.get(number, []) if isinstance(value, memoryview)]
        if len(views) != len(self._fields.get(number, [])):
            raise damaged(f"field {number} is not what it should be")
        return views


def _fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """Each field's number and value: an int of 64 bits, or the bytes of what has a length or a fixed size."""
    at = 0
    for _ in range(_MAX_FIELDS):
        if at == len(data):
            return
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        size = _SIZES.get(kind, 0)
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif not size:
            raise damaged(f"a field is of the unknown kind {kind}")
        if size > len(data) - at:
            raise damaged("a field is longer than what it stands in")
        yield key >> 3, data[at : at + size]
        at += size
    raise damaged(f"a message has more than {_MAX_FIELDS:,} fields")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of up to 64 bits, seven in each byte, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (1 << 64) - 1, at
    raise damaged("a number is cut off")


def _varints(data: memoryview) -> Iterator[int]:
    at = 0
    for _ in range(_MAX_FIELDS):
        if at == len(data):
            return
        value, at = _varint(data, at)
        yield value
    raise damaged("it has too many numbers")
