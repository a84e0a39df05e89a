"""Starts the adb server so that it outlives this program and keeps none of its files open."""

import importlib.util
import logging
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.base.errors import Cancelled
from mnist_bench.base.locks import held
from mnist_bench.base.text import whole_number
from mnist_bench.devices.phone.errors import AdbTrouble, NoAdb
from mnist_bench.devices.phone.link import LOOK_SECONDS
from mnist_bench.devices.phone.server_trouble import cannot_run, no_start

_log = logging.getLogger("mnist_bench.adb")

_START_SECONDS = 20.0
_MAX_SAID = 1 << 16  # bytes
_DEFAULT_PORT = 5037
_PORT = r"[0-9]{1,5}"
_SOCKET = re.compile(rf"tcp:(?:(?:localhost|127\.0\.0\.1):)?({_PORT})")
_one_at_a_time = threading.Lock()


def start_server(port: int, cancelled: Callable[[], bool]) -> None:
    """Start the adb server at `port` unless it runs, which takes a second or more; returns when it answers.

    Raises NoAdb, AdbTrouble where it does not start within 20 s, and Cancelled soon after `cancelled` is true.
    """
    with held(_one_at_a_time, cancelled):
        if _answers(port):
            return
        program = find_adb()
        started = time.monotonic()
        # Not a pipe: the server would hold its end open for as long as it runs.
        with tempfile.TemporaryFile() as output:
            status = _run(program, port, output.fileno(), started + _START_SECONDS, cancelled)
            output.seek(0)
            said = output.read(_MAX_SAID).decode(errors="replace")
        if status is None:
            raise AdbTrouble(f"The adb server did not start within {words.seconds(_START_SECONDS)}.")
        if status != 0 or not _answers(port):
            raise no_start(said, status, port)
        _log.info("started the adb server with %s, %.0f ms", program, 1000 * (time.monotonic() - started))


def usual_port() -> int:
    """The port at which adb itself looks for its server on this computer.

    As adb does: $ADB_SERVER_SOCKET's (tcp:[localhost:]PORT), else $ANDROID_ADB_SERVER_PORT's, else 5037.
    """
    for name, form in (("ADB_SERVER_SOCKET", _SOCKET), ("ANDROID_ADB_SERVER_PORT", re.compile(f"({_PORT})"))):
        named = os.environ.get(name, "")
        match = form.fullmatch(named)
        port = whole_number(match[1], range(1, 65536)) if match else None
        if port is not None:
            return port
        if named:
            _log.warning("%s does not name a port of this computer, and is ignored: %r", name, named)
    return _DEFAULT_PORT


def find_adb() -> str:
    """The adb program: $ADBUTILS_ADB_PATH, else the one in PATH, else the one that adbutils brings; NoAdb if none.

    adbutils is looked up, never imported: that takes half a second, and warns where memory is short.
    """
    named = os.environ.get("ADBUTILS_ADB_PATH") or shutil.which("adb")
    if named:
        return named
    package = importlib.util.find_spec("adbutils")
    folders = package.submodule_search_locations or () if package else ()
    for folder in folders:
        brought = shutil.which("adb", path=str(Path(folder, "binaries")))
        if brought:
            return brought
    raise NoAdb("There is no adb on this computer.")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def _run(program: str, port: int, output: int, deadline: float, cancelled: Callable[[], bool]) -> int | None:
    """The exit status of `adb start-server`, None where it takes longer than until `deadline`."""
    try:
        process = subprocess.Popen(
            (program, "-P", str(port), "start-server"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            start_new_session=True,  # Ctrl+C in the terminal is for this program alone
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise cannot_run(program, error) from error
    try:
        while time.monotonic() < deadline:
            try:
                return process.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if cancelled():
                    raise Cancelled("Cancelled.") from None
        return None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
