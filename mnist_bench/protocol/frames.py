"""Frames: the 16-byte header and its payload, read and written by both ends (docs/protocol.md, "Frames")."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from mnist_bench.base.errors import MnistBenchError

MAGIC = b"MNBP"
VERSION = 1
MAX_REQUEST = 128 << 20
MAX_ANSWER = 64 << 20

_HEADER = struct.Struct("<4sBBHII")
HEADER_SIZE = _HEADER.size

_ANSWER = 128


class Kind(IntEnum):
    """What a request asks for."""

    HELLO = 1
    LOAD = 2
    CLASSIFY = 3
    TIME = 4
    TRACE = 5
    CLOSE = 6


ERROR_KIND = 255


class FramingError(MnistBenchError):
    """A byte stream that is not made of frames, or not of this version's; nothing after it can be understood."""


class CutOff(FramingError):
    """A byte stream that ends inside a frame."""


class Reader(Protocol):
    """The end of a stream that bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, at least one; nothing at the end of the stream."""


class Writer(Protocol):
    """The end of a stream that bytes go to."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""

    def flush(self) -> None:
        """Send what was written."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One request or answer: its kind as a number, the request's number, and its payload."""

    kind: int
    number: int
    payload: bytes


def answer_kind(kind: int) -> int:
    """The kind of the answer to a request of `kind`."""
    return kind + _ANSWER


def encode_frame(frame: Frame) -> bytes:
    """The bytes of `frame`."""
    return _HEADER.pack(MAGIC, VERSION, frame.kind, 0, frame.number, len(frame.payload)) + frame.payload


def read_frame(reader: Reader, limit: int) -> Frame | None:
    """The next frame, or None where the stream ends in front of it.

    Raises FramingError for a wrong header or a payload of more than `limit` bytes, and CutOff, a FramingError, for a
    stream that ends inside a frame.
    """
    header = read_exactly(reader, HEADER_SIZE)
    if not header:
        return None
    magic, version, kind, zero, number, size = _HEADER.unpack(header)
    if magic != MAGIC or zero:
        raise FramingError("Something other than a frame of the mnist-bench protocol arrived.")
    if version != VERSION:
        raise FramingError(f"A frame of protocol version {version} arrived; this program speaks version {VERSION}.")
    if size > limit:
        raise FramingError(f"A frame says that it is {size:,} bytes long; the limit is {limit:,}.")
    payload = read_exactly(reader, size) if size else b""
    if len(payload) != size:
        raise CutOff("The stream ended inside a frame.")
    return Frame(kind, number, payload)


def read_exactly(reader: Reader, size: int) -> bytes:
    """`size` bytes, or nothing where the stream has ended; CutOff where it ends in between."""
    data = reader.read(size)
    if len(data) == size or not data:
        return data
    parts = [data]
    missing = size - len(data)
    while missing:
        data = reader.read(min(missing, 1 << 20))
        if not data:
            raise CutOff("The stream ended inside a frame.")
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)
