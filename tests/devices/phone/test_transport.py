"""A runner at the end of a held stream on a real adbd: answers, ends of all kinds, and nothing left on the phone."""

import threading
import time

import numpy as np
import pytest

from mnist_bench.base.locations import NATIVE_RUNNER
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import NotDeployable, PhoneGone
from mnist_bench.devices.phone.transport import AdbTransport, open_runner
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.frames import Frame, answer_kind, encode_frame, read_frame
from mnist_bench.protocol.messages import RunnerInfo, TimeRequest
from mnist_bench.protocol.tables import MAX_ANSWER, Kind
from tests.devices.phone.conftest import Ship
from tests.phone.adb_server import AdbServer
from tests.phone.virtual_phone import VirtualPhone, wait_until

pytestmark = pytest.mark.phone

ECHO = "exec cat"
BLOCK = 4096  # bytes that a raw terminal surely takes at once


@pytest.fixture
def echo(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> AdbTransport:
    """A runner that says what it hears."""
    return _opened(phone, own_adb, ship, ECHO)


def _opened(phone: VirtualPhone, adb: Adb, ship: Ship, script: str) -> AdbTransport:
    ship(script)
    return open_runner(phone.serial, "Pixel 7", adb=adb)


def _hello(transport: AdbTransport) -> RunnerInfo:
    transport.write(encode_frame(Frame(Kind.HELLO, 1, b"")))
    answer = read_frame(transport, MAX_ANSWER)
    assert answer is not None
    assert answer.kind == answer_kind(Kind.HELLO)
    return RunnerInfo.decode(answer.payload)


@pytest.mark.parametrize("core", [None, 0])
def test_the_shipped_runner_answers(phone: VirtualPhone, own_adb: Adb, core: int | None) -> None:
    options = ("--awake",) if core is None else ("--core", str(core), "--awake")
    transport = open_runner(phone.serial, "Pixel 7", options, own_adb)
    info = _hello(transport)
    assert info.facts["abi"] == "arm64-v8a"
    assert info.facts["core"] == ("any" if core is None else "0")
    transport.write(encode_frame(Frame(Kind.CLOSE, 2, b"")))
    transport.close(5)
    assert phone.commands() == []
    assert phone.files() == [NATIVE_RUNNER]


def test_all_bytes_come_back_in_pieces_of_any_size(echo: AdbTransport) -> None:
    sent = bytes(range(256)) * 16
    for size in (7, 1000, BLOCK):
        for start in range(0, len(sent), size):
            echo.write(sent[start : start + size])
            echo.flush()
            assert echo.read(len(sent[start : start + size])) == sent[start : start + size]
    echo.close(0)


def test_an_answer_of_many_packets_does_not_wait_for_acknowledgments(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    """Each packet but the first would wait 40 ms if they were put off."""
    transport = _opened(phone, own_adb, ship, "while read -r size; do head -c $size /dev/zero; done")
    times = []
    for _ in range(10):
        began = time.monotonic()
        transport.write(b"40000\n")
        assert len(transport.read(40000)) == 40000
        times.append(time.monotonic() - began)
    transport.close(0)
    assert min(times) < 0.03


def test_a_runner_that_dies_leaves_its_status_and_last_words(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    transport = _opened(phone, own_adb, ship, "echo 'first' >&2; echo 'out of memory' >&2; exit 3")
    assert transport.read(16) == b""
    end = transport.end()
    assert (end.words, end.unreachable) == ("ended with status 3", False)
    assert transport.last_words() == "first\nout of memory"
    transport.close(0.5)
    assert phone.files() == [NATIVE_RUNNER]


def test_a_runner_that_stops_in_the_middle_of_an_answer_is_read_to_there(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    transport = _opened(phone, own_adb, ship, "echo -n half")
    assert transport.read(16) == b"half"
    assert transport.end().words == "ended with status 0"
    transport.close(0)


def test_a_killed_runner_is_told_from_a_lost_phone(echo: AdbTransport, phone: VirtualPhone, own_adb: Adb) -> None:
    echo.write(b"x")
    assert echo.read(1) == b"x"
    own_adb.shell(phone.serial, "pkill", "-9", "cat")
    assert echo.read(1) == b""
    end = echo.end()
    assert end.words == "was killed by signal 9 (Killed), as a system does that runs out of memory"
    assert not end.unreachable
    echo.close(0)


def test_a_phone_unplugged_under_a_held_stream_is_unreachable(echo: AdbTransport, phone: VirtualPhone) -> None:
    phone.unplug()
    assert echo.read(1) == b""
    began = time.monotonic()
    end = echo.end()
    assert end.unreachable
    assert "cannot be reached: the phone is" in end.words
    assert echo.last_words() == ""
    echo.close(2)
    assert time.monotonic() - began < 2


def test_a_phone_that_is_back_already_is_unreachable_too(
    echo: AdbTransport, phone: VirtualPhone, adb: AdbServer
) -> None:
    phone.unplug()
    phone.boot()
    adb("disconnect", phone.serial)
    adb("connect", phone.serial)
    assert echo.read(1) == b""
    assert echo.end().unreachable
    echo.close(0)


def test_nobody_waits_long_for_the_last_words_of_a_phone_out_of_reach(echo: AdbTransport, phone: VirtualPhone) -> None:
    """As a cancel does: how the runner ended, what it wrote, and nothing left of it."""
    with phone.frozen():
        echo.abort()
        began = time.monotonic()
        assert echo.end().unreachable
        assert echo.last_words() == ""
        echo.close(0)
        assert time.monotonic() - began < 1.5


def test_last_words_are_text_whatever_the_runner_wrote(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    words = f"a\x1b[2Jb\x07\n\n{'x' * 900}"
    transport = _opened(phone, own_adb, ship, f"cat >&2 <<'END'\n{words}\nEND\nexit 3")
    assert transport.read(16) == b""
    assert transport.end().words == "ended with status 3"
    assert transport.last_words() == f"a [2Jb\n{'x' * 199}…"
    transport.close(0)


def test_without_the_adb_server_the_phone_is_unreachable_and_the_server_is_not_started(
    echo: AdbTransport, adb: AdbServer, own_adb: Adb
) -> None:
    adb.kill()
    assert echo.read(1) == b""
    assert echo.end().unreachable
    echo.close(1)
    with pytest.raises(Exception, match="is not running"):
        own_adb.phones(start=False)


@pytest.mark.parametrize("script", [ECHO, "while :; do :; done", "exec sleep 1000"])
def test_abort_from_another_thread_ends_a_blocked_read_and_the_runner(
    phone: VirtualPhone, own_adb: Adb, ship: Ship, script: str
) -> None:
    transport = _opened(phone, own_adb, ship, script)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(transport.read(1)))
    reader.start()
    wait_until(lambda: phone.commands() != [])
    transport.abort()
    reader.join(2)
    assert read == [b""]
    assert transport.end().unreachable is False
    transport.close(0)
    wait_until(lambda: phone.commands() == [], 1)
    assert phone.files() == [NATIVE_RUNNER]


def test_abort_ends_a_write_that_nobody_reads(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    transport = _opened(phone, own_adb, ship, "exec sleep 1000")
    failed: list[OSError] = []

    def write() -> None:
        try:
            transport.write(bytes(64 << 20))
        except OSError as error:
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.5)
    assert writer.is_alive(), "It should be more than any buffer takes."
    transport.abort()
    writer.join(5)
    assert failed
    transport.close(0)


def test_a_runner_in_the_middle_of_a_long_time_ends_with_its_stream(phone: VirtualPhone, own_adb: Adb) -> None:
    transport = open_runner(phone.serial, "Pixel 7", adb=own_adb)
    transport.write(encode_frame(Frame(Kind.LOAD, 1, encode_network(load_network("digits-cnn"), Precision.FP32))))
    assert read_frame(transport, MAX_ANSWER) is not None
    long = TimeRequest(np.zeros((28, 28), np.uint8), warm_up=0, runs=100_000)
    transport.write(encode_frame(Frame(Kind.TIME, 2, long.encode())))
    transport.abort()
    wait_until(lambda: phone.commands() == [], 5)  # without having been asked to
    transport.close(0)


def test_options_and_folders_are_quoted(phone: VirtualPhone, own_adb: Adb, ship: Ship) -> None:
    data = ship('for word; do echo "$word"; done')
    own_adb.push(phone.serial, data, "/data/local/tmp/a 'b'/$(id)", mode=0o755)
    own_adb.shell(phone.serial, "chmod", "700", "/data/local/tmp/a 'b'")
    transport = AdbTransport(own_adb, phone.serial, "X", "/data/local/tmp/a 'b'/$(id)", ["; exit 3", "`id`", "$HOME"])
    assert transport.read(20) == b"; exit 3\n`id`\n$HOME\n"
    assert transport.read(1) == b""
    assert transport.end().words == "ended with status 0"
    transport.close(0.5)
    assert phone.files("a 'b'") == ["$(id)"]


def test_a_phone_that_is_not_there_opens_nothing(own_adb: Adb) -> None:
    with pytest.raises(PhoneGone):
        open_runner("nobody", "Pixel 7", adb=own_adb)


def test_a_program_that_cannot_start_says_why_when_it_is_brought_there(
    phone: VirtualPhone, own_adb: Adb, ship: Ship
) -> None:
    ship(b"#!/nowhere\n")
    with pytest.raises(NotDeployable, match="does not run programs"):
        open_runner(phone.serial, "Pixel 7", adb=own_adb)
