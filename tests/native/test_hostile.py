"""Hostile frames, payloads and networks against the native runner: an error answer or a sound one, never a crash."""

import numpy as np
import pytest

from mnist_bench.network.errors import NetworkError
from mnist_bench.network.network import ON_STREAM, PRECISIONS, Precision
from mnist_bench.network.wire import decode_network, encode_network
from mnist_bench.protocol.frames import Frame, encode_frame
from mnist_bench.protocol.messages import ClassifyRequest, ErrorAnswer, RunnerInfo, TimeRequest
from mnist_bench.protocol.tables import KIND_ERROR, MAX_REQUEST, ErrorCode, Kind
from tests.graphs import random_graph
from tests.native.conftest import Converse, Start
from tests.networks import random_network, tiny_network

PIXELS = np.zeros((28, 28), np.uint8)
PAYLOADS: dict[int, bytes] = {
    Kind.HELLO: b"",
    Kind.LOAD: encode_network(tiny_network(), Precision.INT8),
    Kind.CLASSIFY: ClassifyRequest(np.stack([PIXELS] * 3)).encode(),
    Kind.TIME: TimeRequest(PIXELS, 1, 2).encode(),
    Kind.TRACE: PIXELS.tobytes(),
    Kind.PEAK: b"",
}
SOUND = [encode_frame(Frame(kind, number, payload)) for number, (kind, payload) in enumerate(PAYLOADS.items())]


def damaged(rng: np.random.Generator, payload: bytes, reach: int) -> bytes:
    """`payload` with bytes changed in its first `reach`, and perhaps cut or made longer."""
    data = bytearray(payload)
    for at in rng.integers(0, min(len(data), reach), rng.integers(0, 5) if data else 0):
        data[at] = rng.integers(256) if rng.integers(2) else data[at] ^ (1 << int(rng.integers(8)))
    match rng.integers(8):
        case 0:
            return bytes(data[: rng.integers(len(data) + 1)])
        case 1:
            return bytes(data) + rng.bytes(int(rng.integers(1, 2000)))
        case _:
            return bytes(data)


def test_hostile_payloads_are_refused_and_the_runner_goes_on(start: Start, cases: int) -> None:
    rng = np.random.default_rng(1)
    runner = start()
    for _ in range(cases):
        kind = list(PAYLOADS)[rng.integers(len(PAYLOADS))]
        payload = damaged(rng, PAYLOADS[kind], 120)
        if kind == Kind.TIME:  # more runs than there may be, so that none takes long
            payload = rng.integers(100_001, 1 << 32, 2).astype("<u4").tobytes() + payload[8:]
        answer = runner.ask(kind, payload)
        assert answer.kind in (kind + 128, KIND_ERROR)
        if answer.kind == KIND_ERROR:
            assert ErrorAnswer.decode(answer.payload).sentence.endswith(".")
    for kind, payload in PAYLOADS.items():
        assert runner.ask(kind, payload).kind == kind + 128


@pytest.mark.parametrize("precision", ON_STREAM)
def test_a_network_is_sound_where_it_is_for_the_near_end(start: Start, precision: Precision, cases: int) -> None:
    """Damaged networks, mostly in the first bytes of their layers; what is loaded can be executed, too."""
    rng = np.random.default_rng(2)
    if precision in PRECISIONS:
        runner = start()
        computed = runner.answer(Kind.HELLO, b"", RunnerInfo.decode).capabilities
    else:
        runner = start("--kernels", "portable")
        computed = (*PRECISIONS, Precision.FP16)  # on every computer
    sound = 0
    for _ in range(cases):
        make = random_network if rng.integers(2) else random_graph
        network = make(rng, quantized=precision is Precision.INT8)
        data = damaged(rng, encode_network(network, precision), int(rng.choice([40, 150, 1 << 20])))
        answer = runner.ask(Kind.LOAD, data)
        told = sound_precision(data)
        if told is not None and told not in computed:
            assert ErrorAnswer.decode(answer.payload).code == ErrorCode.UNSUPPORTED
            sound += 1
        elif told is not None:
            assert answer.kind == Kind.LOAD + 128, ErrorAnswer.decode(answer.payload)
            assert runner.ask(Kind.TRACE, PIXELS.tobytes()).kind == Kind.TRACE + 128
            sound += 1
        else:
            assert answer.kind == KIND_ERROR
            assert ErrorAnswer.decode(answer.payload).code == ErrorCode.BAD_NETWORK
            assert runner.refusal(Kind.TRACE, PIXELS.tobytes()).code == ErrorCode.NO_NETWORK
    assert 0 < sound < cases


def sound_precision(data: bytes) -> Precision | None:
    """What it was encoded for; None where it is not sound."""
    try:
        return decode_network(data)[1]
    except NetworkError:
        return None


def broken_stream(number: int) -> bytes:
    """Sound frames, then one with a wrong magic, version, zero or length in its header, or one that is cut."""
    rng = np.random.default_rng((3, number))
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


@pytest.mark.parametrize("number", range(40))
def test_broken_streams_end_the_runner_with_a_word(converse: Converse, number: int) -> None:
    status, answers = converse(broken_stream(number))
    assert status == 2
    assert (answers[-1].kind, answers[-1].number) == (KIND_ERROR, 0)
    assert ErrorAnswer.decode(answers[-1].payload).code == ErrorCode.FRAMING
