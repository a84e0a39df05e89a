"""Reads and writes the fields of a payload."""

import struct
from typing import Final

from mnist_bench.base.bytes import ByteReader
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.base.text import one_line
from mnist_bench.protocol.tables import MAX_FACTS, MAX_MEMORY, MAX_NS, MAX_TEXT

_U16 = struct.Struct("<H")
TEXT_BYTES: Final = _U16.size + MAX_TEXT
"""The length of the longest text with its own length in front."""


class PayloadError(MnistBenchError):
    """A payload that does not fit the kind of its frame; the stream itself is sound."""


def _wrong_length(how: str) -> PayloadError:
    return PayloadError(f"A payload is {how} than it should be.")


class PayloadReader(ByteReader):
    """Takes the fields of a payload from front to back; PayloadError where it is shorter or longer than these."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload, _wrong_length)

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
        """A count, at most MAX_FACTS, then `per_entry` texts for each, made fit to show."""
        (count,) = self.unpack(_U16)
        if count > MAX_FACTS:
            raise PayloadError(f"A list says that it has {count:,} entries; the limit is {MAX_FACTS}.")
        return [one_line(self.text()) for _ in range(count * per_entry)]


def encode_text(text: str) -> bytes:
    """`text` with its length in front, cut to what the protocol allows without splitting a character."""
    data = text.encode(errors="replace")[:MAX_TEXT].decode(errors="ignore").encode()
    return _U16.pack(len(data)) + data


def encode_count(count: int) -> bytes:
    """The number of entries of a list, as `PayloadReader.texts` reads it."""
    return _U16.pack(count)


def check_times(*times_ns: int, least: int = 0) -> None:
    """PayloadError unless all of these are times that can be."""
    if not all(least <= time_ns <= MAX_NS for time_ns in times_ns):
        raise PayloadError("A time is out of range.")


def check_memory(*sizes: int) -> None:
    """PayloadError unless all of these are sizes of memory, in bytes, that can be."""
    if max(sizes) > MAX_MEMORY:
        raise PayloadError("A size of memory is out of range.")
