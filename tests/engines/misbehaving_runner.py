"""A runner without a network, for tests of the engine: misbehaving_runner.py REQUEST BEHAVIOUR [FIFO]

It keeps to docs/protocol.md, with zeros for logits, until it is asked for REQUEST (hello, load, classify, time, trace,
close); then it does as BEHAVIOUR says, or, as NAME@N says, the Nth time alone. Before it hangs it writes to the named
pipe FIFO, so that a test knows it does. It imports nothing of mnist_bench: it starts in a moment, and is a second
reading of the protocol.
"""

import os
import signal
import struct
import sys
import time
from collections.abc import Callable
from typing import NoReturn

HEADER = struct.Struct("<4sBBHII")
KINDS = {1: "hello", 2: "load", 3: "classify", 4: "time", 5: "trace", 6: "close"}


def frame(kind: int, number: int, payload: bytes) -> bytes:
    header: bytes = HEADER.pack(b"MNBP", 1, kind, 0, number, len(payload))
    return header + payload


def send(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def text(value: str) -> bytes:
    return struct.pack("<H", len(value)) + value.encode()


def error(code: int, sentence: str) -> bytes:
    return struct.pack("<I", code) + text(sentence)


def sound_answer(kind: int, payload: bytes) -> bytes:
    count: int
    runs: int
    match KINDS[kind]:
        case "hello":
            return text("misbehaving") + text("0") + struct.pack("<HHH", 1, 0, 0)
        case "load":
            return struct.pack("<QQQ", 1, 2, 3)
        case "classify":
            (count,) = struct.unpack_from("<I", payload)
            return struct.pack("<IIQQ", count, 10, 1, 3) + bytes(40 * count)
        case "time":
            _, runs = struct.unpack_from("<II", payload)
            return struct.pack("<IIQ", runs, 0, 3) + struct.pack("<Q", 5) * runs
        case "trace":
            return struct.pack("<I", 1) + text("flatten") + struct.pack("<IIQIIf", 1, 1, 5, 1, 1, 0.5)
        case _:
            return b""


def tell_the_test() -> None:
    pipe = os.open(sys.argv[3], os.O_WRONLY)
    os.write(pipe, b".")
    os.close(pipe)


def stay() -> NoReturn:
    if len(sys.argv) > 3:
        tell_the_test()
    while True:
        signal.pause()


def say(words: str) -> None:
    os.write(2, words.encode())


def die(kind: int, number: int, payload: bytes) -> None:
    say("Loading the kernels\nFatal: the kernels are broken\n")
    sys.exit(3)


def crash(kind: int, number: int, payload: bytes) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_inside_a_frame(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind + 128, number, bytes(1000))[:-1])
    say("No more\n")
    sys.exit(4)


def close_output(kind: int, number: int, payload: bytes) -> None:
    say("That is all\n")
    os.close(1)
    stay()


def leave_a_child(kind: int, number: int, payload: bytes) -> None:
    """Ends, but something that it started keeps its output open."""
    if os.fork():
        os._exit(3)
    stay()


def hang(kind: int, number: int, payload: bytes) -> None:
    stay()


def hang_with_words(kind: int, number: int, payload: bytes) -> None:
    say("Waiting for the moon\n")
    stay()


def answer_when_told(kind: int, number: int, payload: bytes) -> None:
    """Says through the pipe that it is at work, and answers once the test has opened it in its turn."""
    tell_the_test()
    os.close(os.open(sys.argv[3], os.O_RDONLY))
    sound(kind, number, payload)


def trickle(kind: int, number: int, payload: bytes) -> None:
    """An answer that never ends, byte by byte."""
    send(HEADER.pack(b"MNBP", 1, kind + 128, 0, number, 4000))
    while True:
        send(b"x")
        time.sleep(0.01)


def garbage(kind: int, number: int, payload: bytes) -> None:
    say("Talking\n")
    send(b"Welcome to the runner! " * 10)
    stay()


def another_version(kind: int, number: int, payload: bytes) -> None:
    send(HEADER.pack(b"MNBP", 9, kind + 128, 0, number, 0))


def too_long(kind: int, number: int, payload: bytes) -> None:
    send(HEADER.pack(b"MNBP", 1, kind + 128, 0, number, (64 << 20) + 1))


def wrong_number(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind + 128, number + 1, sound_answer(kind, payload)))


def wrong_kind(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind + 129, number, sound_answer(kind, payload)))


def a_request(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind, number, sound_answer(kind, payload)))


def short(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind + 128, number, sound_answer(kind, payload)[:-1]))


def long(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind + 128, number, sound_answer(kind, payload) + b"\0"))


def not_finite(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind + 128, number, sound_answer(kind, payload)[:-4] + struct.pack("<f", float("nan"))))


def refuse(kind: int, number: int, payload: bytes) -> None:
    send(frame(255, number, error(8, "It did not work.")))


def refuse_another(kind: int, number: int, payload: bytes) -> None:
    send(frame(255, number + 1, error(8, "It did not work.")))


def refuse_with_garbage(kind: int, number: int, payload: bytes) -> None:
    send(frame(255, number, b"\0\0"))


def unavailable(kind: int, number: int, payload: bytes) -> None:
    send(frame(255, number, error(7, "The library is missing.")))


def framing(kind: int, number: int, payload: bytes) -> None:
    send(frame(255, 0, error(1, "What is this?")))
    sys.exit(2)


def flood(kind: int, number: int, payload: bytes) -> None:
    """Megabytes of words, some in a line without an end, then a sound answer."""
    for _ in range(2000):
        say("x" * 999 + "\n")
    say("y" * 1_000_000)
    send(frame(kind + 128, number, sound_answer(kind, payload)))


def stubborn(kind: int, number: int, payload: bytes) -> None:
    """Answers, but ends neither with its input nor by SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    send(frame(kind + 128, number, sound_answer(kind, payload)))
    stay()


def sound(kind: int, number: int, payload: bytes) -> None:
    send(frame(kind + 128, number, sound_answer(kind, payload)))


def read_exactly(size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = os.read(0, size - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def main() -> None:
    wanted = sys.argv[1]
    name, _, nth = sys.argv[2].partition("@")
    behaviour: Callable[[int, int, bytes], None] = globals()[name]
    asked = 0
    while True:
        _, _, kind, _, number, size = HEADER.unpack(read_exactly(16))
        payload = read_exactly(size)
        asked += KINDS[kind] == wanted
        misbehaves = KINDS[kind] == wanted and (not nth or asked == int(nth))
        (behaviour if misbehaves else sound)(kind, number, payload)
        if KINDS[kind] == "close":
            sys.exit(0)


main()
