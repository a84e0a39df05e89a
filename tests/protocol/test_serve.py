"""The runner's end of the protocol, on streams in memory with an executor of plain NumPy."""

import struct

import numpy as np
import pytest

from mnist_bench.network.layers import AvgPool2d, Conv2d, Flatten, Linear
from mnist_bench.network.network import Network, Precision
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
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import KIND_ERROR, ErrorCode, Kind
from mnist_bench.protocol.tracing import TraceAnswer
from tests.networks import tiny_network, zeros
from tests.protocol.conftest import INFO, Converse, PixelExecutor

PIXELS = (np.arange(784) % 251).astype(np.uint8).reshape(28, 28)
NETWORK = encode_network(tiny_network(), Precision.FP32)
HELLO = Frame(Kind.HELLO, 1, b"")
LOAD = Frame(Kind.LOAD, 2, NETWORK)
CLASSIFY = Frame(Kind.CLASSIFY, 3, ClassifyRequest(np.stack([PIXELS, PIXELS[::-1]])).encode())
TIME = Frame(Kind.TIME, 4, TimeRequest(PIXELS, 3, 5).encode())
TRACE = Frame(Kind.TRACE, 5, PIXELS.tobytes())
CLOSE = Frame(Kind.CLOSE, 6, b"")
FRAMING = KIND_ERROR, 0, ErrorCode.FRAMING


def refusal(answer: Frame) -> tuple[int, int, int]:
    return answer.kind, answer.number, ErrorAnswer.decode(answer.payload).code


def test_every_request_is_answered_in_its_turn(converse: Converse, executor: PixelExecutor) -> None:
    status, answers = converse(HELLO, LOAD, CLASSIFY, TIME, TRACE, CLOSE)
    assert status == 0
    assert [(answer.kind, answer.number) for answer in answers] == [
        (129, 1), (130, 2), (131, 3), (132, 4), (133, 5), (134, 6),
    ]  # fmt: skip
    hello, load, classify, timed, trace, close = (answer.payload for answer in answers)
    assert RunnerInfo.decode(hello) == INFO
    loaded = LoadResult.decode(load)
    assert (loaded.network_bytes, loaded.peak_memory_bytes) == (20, 1 << 33)
    assert loaded.load_ns > 0
    logits = ClassifyAnswer.decode(classify, 2)
    np.testing.assert_array_equal(logits.logits, np.stack([PIXELS[0, :10], PIXELS[-1, :10]]))
    assert logits.compute_ns > 0
    assert len(TimeAnswer.decode(timed, 5).compute_ns) == 5
    assert executor.runs == 1 + 3 + 5
    layers = TraceAnswer.decode(trace, ((784,), (10,), (1, 28))).layers
    assert [layer.name for layer in layers] == ["flatten", "linear + relu"]
    assert close == b""
    assert not executor.is_loaded


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
        (Frame(Kind.CLASSIFY, 9, struct.pack("<I", 401) + bytes(401 * 784)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TIME, 9, struct.pack("<II", 0, 0) + bytes(784)), ErrorCode.BAD_PAYLOAD),
        (Frame(Kind.TRACE, 9, bytes(783)), ErrorCode.BAD_PAYLOAD),
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
    assert RunnerInfo.decode(answers[1].payload) == INFO


@pytest.mark.parametrize(
    "bad",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0" * 16,
        encode_frame(HELLO)[:10],
        encode_frame(CLASSIFY)[:-1],
        encode_frame(HELLO).replace(b"\x01\x01", b"\x02\x01", 1),
        struct.pack("<4sBBHII", b"MNBP", 1, 1, 0, 1, (128 << 20) + 1),
    ],
)
def test_bad_framing_is_told_and_ends_the_runner(converse: Converse, bad: bytes) -> None:
    status, answers = converse(HELLO, bad, HELLO if len(bad) >= 16 and b"MNBP" not in bad else b"")
    assert status == 2
    assert [answers[0].kind, refusal(answers[1])] == [129, FRAMING]
    assert len(answers) == 2


@pytest.mark.parametrize("request_", [CLASSIFY, TIME, TRACE])
def test_without_a_network_nothing_runs(converse: Converse, executor: PixelExecutor, request_: Frame) -> None:
    _, answers = converse(request_)
    assert refusal(answers[0]) == (KIND_ERROR, request_.number, ErrorCode.NO_NETWORK)
    assert executor.runs == 0


def test_a_load_that_fails_forgets_the_network_before(converse: Converse) -> None:
    _, answers = converse(LOAD, Frame(Kind.LOAD, 8, NETWORK + b"\0"), CLASSIFY)
    assert [answers[0].kind, refusal(answers[1])[2], refusal(answers[2])[2]] == [
        130,
        ErrorCode.BAD_NETWORK,
        ErrorCode.NO_NETWORK,
    ]


@pytest.mark.parametrize(
    ("trouble", "code", "sentence"),
    [
        (Refused(ErrorCode.UNAVAILABLE, "There is no library."), ErrorCode.UNAVAILABLE, "There is no library."),
        (RuntimeError("kernel broke\nC++ frames"), ErrorCode.FAILED, "The runner failed: kernel broke"),
        (ValueError(), ErrorCode.FAILED, "The runner failed: ValueError"),
        (MemoryError(), ErrorCode.FAILED, "The runner does not have enough memory for this."),
    ],
)
@pytest.mark.parametrize("request_", [HELLO, LOAD, CLASSIFY, TIME, TRACE])
def test_whatever_an_executor_raises_is_an_answer(
    converse: Converse, executor: PixelExecutor, request_: Frame, trouble: Exception, code: ErrorCode, sentence: str
) -> None:
    executor.load(tiny_network(), Precision.FP32)
    executor.trouble = trouble
    status, answers = converse(request_, CLOSE)
    assert status == 0
    assert refusal(answers[0]) == (KIND_ERROR, request_.number, code)
    assert ErrorAnswer.decode(answers[0].payload).sentence == sentence
    assert answers[1].kind == 134


def test_logits_that_are_not_finite_are_refused(converse: Converse, executor: PixelExecutor) -> None:
    executor.bias = np.inf
    _, answers = converse(LOAD, CLASSIFY)
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


def test_a_long_time_ends_when_nobody_listens_any_more(converse: Converse, executor: PixelExecutor) -> None:
    long = Frame(Kind.TIME, 4, TimeRequest(PIXELS, 100_000, 100_000).encode())
    status, answers = converse(LOAD, long, HELLO, input_ended=[False, False, True])
    assert status == 0
    assert [answer.kind for answer in answers] == [130, KIND_ERROR]
    assert 0 < executor.runs < 200_000
