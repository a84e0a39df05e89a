"""Frames: the 16-byte header and its payload, read and written by both ends (docs/protocol.md, "Frames")."""

import struct
from dataclasses import dataclass
from typing import Protocol

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.protocol.tables import FRAME_HEADER, KIND_ANSWER, PROTOCOL_MAGIC, PROTOCOL_VERSION

_HEADER = struct.Struct("<4sBBHII")


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
    return kind + KIND_ANSWER


def encode_frame(frame: Frame) -> bytes:
    """The bytes of `frame`."""
    header = _HEADER.pack(PROTOCOL_MAGIC, PROTOCOL_VERSION, frame.kind, 0, frame.number, len(frame.payload))
    return header + frame.payload


def read_frame(reader: Reader, limit: int) -> Frame | None:
    """The next frame, or None where the stream ends in front of it.

    Raises FramingError for a wrong header or a payload of more than `limit` bytes, and CutOff, a FramingError, for a
    stream that ends inside a frame.
    """
    header = read_exactly(reader, FRAME_HEADER)
    if not header:
        return None
    magic, version, kind, zero, number, size = _HEADER.unpack(header)
    if magic != PROTOCOL_MAGIC or zero:
        raise FramingError("Something other than a frame of the mnist-bench protocol arrived.")
    if version != PROTOCOL_VERSION:
        raise FramingError(
            f"A frame of protocol version {version} arrived; this program speaks version {PROTOCOL_VERSION}."
        )
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
