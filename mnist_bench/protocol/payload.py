"""Reading and writing the fields of a payload, with every length checked before it is used."""

import struct

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.protocol.tables import MAX_TEXT

_U16 = struct.Struct("<H")


class PayloadError(MnistBenchError):
    """A payload that does not fit the kind of its frame; the stream itself is sound."""


class PayloadReader:
    """Takes the fields of a payload from front to back."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes; PayloadError if there are fewer."""
        return bytes(self.view(size))

    def view(self, size: int) -> memoryview:
        """The same without a copy."""
        if size > len(self._payload) - self._at:
            raise PayloadError("A payload is shorter than it should be.")
        self._at += size
        return memoryview(self._payload)[self._at - size : self._at]

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        """The next fields, laid out as `form`."""
        return form.unpack(self.take(form.size))

    def text(self) -> str:
        """The next text."""
        (size,) = self.unpack(_U16)
        if size > MAX_TEXT:
            raise PayloadError(f"A text says that it is {size} bytes long; the limit is {MAX_TEXT}.")
        try:
            return self.take(size).decode()
        except UnicodeDecodeError as error:
            raise PayloadError("A text is not UTF-8.") from error

    def texts(self, per_entry: int = 1) -> list[str]:
        """A count, then `per_entry` texts for each."""
        (count,) = self.unpack(_U16)
        return [self.text() for _ in range(count * per_entry)]

    def end(self) -> None:
        """PayloadError if anything is left."""
        if self._at != len(self._payload):
            raise PayloadError("A payload is longer than it should be.")


def encode_text(text: str) -> bytes:
    """`text` with its length in front, cut to what the protocol allows without splitting a character."""
    data = text.encode(errors="replace")[:MAX_TEXT].decode(errors="ignore").encode()
    return _U16.pack(len(data)) + data


def encode_count(count: int) -> bytes:
    """The number of entries of a list, as `PayloadReader.texts` reads it."""
    return _U16.pack(count)
