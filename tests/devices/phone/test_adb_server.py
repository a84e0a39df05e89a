"""What there is instead of a sound adb server: none, one that says nothing, one that talks nonsense, a port in use."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import (
    AdbRefused,
    AdbTrouble,
    NoAdb,
    NoServer,
    PhoneError,
    PhoneGone,
    PhoneTimedOut,
)
from mnist_bench.devices.phone.follower import PhoneFollower
from mnist_bench.devices.phone.phones import Phone
from tests.phone.virtual_phone import free_port


@contextlib.contextmanager
def odd_server(says: bytes, closes: bool = False) -> Iterator[int]:
    """Somebody at a port who says the same to everybody, whatever they ask, and then hangs up or does not."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    held.append(client)
                    client.recv(4096)
                    client.sendall(says)
                    if closes:
                        client.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for client in held:
                client.close()


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "Something other than an adb server answers"),
        (b"OKAYzzzz", "gave the length of its answer as"),
        (b"FAIL0004oops", "oops"),
    ],
)
def test_nonsense_is_said_to_be_nonsense(says: bytes, sentence: str) -> None:
    with odd_server(says) as port, pytest.raises(PhoneError, match=sentence):
        Adb(port).phones()


@pytest.mark.parametrize("says", [b"", b"OK", b"OKAY", b"OKAY00", b"OKAY0010half"])
def test_a_server_that_hangs_up_half_way_is_trouble(says: bytes) -> None:
    with odd_server(says, closes=True) as port, pytest.raises(AdbTrouble, match="ended while it was asked"):
        Adb(port).phones()


def test_a_server_that_says_nothing_costs_no_more_than_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with odd_server(b"OKAY") as port, pytest.raises(PhoneTimedOut, match=r"X did not answer within 0\.3 s"):
        Adb(port).shell("X", "true", seconds=0.3)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("says", "error", "sentence"),
    [
        (b"OKAYOKAY\x01\xff\xff\xff\xff", AdbTrouble, "wrote more than 4 MiB"),
        (b"OKAYOKAY\x07\x01\x00\x00\x00x\x03\x00\x00\x00\x00", PhoneGone, "The connection to X broke"),
        (b"OKAYOKAY\x01\x05\x00\x00\x00half", PhoneGone, "The connection to X broke"),
        (b"OKAYWHAT", AdbTrouble, "Something other than an adb server"),
    ],
)
def test_a_phone_that_answers_nonsense_to_a_command_says_so(
    says: bytes, error: type[PhoneError], sentence: str
) -> None:
    with odd_server(says, closes=True) as port, pytest.raises(error, match=sentence):
        Adb(port).shell("X", "true")


@pytest.mark.parametrize(
    ("says", "error", "sentence"),
    [
        (b"OKAYOKAYFAIL\x04\x00\x00\x00oops", AdbRefused, "oops"),
        (b"OKAYOKAYFAIL\xff\xff\xff\xffoops", PhoneTimedOut, "X did not answer within 1 s"),
        (b"OKAYOKAYWHAT\x00\x00\x00\x00", AdbRefused, "it answered b'WHAT'"),
        (b"OKAYOKAYOK", PhoneTimedOut, "X did not answer within 1 s"),
    ],
)
def test_a_phone_that_answers_nonsense_to_a_file_says_so(says: bytes, error: type[PhoneError], sentence: str) -> None:
    with odd_server(says) as port, pytest.raises(error, match=sentence):
        Adb(port).push("X", b"data", "/x", seconds=1)


def test_without_adb_there_is_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADBUTILS_ADB_PATH", "/nowhere/adb")
    with pytest.raises(NoAdb, match=r"The program /nowhere/adb cannot be started.* ADBUTILS_ADB_PATH"):
        Adb(free_port()).phones()


def test_a_follower_without_adb_says_so_once_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADBUTILS_ADB_PATH", "/nowhere/adb")
    troubles: list[PhoneError | None] = []
    told = threading.Event()
    phones: list[tuple[Phone, ...]] = []

    def on_trouble(trouble: PhoneError | None) -> None:
        troubles.append(trouble)
        told.set()

    follower = PhoneFollower(phones.append, on_trouble, Adb(free_port()))
    follower.start()
    assert told.wait(10)
    follower.close()
    assert [type(trouble) for trouble in troubles] == [NoAdb]


def test_an_adb_that_is_something_else_is_trouble_with_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "adb"
    program.write_text("#!/bin/sh\necho 'this is not adb' >&2\nexit 4\n")
    program.chmod(0o755)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(program))
    with pytest.raises(AdbTrouble, match="did not start: this is not adb"):
        Adb(free_port()).phones()


@pytest.mark.parametrize(("named", "port"), [("6001", 6001), ("", 5037), ("0", 5037), ("70000", 5037), ("abc", 5037)])
def test_the_port_is_the_one_that_adb_itself_is_told(monkeypatch: pytest.MonkeyPatch, named: str, port: int) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", named)
    assert Adb().port == port


def test_where_the_server_must_not_be_started_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADBUTILS_ADB_PATH", "/nowhere/adb")
    with pytest.raises(NoServer):
        Adb(free_port()).phones(start=False)


def test_closing_a_follower_does_not_wait_for_a_server_that_is_slow_to_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    program = tmp_path / "adb"
    program.write_text(f"#!/bin/sh\necho x >{started}\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(program))
    follower = PhoneFollower(lambda _: None, lambda _: None, Adb(free_port()))
    follower.start()
    started.read_bytes()
    began = time.monotonic()
    follower.close()
    assert time.monotonic() - began < 1.5


def test_the_adb_that_adbutils_brings_is_found_without_importing_it() -> None:
    # Its import takes half a second, and prints a warning of requests' where memory is short.
    module = "mnist_bench.devices.phone.server"
    script = f"import sys, {module} as s; print(s.find_adb()); sys.exit('adbutils' in sys.modules)"
    alone = {"PATH": "/nowhere"}
    done = subprocess.run((sys.executable, "-c", script), env=alone, capture_output=True, text=True)
    assert done.returncode == 0
    version = subprocess.run((done.stdout.strip(), "version"), capture_output=True, text=True).stdout
    assert version.startswith("Android Debug Bridge")
