"""Messages: docs/protocol.md's payloads byte by byte, there and back, and payloads that are none."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from mnist_bench.protocol.loading import LoadFileRequest, LoadResult
from mnist_bench.protocol.messages import (
    ClassifyAnswer,
    ClassifyRequest,
    ErrorAnswer,
    RunnerInfo,
    TimeAnswer,
    TimeRequest,
)
from mnist_bench.protocol.payload import PayloadError
from mnist_bench.protocol.tables import AxisOrder, Output, Placement
from mnist_bench.protocol.tracing import (
    LayerTrace,
    PeakAnswer,
    TraceAnswer,
    TraceFileAnswer,
    TraceFileRequest,
    TraceRequest,
)

PIXELS = (np.arange(784) % 251).astype(np.uint8).reshape(28, 28)
LOGITS = np.arange(20, dtype=np.float32).reshape(2, 10)


@dataclass(frozen=True)
class Example:
    """A message, its payload as docs/protocol.md spells it, and how it is read."""

    message: Any
    payload: bytes
    decode: Callable[[bytes], Any]


def text(value: str) -> bytes:
    return struct.pack("<H", len(value.encode())) + value.encode()


SHAPES = ((1, 2, 2), (3, 2, 2), (3,))
TRACE = TraceAnswer(
    (
        LayerTrace("conv2d + relu", 0, 1, 77, np.arange(12, dtype=np.float32).reshape(3, 2, 2)),
        LayerTrace("flatten", 2, 2, 1 << 40, np.array([np.nan, np.inf, -0.5], np.float32)),
    )
)

FILE = LoadFileRequest("onnx", b"bytes", AxisOrder.NCHW, scale=1.0)
OUTPUTS = (np.array([[0.5, -2]], np.float32), np.array([[[-1], [2]]], np.int8), np.array([255], np.uint8))

EXAMPLES = {
    "hello": Example(
        RunnerInfo("näme", "1", 513, ("fp32", "trace"), {"torch": "2"}),
        bytes.fromhex("0500 6ec3a46d65 0100 31 0102 0200 0400 66703332 0500 7472616365 0100 0500 746f726368 0100 32"),
        RunnerInfo.decode,
    ),
    "load": Example(LoadResult(1, 2, 1 << 33), struct.pack("<QQQ", 1, 2, 1 << 33), LoadResult.decode),
    "load_file": Example(
        LoadFileRequest("tflite", b"bytes", AxisOrder.NHWC, 3, Placement.ENLARGED, 0.5, -1.0, Output.PROBABILITIES),
        text("tflite") + struct.pack("<HHHHffI", 3, 2, 1, 1, 0.5, -1.0, 5) + b"bytes",
        LoadFileRequest.decode,
    ),
    "classify": Example(
        ClassifyRequest(np.stack([PIXELS, 255 - PIXELS])),
        b"\x02\0\0\0" + PIXELS.tobytes() + (255 - PIXELS).tobytes(),
        ClassifyRequest.decode,
    ),
    "classified": Example(
        ClassifyAnswer(LOGITS, 3, 4),
        struct.pack("<IIQQ", 2, 10, 3, 4) + struct.pack("<20f", *LOGITS.ravel()),
        lambda payload: ClassifyAnswer.decode(payload, 2),
    ),
    "time": Example(
        TimeRequest(PIXELS, 5, 100_000), struct.pack("<II", 5, 100_000) + PIXELS.tobytes(), TimeRequest.decode
    ),
    "timed": Example(
        TimeAnswer(np.array([7, 1 << 40], np.int64), 9),
        struct.pack("<IIQQQ", 2, 0, 9, 7, 1 << 40),
        lambda payload: TimeAnswer.decode(payload, 2),
    ),
    "trace": Example(TraceRequest(PIXELS), PIXELS.tobytes(), TraceRequest.decode),
    "traced": Example(
        TRACE,
        struct.pack("<I", 2)
        + (text("conv2d + relu") + struct.pack("<IIQIIII12f", 0, 1, 77, 3, 3, 2, 2, *range(12)))
        + (text("flatten") + struct.pack("<IIQII3f", 2, 2, 1 << 40, 1, 3, np.nan, np.inf, -0.5)),
        lambda payload: TraceAnswer.decode(payload, SHAPES),
    ),
    "peak": Example(PeakAnswer(1 << 40), struct.pack("<Q", 1 << 40), PeakAnswer.decode),
    "trace_file": Example(
        TraceFileRequest(FILE, PIXELS, is_timed=True),
        b"\1\0" + PIXELS.tobytes() + FILE.encode(),
        TraceFileRequest.decode,
    ),
    "traced_file": Example(
        TraceFileAnswer(OUTPUTS, b"words"),
        struct.pack("<IIIIIff", 3, 0, 2, 1, 2, 0.5, -2)
        + (struct.pack("<IIIIIbb", 1, 3, 1, 2, 1, -1, 2) + struct.pack("<IIIB", 2, 1, 1, 255))
        + (struct.pack("<I", 5) + b"words"),
        TraceFileAnswer.decode,
    ),
    "error": Example(ErrorAnswer(6, "No network."), b"\x06\0\0\0" + text("No network."), ErrorAnswer.decode),
}


def same(one: object, other: object) -> bool:
    """Equality that looks into arrays and dataclasses."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        floating = one.dtype.kind == "f"
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=floating)
    if hasattr(one, "__slots__") and type(one) is type(other):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__slots__)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_message_is_encoded_as_the_protocol_says_and_read_back(example: Example) -> None:
    assert example.message.encode() == example.payload
    assert same(example.decode(example.payload), example.message)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_payload_may_be_neither_shorter_nor_longer(example: Example) -> None:
    with pytest.raises(PayloadError, match="longer"):
        example.decode(example.payload + b"\0")
    for size in {0, 1, len(example.payload) // 2, len(example.payload) - 1}:
        with pytest.raises(PayloadError):
            example.decode(example.payload[:size])


def load_file(channels: int = 1, placement: int = 0, order: int = 0, output: int = 0, offset: float = 0.0) -> bytes:
    return text("onnx") + struct.pack("<HHHHffI", channels, placement, order, output, 1.0, offset, 0)


def entry(first: int, last: int, *shape: int) -> bytes:
    """A trace of one entry, without its values."""
    return struct.pack("<I", 1) + text("x") + struct.pack(f"<IIQI{len(shape)}I", first, last, 0, len(shape), *shape)


@pytest.mark.parametrize(
    ("decode", "payload", "words"),
    [
        (ClassifyRequest.decode, struct.pack("<I", 0), "1 to 400 images, not 0"),
        (ClassifyRequest.decode, struct.pack("<I", 401) + bytes(401 * 784), "1 to 400 images, not 401"),
        (ClassifyRequest.decode, struct.pack("<I", 0xFFFFFFFF), "not 4294967295"),
        (LoadFileRequest.decode, load_file(channels=2), "1 or 3 channels, not 2"),
        (LoadFileRequest.decode, load_file(placement=3), "none that there is"),
        (LoadFileRequest.decode, load_file(order=2), "none that there is"),
        (LoadFileRequest.decode, load_file(output=2), "none that there is"),
        (LoadFileRequest.decode, load_file(offset=np.nan), "not a finite number"),
        (TraceFileRequest.decode, b"\2\0" + bytes(784) + load_file(), "something else than times or none"),
        (TraceFileAnswer.decode, struct.pack("<I", 129), "129 outputs; the limit is 128"),
        (TraceFileAnswer.decode, struct.pack("<III", 1, 3, 1), "of a kind or a shape"),
        (TraceFileAnswer.decode, struct.pack("<III", 1, 0, 5), "of a kind or a shape"),
        (TraceFileAnswer.decode, struct.pack("<IIII", 1, 0, 1, 0), "no values"),
        (TimeRequest.decode, struct.pack("<II", 0, 0) + bytes(784), "1 to 100,000 runs, not 0"),
        (TimeRequest.decode, struct.pack("<II", 0, 100_001) + bytes(784), "not 100,001"),
        (TimeRequest.decode, struct.pack("<II", 100_001, 1) + bytes(784), "behind 100,001"),
        (EXAMPLES["classified"].decode, struct.pack("<IIQQ", 1, 10, 0, 0) + bytes(40), "shape (1, 10)"),
        (EXAMPLES["classified"].decode, struct.pack("<IIQQ", 2, 11, 0, 0) + bytes(88), "shape (2, 11)"),
        (EXAMPLES["classified"].decode, struct.pack("<IIQQ20f", 2, 10, 0, 0, *[np.nan] * 20), "finite"),
        (EXAMPLES["classified"].decode, struct.pack("<IIQQ20f", 2, 10, 0, 0, *[-np.inf] * 20), "finite"),
        (EXAMPLES["timed"].decode, struct.pack("<IIQQ", 1, 0, 9, 7), "An answer for 2 runs holds 1"),
        (EXAMPLES["timed"].decode, struct.pack("<IIQQQ", 2, 1, 9, 7, 7), "2 runs"),
        (EXAMPLES["timed"].decode, struct.pack("<IIQQQ", 2, 0, 9, 7, 1 << 63), "out of range"),
        (EXAMPLES["classified"].decode, struct.pack("<IIQQ", 2, 10, 0, 0) + bytes(80), "time is out of range"),
        (EXAMPLES["classified"].decode, struct.pack("<IIQQ", 2, 10, 1 << 44, 0) + bytes(80), "time is out of range"),
        (EXAMPLES["classified"].decode, struct.pack("<IIQQ", 2, 10, 1, 1 << 49) + bytes(80), "size of memory"),
        (EXAMPLES["timed"].decode, struct.pack("<IIQQQ", 2, 0, 9, 7, 0), "time is out of range"),
        (EXAMPLES["timed"].decode, struct.pack("<IIQQQ", 2, 0, 1 << 49, 7, 7), "size of memory"),
        (EXAMPLES["load"].decode, struct.pack("<QQQ", 1 << 63, 1, 1), "time is out of range"),
        (EXAMPLES["load"].decode, struct.pack("<QQQ", 1, 1 << 63, 1), "size of memory"),
        (EXAMPLES["traced"].decode, struct.pack("<I", 0), "0 entries; the network has 3 operators"),
        (EXAMPLES["traced"].decode, struct.pack("<I", 4), "4 entries"),
        (EXAMPLES["traced"].decode, entry(1, 0, 1) + bytes(4), "layers that the network does not have"),
        (EXAMPLES["traced"].decode, entry(0, 3, 3) + bytes(12), "layers that the network does not have"),
        (EXAMPLES["traced"].decode, entry(0, 0), "has 0 axes"),
        (EXAMPLES["traced"].decode, entry(0, 0, 1, 1, 1, 1, 1) + bytes(4), "has 5 axes"),
        (EXAMPLES["traced"].decode, entry(0, 0, 1, 0, 2), "where the network's is (1, 2, 2)"),
        (EXAMPLES["traced"].decode, entry(2, 2, *[0xFFFFFFFF] * 4), "where the network's is (3,)"),
        (EXAMPLES["traced"].decode, entry(2, 2, 3) + bytes(8), "shorter"),
        (RunnerInfo.decode, b"\x01\x10" + bytes(5000), "4097 bytes long"),
        (RunnerInfo.decode, text("a") + text("b") + struct.pack("<H", 0), "no thread"),
        (RunnerInfo.decode, text("a") + text("b") + struct.pack("<HH", 1, 0xFFFF), "65,535 entries; the limit is 64"),
        (RunnerInfo.decode, struct.pack("<H", 2) + b"\xff\xfe" + bytes(10), "not UTF-8"),
        (ErrorAnswer.decode, struct.pack("<IH", 3, 1) + b"\xc3", "not UTF-8"),
    ],
)
def test_a_payload_that_lies_is_refused(decode: Callable[[bytes], object], payload: bytes, words: str) -> None:
    with pytest.raises(PayloadError, match=re.escape(words)):
        decode(payload)


def test_entries_of_a_trace_are_in_the_order_of_the_network() -> None:
    behind = entry(2, 2, 3)[4:] + bytes(12)
    with pytest.raises(PayloadError, match="layers that the network does not have"):
        TraceAnswer.decode(struct.pack("<I", 2) + behind + behind, SHAPES)


def test_what_a_runner_says_of_itself_is_one_short_line_each() -> None:
    told = RunnerInfo("a\x1b[2J\nb", "1" * 4000, 1, ("fp32\n",), {"\u202etorch": "x" * 4000})
    info = RunnerInfo.decode(told.encode())
    assert (info.program, info.capabilities) == ("a [2J b", ("fp32",))
    assert len(info.version) == len(info.facts["torch"]) == 200


@pytest.mark.parametrize(
    ("longest", "most"),
    [
        (ClassifyAnswer(np.zeros((400, 10), np.float32), 1, 1), ClassifyAnswer.most_bytes(400)),
        (TimeAnswer(np.ones(7, np.int64), 1), TimeAnswer.most_bytes(7)),
        (LoadResult(1, 1, 1), LoadResult.MOST_BYTES),
        (ErrorAnswer(1, "x" * 9999), ErrorAnswer.MOST_BYTES),
        (
            RunnerInfo(
                "x" * 9999, "x" * 9999, 1, ("x" * 9999,) * 64, {f"{key}{'x' * 9999}": "x" * 9999 for key in range(64)}
            ),
            RunnerInfo.MOST_BYTES,
        ),
    ],
)
def test_no_answer_is_longer_than_is_read_of_one(longest: Any, most: int) -> None:
    assert len(longest.encode()) == most


def test_a_trace_is_read_however_long_its_names_are() -> None:
    named = TraceAnswer(
        tuple(LayerTrace("x" * 9999, at, at, 1, np.zeros(shape, np.float32)) for at, shape in enumerate(SHAPES))
    )
    assert len(named.encode()) <= TraceAnswer.most_bytes(SHAPES)
    assert len(TraceAnswer.decode(named.encode(), SHAPES).layers) == 3


def test_a_long_text_is_cut_between_two_characters() -> None:
    sentence = "x" + "ä" * 3000
    decoded = ErrorAnswer.decode(ErrorAnswer(8, sentence).encode())
    assert decoded.sentence == "x" + "ä" * 2047


def test_a_text_that_utf8_cannot_hold_is_sent_all_the_same() -> None:
    assert ErrorAnswer.decode(ErrorAnswer(8, "file \udcff.so").encode()).sentence == "file ?.so"


def test_pixels_that_arrive_are_read_where_they_lie() -> None:
    payload = EXAMPLES["classify"].payload
    images = ClassifyRequest.decode(payload).images
    assert np.shares_memory(images, np.frombuffer(payload, np.uint8))
    assert images.flags.c_contiguous
    assert not images.flags.writeable


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_hostile_payload_is_refused_or_a_value(cases: int, example: Example) -> None:
    rng = np.random.default_rng(len(example.payload))
    for _ in range(cases):
        data = np.frombuffer(example.payload, np.uint8).copy()
        at = rng.integers(0, min(len(data), 60), rng.integers(1, 6))
        data[at] = rng.choice(np.array([0, 1, 2, 127, 128, 255, 77], np.uint8), len(at))
        payload = data.tobytes()
        if rng.integers(3) == 0:
            payload = payload[: rng.integers(len(payload))] + rng.bytes(int(rng.integers(40)))
        try:
            message = example.decode(payload)
        except PayloadError:
            continue
        assert type(message) is type(example.message)
