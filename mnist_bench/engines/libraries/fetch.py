"""Fetches a pinned wheel with pip, as a child process with pip's own settings."""

import contextlib
import importlib.util
import os
import re
import shutil
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


def fetch(package: Wheel, by_hand: str, folder: Path, report: Report) -> bytes:
    """The bytes of a wheel, which are those that the table pins. All that is written lies in `folder`. `by_hand` is the
    advice for those who cannot fetch it: "get that file in another way and run: ...".

    Raises:
        EngineNotInstalled: there is no pip, or it did not get the wheel.
        OSError: `folder` cannot be written.
    """
    if importlib.util.find_spec("pip") is None:
        message = f"This Python has no pip to fetch {package.wheel} with."
        raise EngineNotInstalled(message, advice=f"Install pip, or {by_hand}")
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
        raise _failure(package, by_hand, status, _end_of(log), shutil.disk_usage(folder).free)
    data = read_limited(wheels[0], package.size_bytes, "wheel")
    if sha256_hex(data) != package.sha256:
        raise _wrong(package, by_hand)
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


def _failure(package: Wheel, by_hand: str, status: int | None, log: str, free_bytes: int) -> EngineNotInstalled:
    """What pip's words mean; a status of None says that it was silent or ran for too long.

    Where the disk is full, pip's words may not have been written either.
    """
    low = log.lower()
    if "do not match the hashes" in low:
        return _wrong(package, by_hand)
    if any(each in low for each in _FULL) or free_bytes < package.size_bytes:
        return EngineNotInstalled(f"The disk is full: {package.wheel} does not fit.", advice="Free some space.")
    if status is None:
        said = f"nothing arrived for {words.seconds(_SILENT_SECONDS)}, or too slowly"
    elif "no matching distribution" in low:
        said = (
            "the package index does not answer" if "retrying" in low else "no index or folder in pip's settings has it"
        )
    elif "resolutionimpossible" in low:
        said = "pip's settings ask for another version, in a constraints file"
    elif "incompleteread" in low or "connection broken" in low:
        said = "the connection broke off"
    else:
        said = _last_words(log) or f"it ended with status {status}"
    message = f"pip could not download {package.wheel}: {said}."
    return EngineNotInstalled(message, advice=f"Check the network and `pip config list`, or {by_hand}")


_FULL = ("no space left", "disk quota", "file too large")


_ON_SETTINGS = re.compile(r"An error occurred during configuration|Configuration file could not be loaded")
"""How pip begins what it says of its settings, without calling it an error."""


def _last_words(log: str) -> str:
    """Pip's last error, or what it says of its settings; the end of its traceback where it did not expect it."""
    said = [line for line in map(str.strip, log.splitlines()) if line]
    if "ERROR: Exception:" not in said:
        errors = [line.removeprefix("ERROR:") for line in said if line.startswith("ERROR:")]
        settings = [line for line in said if _ON_SETTINGS.match(line)]
        said = errors or settings[:1]
    return one_line((said or [""])[-1]).removesuffix(".")


def _wrong(package: Wheel, by_hand: str) -> EngineNotInstalled:
    return EngineNotInstalled(
        f"What pip received is not {package.wheel}: its SHA-256 is another.",
        advice=f"Try again, in case the connection was cut. If `pip config list` names a mirror, it may have changed "
        f"the file; {by_hand}",
    )
