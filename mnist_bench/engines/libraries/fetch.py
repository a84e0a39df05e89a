"""Fetches a pinned wheel with pip, as a child process with pip's own settings."""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.files import open_file, read_limited, reason
from mnist_bench.base.text import one_line
from mnist_bench.devices.this_computer import python_command
from mnist_bench.engines.errors import EngineNotInstalled
from mnist_bench.engines.libraries.table import Wheel

Report = Callable[[int, int], object]
"""Called with bytes done and in all; what it raises ends the download."""

_LOOK_SECONDS = 0.1
_SILENT_SECONDS = 300.0  # pip's own limits may add up to some minutes
_LEAST_BYTES_A_SECOND = 5_000  # over the whole download, so that none goes on for ever
_MOST_LOG_BYTES = 1_000_000
_OPTIONS = (
    *("--require-hashes", "--no-deps", "--only-binary=:all:", "--implementation=cp"),
    *("--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar=off"),
)


def fetch(name: str, package: Wheel, folder: Path, report: Report) -> bytes:
    """The bytes of a wheel of the engine `name`, which are those that the table pins. All that is written lies in
    `folder`.

    Raises:
        EngineNotInstalled: there is no pip, or it did not get the wheel.
        OSError: `folder` cannot be written.
    """
    if importlib.util.find_spec("pip") is None:
        message = f"This Python has no pip to fetch {package.wheel} with."
        raise EngineNotInstalled(message, advice=f"Install pip, or {_by_hand(name, package)}")
    requirements, received, log = folder / "requirements.txt", folder / "received", folder / "pip.log"
    received.mkdir()
    requirements.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
    command = python_command(
        *("pip", "download", *_OPTIONS, f"--platform={package.platform}", f"--python-version={package.python}"),
        *(f"--dest={received}", f"--requirement={requirements}"),
    )
    size = package.size_bytes
    most_seconds = _SILENT_SECONDS + size / _LEAST_BYTES_A_SECOND
    status = _run(command, folder, log, most_seconds, lambda: report(min(received_bytes(folder), size), size))
    wheels = list(received.glob("*.whl"))
    if status != 0 or len(wheels) != 1:
        raise _failure(name, package, status, _end_of(log))
    data = read_limited(wheels[0], package.size_bytes, "wheel")
    if sha256_hex(data) != package.sha256:
        raise _wrong(name, package)
    return data


def _end_of(log: Path) -> str:
    """What pip said; where its settings make it say a lot, the end."""
    with open_file(log) as file:
        file.seek(max(0, log.stat().st_size - _MOST_LOG_BYTES))
        return file.read(_MOST_LOG_BYTES).decode(errors="replace")


def _run(
    command: tuple[str, ...], folder: Path, log: Path, most_seconds: float, look: Callable[[], object]
) -> int | None:
    """The program's exit status, None where it was silent or ran for too long; `look` is called until it ends."""
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))}
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl+C in the terminal is for this program, which then ends it
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise EngineNotInstalled(f"pip cannot be started: {reason(error)}.", advice="Try again.") from error
    seen, silent_since = -1, time.monotonic()
    ends = silent_since + most_seconds
    try:
        while process.poll() is None:
            look()
            if (now := received_bytes(folder)) != seen:
                seen, silent_since = now, time.monotonic()
            if time.monotonic() > min(silent_since + _SILENT_SECONDS, ends):
                return None
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
        return process.returncode
    finally:
        if process.poll() is None:
            _kill(process)
        process.wait()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
            os.killpg(process.pid, signal.SIGKILL)


def received_bytes(folder: Path) -> int:
    """Bytes of the largest file that is there: pip fills a temporary one, and copies it when it is whole."""
    largest = 0
    for parent, _, names in os.walk(folder):  # unlike rglob, it takes a folder that is gone meanwhile for an empty one
        for name in names:
            with contextlib.suppress(OSError):  # gone meanwhile
                largest = max(largest, Path(parent, name).stat().st_size)
    return largest


def _failure(name: str, package: Wheel, status: int | None, log: str) -> EngineNotInstalled:
    """What pip's words mean; a status of None says that it was silent or ran for too long."""
    low = log.lower()
    if "do not match the hashes" in low:
        return _wrong(name, package)
    if any(each in low for each in _FULL):
        return EngineNotInstalled(f"The disk is full: {package.wheel} does not fit.", advice="Free some space.")
    if status is None:
        said = f"nothing arrived for {words.seconds(_SILENT_SECONDS)}, or too slowly"
    elif "no matching distribution" in low:
        said = "no answer" if "retrying" in low else "it is nowhere where pip's settings let it look"
    elif "incompleteread" in low or "connection broken" in low:
        said = "the connection broke off"
    else:
        said = _last_words(log) or f"it ended with status {status}"
    message = f"pip could not download {package.wheel}: {said}."
    return EngineNotInstalled(message, advice=f"Check the network and `pip config list`, or {_by_hand(name, package)}")


_FULL = ("no space left", "disk quota", "file too large")


def _last_words(log: str) -> str:
    """Pip's last error; the end of its traceback where it met what it didn't expect."""
    said = [line for line in map(str.strip, log.splitlines()) if line]
    if "ERROR: Exception:" not in said:
        said = [line.removeprefix("ERROR:") for line in said if line.startswith("ERROR:")]
    return one_line((said or [""])[-1]).removesuffix(".")


def _wrong(name: str, package: Wheel) -> EngineNotInstalled:
    return EngineNotInstalled(
        f"What pip received is not {package.wheel}: its SHA-256 is another.",
        advice=f"Try again, in case the connection was cut. If `pip config list` names a mirror, it may have changed "
        f"the file; {_by_hand(name, package)}",
    )


def _by_hand(name: str, package: Wheel) -> str:
    return f"get that file in another way and run: mnist-bench engines install {name} --file {package.wheel}"
