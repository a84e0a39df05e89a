"""Every request to the native runner, and every way in which it refuses one."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.network.bundled import load_network
from mnist_bench.network.layers import AvgPool2d, Conv2d, Flatten, Linear, MaxPool2d, Operator, Relu, Tanh
from mnist_bench.network.network import PRECISIONS, Network, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, encode_frame
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.protocol.messages import (
    ClassifyAnswer,
    ClassifyRequest,
    ErrorAnswer,
    RunnerInfo,
    TimeAnswer,
    TimeRequest,
)
from mnist_bench.protocol.tables import KIND_ERROR, ErrorCode, Kind
from mnist_bench.protocol.tracing import PeakAnswer, TraceAnswer
from tests.native.conftest import Converse, Start, kernel_names
from tests.networks import tiny_network, zeros

PIXELS = (np.arange(784) % 251).astype(np.uint8).reshape(28, 28)
NETWORK = encode_network(tiny_network(), Precision.FP32)
HELLO = Frame(Kind.HELLO, 1, b"")
LOAD = Frame(Kind.LOAD, 2, NETWORK)
CLASSIFY = Frame(Kind.CLASSIFY, 3, ClassifyRequest(np.stack([PIXELS, PIXELS // 2])).encode())
TIME = Frame(Kind.TIME, 4, TimeRequest(PIXELS, 3, 5).encode())
TRACE = Frame(Kind.TRACE, 5, PIXELS.tobytes())
CLOSE = Frame(Kind.CLOSE, 6, b"")


def refusal(answer: Frame) -> tuple[int, int, int]:
    return answer.kind, answer.number, ErrorAnswer.decode(answer.payload).code


def test_every_request_is_answered_in_its_turn(converse: Converse) -> None:
    status, answers = converse(HELLO, LOAD, CLASSIFY, TIME, TRACE, CLOSE)
    assert status == 0
    assert [(answer.kind, answer.number) for answer in answers] == [
        (129, 1), (130, 2), (131, 3), (132, 4), (133, 5), (134, 6),
    ]  # fmt: skip
    hello, load, classify, timed, trace, close = (answer.payload for answer in answers)
    info = RunnerInfo.decode(hello)
    assert (info.program, info.threads, info.capabilities) == ("mnist-bench native", 1, ("fp32", "int8", "trace"))
    loaded = LoadResult.decode(load)
    assert loaded.network_bytes == 4 * 20
    assert loaded.load_ns > 0
    assert loaded.peak_memory_bytes > 0
    logits = ClassifyAnswer.decode(classify, 2)
    largest = np.array([[PIXELS.max()], [PIXELS.max() // 2]], np.float32) / np.float32(255)
    np.testing.assert_allclose(logits.logits, largest * np.arange(10), rtol=1e-6)
    assert logits.compute_ns > 0
    assert logits.peak_memory_bytes >= loaded.peak_memory_bytes
    assert (TimeAnswer.decode(timed, 5).compute_ns > 0).all()
    layers = TraceAnswer.decode(trace, [(1, 1, 1), (1,), (10,)]).layers
    assert [(layer.name, layer.first, layer.last) for layer in layers] == [
        ("max_pool2d", 0, 0), ("flatten", 1, 1), ("linear", 2, 2),
    ]  # fmt: skip
    assert [layer.output.shape for layer in layers] == [(1, 1, 1), (1,), (10,)]
    np.testing.assert_array_equal(layers[-1].output, logits.logits[0])
    assert close == b""


def test_hello_tells_of_the_processor(converse: Converse) -> None:
    _, answers = converse(HELLO)
    facts = RunnerInfo.decode(answers[0].payload).facts
    assert facts["abi"] in ("x86_64", "arm64-v8a")
    assert facts["kernels"] in ("portable", "avx2", "avxvnni", "avx512vnni", "neon", "dotprod", "i8mm")
    assert bool(facts["features"]) == (facts["kernels"] != "portable")
    assert facts["core"] == "any"
    assert int(facts["cores"]) >= 1


def test_the_peak_is_that_of_the_kernels_and_the_precision(native_runner: Path, start: Start) -> None:
    """Never so low that a layer could exceed it, as a loop would be that waits for itself or for memory."""
    for name in kernel_names(native_runner):
        runner = start("--kernels", name)
        peaks = {}
        for precision in PRECISIONS:
            runner.load(load_network("digits-mlp"), precision)
            peaks[precision] = runner.answer(Kind.PEAK, b"", PeakAnswer.decode).multiply_adds_per_s
        if name == "portable":
            assert set(peaks.values()) == {0}
        else:
            assert peaks[Precision.INT8] > peaks[Precision.FP32] > 10**9


def test_the_runner_ends_quietly_with_its_input(converse: Converse) -> None:
    assert converse() == (0, [])
    status, answers = converse(HELLO)
    assert (status, len(answers)) == (0, 1)


def test_nothing_behind_a_close_is_answered(converse: Converse) -> None:
    status, answers = converse(CLOSE, HELLO)
    assert (status, [answer.kind for answer in answers]) == (0, [134])


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Frame(Kind.HELLO, 9, b"\0"), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.CLOSE, 9, b"\0"), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.LOAD, 9, b""), ErrorCode.BAD_NETWORK),
        (Frame(Kind.LOAD, 9, NETWORK[:-1]), ErrorCode.BAD_NETWORK),
        (Frame(Kind.CLASSIFY, 9, b""), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.CLASSIFY, 9, struct.pack("<I", 0)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.CLASSIFY, 9, struct.pack("<I", 401) + bytes(401 * 784)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.CLASSIFY, 9, struct.pack("<I", 2) + bytes(784)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.CLASSIFY, 9, struct.pack("<I", 1) + bytes(785)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TIME, 9, bytes(7)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TIME, 9, struct.pack("<II", 0, 0) + bytes(784)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TIME, 9, struct.pack("<II", 100_001, 1) + bytes(784)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TIME, 9, struct.pack("<II", 0, 100_001) + bytes(784)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TIME, 9, struct.pack("<II", 0, 1) + bytes(783)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TRACE, 9, bytes(783)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.PEAK, 9, b"\0"), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.PEAK, 9, b""), ErrorCode.NO_NETWORK),
        (Frame(0, 9, b""), ErrorCode.UNKNOWN_KIND),
        (Frame(7, 9, b"what?"), ErrorCode.UNKNOWN_KIND),
        (Frame(129, 9, b""), ErrorCode.UNKNOWN_KIND),
        (Frame(255, 9, b""), ErrorCode.UNKNOWN_KIND),
    ],
)
def test_a_bad_payload_is_refused_and_the_runner_goes_on(converse: Converse, request_: Frame, code: ErrorCode) -> None:
    status, answers = converse(request_, HELLO)
    assert status == 0
    assert refusal(answers[0]) == (KIND_ERROR, 9, code)
    assert answers[1].kind == 129


@pytest.mark.parametrize(
    "bad",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0" * 16,
        encode_frame(HELLO)[:10],
        encode_frame(CLASSIFY)[:-1],
        encode_frame(HELLO).replace(b"\x01\x01", b"\x02\x01", 1),
        struct.pack("<4sBBHII", b"MNBP", 1, 1, 0, 1, (128 << 20) + 1),
        struct.pack("<4sBBHII", b"MNBP", 1, 2, 0, 1, 128 << 20),
    ],
)
def test_bad_framing_is_told_and_ends_the_runner(converse: Converse, bad: bytes) -> None:
    status, answers = converse(HELLO, bad, HELLO if len(bad) >= 16 and b"MNBP" not in bad else b"")
    assert status == 2
    assert [answers[0].kind, refusal(answers[1])] == [129, (KIND_ERROR, 0, ErrorCode.FRAMING)]
    assert len(answers) == 2


@pytest.mark.parametrize("request_", [CLASSIFY, TIME, TRACE])
def test_without_a_network_nothing_runs(converse: Converse, request_: Frame) -> None:
    _, answers = converse(request_)
    assert refusal(answers[0]) == (KIND_ERROR, request_.number, ErrorCode.NO_NETWORK)


def test_a_load_that_fails_forgets_the_network_before(converse: Converse) -> None:
    _, answers = converse(LOAD, Frame(Kind.LOAD, 8, NETWORK + b"\0"), CLASSIFY)
    assert [answers[0].kind, refusal(answers[1])[2], refusal(answers[2])[2]] == [
        130,
        ErrorCode.BAD_NETWORK,
        ErrorCode.NO_NETWORK,
    ]


def test_logits_that_are_not_finite_are_refused(converse: Converse) -> None:
    huge = Linear(np.full((10, 784), 3e38, np.float32), zeros(10))
    network = Network("huge", (Flatten(), huge))
    _, answers = converse(Frame(Kind.LOAD, 1, encode_network(network, Precision.FP32)), CLASSIFY)
    assert refusal(answers[1]) == (KIND_ERROR, CLASSIFY.number, ErrorCode.FAILED)
    assert "not finite" in ErrorAnswer.decode(answers[1].payload).sentence


def test_a_trace_longer_than_an_answer_is_refused(converse: Converse) -> None:
    wide = Conv2d(zeros(5000, 1, 1, 1), zeros(5000))
    same_size = AvgPool2d((1, 3), (1, 1), (0, 1))
    tail = (AvgPool2d((28, 28), (28, 28)), Flatten(), Linear(zeros(10, 5000), zeros(10)))
    network = Network("wide", (wide, *(same_size for _ in range(5)), *tail))
    _, answers = converse(Frame(Kind.LOAD, 1, encode_network(network, Precision.FP32)), TRACE)
    assert answers[0].kind == 130
    assert refusal(answers[1]) == (KIND_ERROR, TRACE.number, ErrorCode.UNSUPPORTED)


def test_heavy_poolings_are_refused_as_the_near_end_refuses_them(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """At load, with the same count: an image would take minutes."""
    monkeypatch.setattr("mnist_bench.network.network.MAX_MULTIPLY_ADDS", 1 << 60)
    grow = [Conv2d(zeros(1, 1, 1, 1), zeros(1), padding=(32, 32))] * 20
    pools = (*[AvgPool2d((27, 27), (1, 1), (13, 13))] * 40, MaxPool2d((32, 32), (32, 32)))
    network = Network("slow", (*grow, Tanh(), *pools, Relu(), Flatten(), Linear(zeros(10, 1600), zeros(10))))
    refusal = start().refusal(Kind.LOAD, encode_network(network, Precision.FP32))
    assert refusal.code == ErrorCode.BAD_NETWORK
    assert refusal.sentence.startswith(f"The network needs {network.work} multiply-adds for one image")
    assert network.work > 10 * 40 * 27 * 27 * 1308 * 1308


def test_a_network_that_needs_too_much_memory_is_refused(start: Start) -> None:
    """Each operator puts out about 13 MB; with a border of 28 pixels and more it is 300 MB, and no two are alike."""
    count = 15_000
    wide = Conv2d(zeros(count, 1, 1, 1), zeros(count), (2, 2))
    padded = [Conv2d(zeros(count, 1, 1, 1), zeros(count), (5, 5), (side, side), groups=count) for side in range(28, 32)]
    operators: tuple[Operator, ...] = (wide, *padded, AvgPool2d((16, 16), (16, 16)), Flatten())
    network = Network("large", (*operators, Linear(zeros(10, count), zeros(10))))
    runner = start()
    error = runner.refusal(Kind.LOAD, encode_network(network, Precision.FP32))
    assert error.code == ErrorCode.UNSUPPORTED
    assert "memory" in error.sentence
    runner.load(tiny_network(), Precision.FP32)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_one_image_after_the_other_gives_what_all_together_give(start: Start, precision: Precision) -> None:
    runner = start()
    runner.load(tiny_network(), precision)
    images = np.random.default_rng(1).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    together = runner.classify(images)
    np.testing.assert_array_equal(together, np.concatenate([runner.classify(image[np.newaxis]) for image in images]))


def changed(data: bytes, at: int, number: bytes) -> bytes:
    return data[:at] + number + data[at + len(number) :]


INT8 = encode_network(tiny_network(), Precision.INT8)
LINEAR = INT8.index(struct.pack("<IIIIfI", 2, 116, 1, 2, 0.0625, 2))  # the record of the last operator, 1 -> 10


@pytest.mark.parametrize(
    "make",
    [
        lambda: changed(INT8, 0, b"MNBP"),
        lambda: changed(INT8, 4, b"\1"),
        lambda: changed(INT8, 6, b"\2"),
        lambda: changed(INT8, 7, b"\0"),
        lambda: changed(INT8, 7, b"\2"),
        lambda: changed(INT8, 8, struct.pack("<I", 0)),
        lambda: changed(INT8, 8, struct.pack("<I", 129)),
        lambda: changed(INT8, 8, struct.pack("<I", 2)),
        lambda: changed(INT8, 12, struct.pack("<I", 99)),
        lambda: changed(INT8, 16, struct.pack("<I", 0xFFFFFFF0)),
        lambda: changed(INT8, 20, struct.pack("<I", 0)),
        lambda: changed(INT8, 20, struct.pack("<I", 2)),
        lambda: changed(INT8, 20, struct.pack("<I", 0x40000001)),
        lambda: changed(INT8, 24, struct.pack("<I", 1)),
        lambda: changed(INT8, 24, struct.pack("<I", 0xFFFFFFFF)),
        lambda: changed(INT8, 28, struct.pack("<f", 0.0)),
        lambda: changed(INT8, 28, struct.pack("<f", float("nan"))),
        lambda: changed(INT8, 28, struct.pack("<f", float("inf"))),
        lambda: changed(INT8, 28, struct.pack("<f", 1e-40)),
        lambda: changed(INT8, 28, struct.pack("<f", 1 / 254)),
        lambda: changed(INT8, 32, struct.pack("<I", 1)),
        lambda: changed(INT8, 32, struct.pack("<I", 256)),
        lambda: changed(INT8, 36, struct.pack("<I", 29)),
        lambda: changed(INT8, 44, struct.pack("<I", 0)),
        lambda: changed(INT8, 52, struct.pack("<I", 28)),
        lambda: changed(INT8, 64, struct.pack("<I", 28)),
        lambda: changed(INT8, LINEAR + 12, struct.pack("<I", 1)),
        lambda: changed(INT8, LINEAR + 24, struct.pack("<II", 0, 1)),
        lambda: changed(INT8, LINEAR + 24, struct.pack("<II", 10, 0x80000001)),
        lambda: changed(INT8, LINEAR + 24, struct.pack("<II", 0x80000001, 0x80000001)),
        lambda: changed(INT8, LINEAR + 24, struct.pack("<II", 1, 10)),
        lambda: changed(INT8, LINEAR + 32, struct.pack("<f", float("inf"))),
        lambda: changed(INT8, LINEAR + 32, struct.pack("<f", 1e8)),
        lambda: changed(INT8, LINEAR + 72, struct.pack("<f", -1.0)),
        lambda: changed(INT8, LINEAR + 72 + 36, struct.pack("<f", 3e38)),
        lambda: changed(INT8, LINEAR + 112, b"\x80"),
        lambda: changed(INT8, len(INT8) - 1, b"\1"),
    ],
)
def test_an_unsound_network_is_refused(start: Start, make: Callable[[], bytes]) -> None:
    runner = start()
    error = runner.refusal(Kind.LOAD, make())
    assert error.code == ErrorCode.BAD_NETWORK
    assert error.sentence.endswith(".")
    runner.answer(Kind.LOAD, INT8, LoadResult.decode)
