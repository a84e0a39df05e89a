"""Hostile frames against a real runner process: an error answer or a sound one, never a crash or a hang."""

import io
import subprocess
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from mnist_bench.devices.this_computer import child_environment
from mnist_bench.network.network import Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, encode_frame, read_frame
from mnist_bench.protocol.messages import ClassifyRequest, ErrorAnswer, TimeRequest
from mnist_bench.protocol.tables import KIND_ERROR, MAX_ANSWER, MAX_REQUEST, ErrorCode, Kind
from tests.backends import QNNPACK_INT8, command_of
from tests.networks import random_network, tiny_network

CASES = 200
PIXELS = np.zeros((28, 28), np.uint8)
PAYLOADS: dict[int, bytes] = {
    Kind.HELLO: b"",
    Kind.LOAD: encode_network(tiny_network(), Precision.INT8),
    Kind.CLASSIFY: ClassifyRequest(np.stack([PIXELS] * 3)).encode(),
    Kind.TIME: TimeRequest(PIXELS, 1, 2).encode(),
    Kind.TRACE: PIXELS.tobytes(),
}

Runner = subprocess.Popen[bytes]


@pytest.fixture
def start_runner() -> Iterator[Callable[[], Runner]]:
    runners: list[Runner] = []

    def start() -> Runner:
        pipe = subprocess.PIPE
        runners.append(
            subprocess.Popen(
                command_of(QNNPACK_INT8), stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=child_environment()
            )
        )
        return runners[-1]

    yield start
    for runner in runners:
        runner.kill()
        with runner:
            pass


def exchange(runner: Runner, request: Frame) -> Frame:
    assert runner.stdin is not None
    assert runner.stdout is not None
    runner.stdin.write(encode_frame(request))
    runner.stdin.flush()
    answer = read_frame(runner.stdout, MAX_ANSWER)
    assert answer is not None, "The runner ended."
    return answer


def hostile_payload(rng: np.random.Generator, kind: int) -> bytes:
    """A payload with bytes changed in its first fields, cut, or longer than it should be."""
    data = bytearray(PAYLOADS[kind])
    if kind == Kind.LOAD and rng.integers(2):
        data = bytearray(encode_network(random_network(rng, quantized=True), Precision.INT8))
    if kind == Kind.TIME:
        data[:8] = rng.integers(100_001, 1 << 32, 2).astype("<u4").tobytes()  # more runs than there may be
    elif data:
        for at in rng.integers(0, min(len(data), 120), rng.integers(1, 5)):
            data[at] = rng.integers(256)
    match rng.integers(4):
        case 0:
            return bytes(data[: rng.integers(len(data) + 1)])
        case 1:
            return bytes(data) + rng.bytes(int(rng.integers(1, 2000)))
        case _:
            return bytes(data)


def test_hostile_payloads_are_refused_and_the_runner_goes_on(start_runner: Callable[[], Runner]) -> None:
    rng = np.random.default_rng(1)
    runner = start_runner()
    for number in range(CASES):
        kind = list(PAYLOADS)[rng.integers(len(PAYLOADS))]
        answer = exchange(runner, Frame(kind, number, hostile_payload(rng, kind)))
        assert answer.number == number
        assert answer.kind in (kind + 128, KIND_ERROR)
        if answer.kind == KIND_ERROR:
            assert ErrorAnswer.decode(answer.payload).sentence
    for kind, payload in PAYLOADS.items():
        assert exchange(runner, Frame(kind, 7, payload)).kind == kind + 128


SOUND = [encode_frame(Frame(kind, number, payload)) for number, (kind, payload) in enumerate(PAYLOADS.items())]
PROCESSES = 20
AT_ONCE = 4


def broken_stream(number: int) -> bytes:
    """Sound frames, then one with a wrong magic, version, zero or length in its header, or one that is cut."""
    rng = np.random.default_rng((2, number))
    sound = rng.integers(len(SOUND))
    frame = bytearray(SOUND[sound])
    match number % 5:
        case 0:
            frame[rng.integers(4)] ^= 1 << int(rng.integers(8))
        case 1:
            frame[4] ^= 1 << int(rng.integers(8))
        case 2:
            frame[6 + rng.integers(2)] ^= 1 << int(rng.integers(8))
        case 3:
            frame[12:16] = int(rng.integers(MAX_REQUEST + 1, 1 << 32)).to_bytes(4, "little")
        case _:
            del frame[int(rng.integers(1, len(frame))) :]
    return b"".join(SOUND[:sound]) + bytes(frame)


@pytest.mark.parametrize("first", range(0, PROCESSES, AT_ONCE))
def test_broken_streams_end_the_runner_with_a_word(start_runner: Callable[[], Runner], first: int) -> None:
    runners = [(start_runner(), broken_stream(number)) for number in range(first, first + AT_ONCE)]
    for runner, stream in runners:
        output, _ = runner.communicate(stream, timeout=60)
        reader = io.BytesIO(output)
        last = Frame(0, 0, b"")
        while (answer := read_frame(reader, MAX_ANSWER)) is not None:
            last = answer
        assert runner.returncode == 2
        assert (last.kind, last.number) == (KIND_ERROR, 0)
        assert ErrorAnswer.decode(last.payload).code == ErrorCode.FRAMING
