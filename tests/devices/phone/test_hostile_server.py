"""What listens at adb's port may answer anything: there is a sentence, another connection, and never a stall."""

import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from mnist_bench.devices.phone import follower as follower_module
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import AdbTrouble, PhoneError
from mnist_bench.devices.phone.follower import PhoneFollower
from mnist_bench.devices.phone.states import PhoneState
from tests.devices.phone.conftest import Listening
from tests.devices.phone.scripted_adb import ScriptedAdb, fail

FOLLOW = "host:track-devices-l"
FLOOD_SECONDS = 0.7
MOST_BYTES = 3_000_000  # that a flood may make the follower hold


@contextmanager
def followed(server: ScriptedAdb) -> Iterator[Listening]:
    listening = Listening()
    follower = PhoneFollower(listening.on_change, listening.on_trouble, Adb(server.port))
    follower.start()
    try:
        yield listening
    finally:
        began = time.monotonic()
        follower.close()
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("length", ["-fff", "+fff", " fff", "fff ", "0x1f", "f_ff", "zzzz", "\0\0\0\0", "F\xe9\xe9F"])
def test_a_length_that_is_none_is_told_and_the_list_is_asked_for_again(
    length: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower_module, "_AGAIN_SECONDS", 0.05)
    answers = iter([f"{length}{'x' * 50}".encode("latin-1")])
    held: list[socket.socket] = []

    def answer(client: socket.socket) -> None:
        held.append(client)
        client.sendall(b"OKAY" + next(answers, b"000cHT7 device\n\n"))

    with ScriptedAdb({FOLLOW: answer}) as server, followed(server) as listening:
        listening.wait_for_state("HT7", PhoneState.DEVICE)
        assert server.asked.count(FOLLOW) == 2
        assert isinstance(listening.troubles[0], AdbTrouble)
        assert "the length of its answer as" in str(listening.troubles[0])
        assert listening.troubles[1] is None


ASKED: list[Callable[[Adb], object]] = [
    lambda adb: adb.phones(),
    lambda adb: adb.server_version(),
    lambda adb: adb.shell("X", "true"),
    lambda adb: adb.connect("10.0.0.7:5555"),
    lambda adb: adb.pair("10.0.0.7:5555", "123456"),
]


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize(
    "answer",
    [b"FAIL" * 10_000, b"OKAY" + b"FAIL" * 10_000, b"OKAY" * 10_000, b"OKAYFAIL-001", b"OKAYffff" + b"\xff" * 100],
    ids=["failures", "failures inside", "okays", "negative", "no text"],
)
def test_failures_inside_failures_are_one_sentence(ask: Callable[[Adb], object], answer: bytes) -> None:
    def say(client: socket.socket) -> None:
        client.sendall(answer)
        client.shutdown(socket.SHUT_WR)

    with ScriptedAdb({"": say}) as server, pytest.raises(PhoneError) as caught:
        ask(Adb(server.port))
    assert len(str(caught.value)) < 700
    assert str(caught.value).isprintable()


def test_a_server_that_lists_no_phones_says_why() -> None:
    said = r"lists no phones\. It says: unknown host service\."
    with (
        ScriptedAdb({"host:devices-l": fail("unknown host service")}) as server,
        pytest.raises(AdbTrouble, match=said) as caught,
    ):
        Adb(server.port).phones()
    assert caught.value.advice


def test_of_thousands_of_lists_a_second_the_newest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each names other phones; memory does not grow, and the last list is told at once."""
    ended = threading.Event()
    sent = count()

    def flood(client: socket.socket) -> None:
        client.sendall(b"OKAY")

        def send() -> None:
            end = time.monotonic() + FLOOD_SECONDS
            while time.monotonic() < end:
                lists = (f"PHONE{next(sent)} device model:Model{number}\n".encode() for number in range(200))
                client.sendall(b"".join(b"%04x%s" % (len(one), one) for one in lists))
            client.sendall(b"000bLAST device")
            ended.set()

        threading.Thread(target=send, daemon=True).start()

    tracemalloc.start()
    with ScriptedAdb({FOLLOW: flood, "host:transport": lambda client: client.close()}) as server:
        with followed(server) as listening:
            assert ended.wait(60)
            listening.wait_for_state("LAST", PhoneState.DEVICE, 10)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
        tracemalloc.stop()
    assert next(sent) > 5_000 * FLOOD_SECONDS
    assert len(listening.told) <= 20 * FLOOD_SECONDS
