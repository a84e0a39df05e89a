"""Why adb does not start, told by its one fatal line, with what to do: its own words, and those of a real one."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import AdbTrouble, NoAdb
from mnist_bench.devices.phone.server import usual_port
from mnist_bench.devices.phone.server_trouble import no_start
from tests.devices.phone.scripted_adb import ScriptedAdb, silent
from tests.phone.adb_server import AdbServer
from tests.phone.virtual_phone import free_port

PORT = 5037

# What adb 26 to 36 write around their fatal line.
OLD = """* daemon not running; starting now at tcp:5037
ADB server didn't ACK
Full server startup log: /tmp/adb.1000.log
Server had pid: 20075
--- adb starting (pid 20075) ---
adb I 07-26 16:16:06 20075 20075 main.cpp:57] Android Debug Bridge version 1.0.39
adb I 07-26 16:16:06 20075 20075 main.cpp:57]{space}
{fatal}

* failed to start daemon
error: cannot connect to daemon
"""


@pytest.mark.parametrize(
    ("fatal", "why", "advice"),
    [
        (
            "error: could not install *smartsocket* listener: cannot bind to 127.0.0.1:5037: Only one usage (10048)",
            "could not install *smartsocket* listener: cannot bind to 127.0.0.1:5037: Only one usage (10048)",
            "If another program uses port 5037, end it",
        ),
        (
            "adb F 05-08 15:28:38  51  51 main.cpp:155] could not install *smartsocket* listener: Permission denied",
            "could not install *smartsocket* listener: Permission denied",
            "as a snap is. Install another adb",
        ),
        (
            "adb F 08-10 03:39:45 15195 15195 adb_utils.cpp:316] Cannot mkdir '/home/me/.android': Permission denied",
            "Cannot mkdir '/home/me/.android': Permission denied",
            "set HOME to a folder",
        ),
        (
            "11-28 08:46:48.475  7816  7816 F adb     : auth.cpp:399 Failed to generate user key",
            "Failed to generate user key",
            "set HOME to a folder",
        ),
        (
            "11-28 08:46:48.475  7816  7816 F adb     : main.cpp:55 cannot open /tmp/adb.1000.log: Permission denied",
            "cannot open /tmp/adb.1000.log: Permission denied",
            "set TMPDIR to one",
        ),
        (
            "adb: error while loading shared libraries: libusb-1.0.so.0: cannot open shared object file",
            "error while loading shared libraries: libusb-1.0.so.0: cannot open shared object file",
            "This adb is incomplete",
        ),
        ("Segmentation fault", "Segmentation fault", "run `adb kill-server`"),
        ("", "it ended with status 1", "run `adb kill-server`"),
    ],
)
def test_the_fatal_line_alone_is_told_with_what_fits_it(fatal: str, why: str, advice: str) -> None:
    for text in (OLD.format(fatal=fatal, space=" "), OLD.format(fatal=fatal, space=" ").replace("\n", "\r\n")):
        error = no_start(text, 1, PORT)
        assert error.message.endswith(f"{why}.")
        assert "daemon" not in error.message
        assert advice in error.advice


@pytest.mark.parametrize(("status", "why"), [(0, "ended with status 0"), (-9, "was killed by signal 9")])
def test_an_adb_that_ends_without_a_word_and_a_server_is_broken(status: int, why: str) -> None:
    error = no_start("", status, PORT)
    assert error.message == f"The adb server did not start: it {why}."
    assert error.advice.endswith("Install another adb, and name it in ADBUTILS_ADB_PATH.")


def test_a_server_of_another_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    error = no_start("adb server version (41) doesn't match this client (39); killing...\n", 1, PORT)
    assert "version (41) doesn't match this client (39)" in error.message
    assert "the same adb" in error.advice


@pytest.mark.phone
@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ({"HOME": "/proc/nowhere"}, r"Cannot mkdir .*set HOME"),
        ({"TMPDIR": "/proc/nowhere"}, r"cannot open .*set TMPDIR"),
    ],
)
def test_a_real_adb_that_finds_no_place_for_its_files(
    adb: AdbServer, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], why: str
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AdbTrouble, match=rf"^The adb server did not start: {why}"):
        Adb(free_port()).phones()


@pytest.mark.phone
def test_a_real_adb_whose_port_is_taken(adb: AdbServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # it does not listen: nobody can ask who it is
        port = taken.getsockname()[1]
        with pytest.raises(AdbTrouble, match=f"Address already in use. If another program uses port {port}, end it"):
            Adb(port).phones()


def test_a_program_that_is_no_adb_and_keeps_silent_is_named_as_a_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_bench.devices.phone.adb._ASK_SECONDS", 0.2)
    with (
        ScriptedAdb({"": silent}) as server,
        pytest.raises(AdbTrouble, match=f"If another program uses port {server.port}"),
    ):
        Adb(server.port).server_version()


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda path: path.write_text("#!/bin/sh\n"), "Make it executable"),
        (lambda path: path.mkdir(), "Name the program itself"),
        (lambda path: path.symlink_to(path), "Name the program itself"),
        (lambda path: (path.write_text("#!/no/loader\n"), path.chmod(0o755)), "another kind of computer"),
        (lambda _path: None, "Install it"),
        (lambda path: (path.write_bytes(b"\x7fELF\2\1\1"), path.chmod(0o755)), "another kind of computer"),
    ],
)
def test_an_adb_that_cannot_be_run_says_why(
    make: Callable[[Path], object], advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "adb")
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(tmp_path / "adb"))
    with pytest.raises(NoAdb, match=rf"adb cannot be started: .*\. {advice}|adb cannot be started: .*{advice}"):
        Adb(free_port()).phones()


@pytest.mark.parametrize(
    ("named", "port"),
    [
        *(("tcp:6001", 6001), ("tcp:localhost:6001", 6001), ("tcp:127.0.0.1:6001", 6001)),
        *(("tcp:1.2.3.4:6001", 7000), ("nonsense", 7000), ("tcp:0", 7000), ("localfilesystem:/x", 7000)),
    ],
)
def test_the_socket_that_adb_itself_is_told_is_asked_where_it_is_a_port_of_this_computer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, named: str, port: int
) -> None:
    monkeypatch.setenv("ADB_SERVER_SOCKET", named)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "7000")
    assert usual_port() == port
    assert ("is ignored" in caplog.text) is (port == 7000)
