"""Frames: docs/protocol.md's header byte by byte, and streams that are none."""

import io
import re
import struct

import numpy as np
import pytest

from mnist_bench.protocol.frames import CutOff, Frame, FramingError, answer_kind, encode_frame, read_frame
from mnist_bench.protocol.tables import MAX_REQUEST

GOLDEN = bytes.fromhex("4d4e4250 01 03 0000 04030201 03000000 616263")  # classify, number 0x01020304, "abc"


def test_a_frame_is_encoded_as_the_protocol_says() -> None:
    assert encode_frame(Frame(3, 0x01020304, b"abc")) == GOLDEN
    assert read_frame(io.BytesIO(GOLDEN), MAX_REQUEST) == Frame(3, 0x01020304, b"abc")


def test_an_answers_kind_is_the_requests_plus_128() -> None:
    assert [answer_kind(kind) for kind in (1, 6)] == [129, 134]


class Trickle(io.BytesIO):
    """A stream that gives one byte at a time, as a slow pipe may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1))


@pytest.mark.parametrize("stream", [io.BytesIO, Trickle])
def test_frames_follow_each_other_until_the_stream_ends(stream: type[io.BytesIO]) -> None:
    frames = [Frame(1, 0, b""), Frame(4, 0xFFFFFFFF, b"x" * 3000), Frame(255, 7, b"\0")]
    reader = stream(b"".join(map(encode_frame, frames)))
    assert [read_frame(reader, MAX_REQUEST) for _ in range(4)] == [*frames, None]


@pytest.mark.parametrize("size", range(1, len(GOLDEN)))
@pytest.mark.parametrize("stream", [io.BytesIO, Trickle])
def test_a_stream_may_not_end_inside_a_frame(stream: type[io.BytesIO], size: int) -> None:
    with pytest.raises(CutOff, match="ended inside a frame"):
        read_frame(stream(GOLDEN[:size]), MAX_REQUEST)


@pytest.mark.parametrize(
    ("at", "byte", "words"),
    [
        (0, 0, "Something other than a frame"),
        (3, 0x51, "Something other than a frame"),
        (4, 2, "protocol version 2"),
        (6, 1, "Something other than a frame"),
        (7, 1, "Something other than a frame"),
        (15, 0xFF, "4,278,190,083 bytes long; the limit is 134,217,728"),
    ],
)
def test_a_wrong_header_is_refused_before_anything_else_is_read(at: int, byte: int, words: str) -> None:
    data = bytearray(GOLDEN)
    data[at] = byte
    reader = io.BytesIO(bytes(data))
    with pytest.raises(FramingError, match=re.escape(words)):
        read_frame(reader, MAX_REQUEST)
    assert reader.tell() == 16


def test_the_limit_itself_is_allowed() -> None:
    assert read_frame(io.BytesIO(GOLDEN), 3) == Frame(3, 0x01020304, b"abc")
    with pytest.raises(FramingError, match="the limit is 2"):
        read_frame(io.BytesIO(GOLDEN), 2)


def test_hostile_streams_are_frames_or_refused(cases: int) -> None:
    rng = np.random.default_rng(3)
    refused = 0
    for _ in range(cases):
        payload = rng.bytes(int(rng.integers(0, 40)))
        frames = [Frame(int(rng.integers(256)), int(rng.integers(1 << 32)), payload) for _ in range(3)]
        data = bytearray(b"".join(map(encode_frame, frames)))
        for at in rng.integers(0, len(data), rng.integers(0, 3)):
            data[at] = rng.integers(256)
        reader = io.BytesIO(bytes(data[: rng.integers(1, len(data) + 1)]))
        try:
            while (frame := read_frame(reader, 1000)) is not None:
                assert len(frame.payload) <= 1000
        except FramingError:
            refused += 1
    assert refused


def test_a_length_that_lies_reads_no_more_than_there_is() -> None:
    header = struct.pack("<4sBBHII", b"MNBP", 1, 2, 0, 1, MAX_REQUEST)
    with pytest.raises(CutOff):
        read_frame(io.BytesIO(header + b"abc"), MAX_REQUEST)
