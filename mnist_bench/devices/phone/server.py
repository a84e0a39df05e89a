"""Starting the adb server, so that it outlives this program and holds nothing of it open."""

import logging
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.phone.errors import AdbTrouble, NoAdb, NoServer
from mnist_bench.devices.phone.link import find_adb, opened

_log = logging.getLogger("mnist_bench.adb")

_LOOK_SECONDS = 0.05
_one_at_a_time = threading.Lock()


def start_server(port: int, seconds: float, given_up: Callable[[], bool] = lambda: False) -> None:
    """Start the adb server at `port` unless it runs; returns when it answers.

    Raises NoAdb, AdbTrouble where it does not start within `seconds`, and Cancelled soon after `given_up` is true.
    """
    with _one_at_a_time:
        if _answers(port):
            return
        program = find_adb()
        started = time.monotonic()
        # Not a pipe: the server would hold its end open for as long as it runs.
        with tempfile.TemporaryFile() as words:
            status = _run(program, port, words.fileno(), started + seconds, given_up)
            words.seek(0)
            said = " ".join(words.read(2000).decode(errors="replace").split())
        if status != 0 or not _answers(port):
            how = f"did not start within {seconds:.3g} s" if status is None else f"did not start: {said or status}"
            raise AdbTrouble(f"The adb server {how}.")
        _log.info("started the adb server with %s, %.0f ms", program, 1000 * (time.monotonic() - started))


def _answers(port: int) -> bool:
    try:
        with opened(port, 1):
            return True
    except (NoServer, TimeoutError):
        return False


def _run(program: str, port: int, words: int, deadline: float, given_up: Callable[[], bool]) -> int | None:
    """The exit status of `adb start-server`, None where it takes longer than until `deadline`."""
    try:
        process = subprocess.Popen(
            (program, "-P", str(port), "start-server"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=words,
            start_new_session=True,  # Ctrl+C in the terminal is for this program alone
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise NoAdb(f"The program {program} cannot be started: {error.strerror}.") from error
    try:
        while time.monotonic() < deadline:
            try:
                return process.wait(_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if given_up():
                    raise Cancelled("Cancelled.") from None
        return None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
