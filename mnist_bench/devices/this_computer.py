"""The computer that this program runs on as a device: runners are child processes, on their standard streams."""

import contextlib
import importlib.util
import logging
import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import make_folder, read_limited, write_atomically
from mnist_bench.base.locations import cache_dir, package_home, runner_program
from mnist_bench.base.processes import end_of, is_stopped
from mnist_bench.base.text import lines, one_line
from mnist_bench.devices import libraries
from mnist_bench.devices.device import MAX_CORE, DeviceCondition, Launch, never
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.lane import Lane, lane_of
from mnist_bench.protocol.ends import RunnerEnd

_log = logging.getLogger(__name__)

_LAST_LINES = 20
_INPUT_BYTES = 1 << 20  # Linux gives 208 KiB by itself; a request of 400 images has 307
_LONGEST_LINE = 500
_DRAIN_SECONDS = 0.5  # for the last words of a runner that has ended to arrive
_MAX_PROGRAM_BYTES = 100_000_000

_ABIS = {
    ("linux", "x86_64"): "x86_64",
    ("linux", "aarch64"): "arm64-v8a",
    ("linux", "armv7l"): "armeabi-v7a",
    ("linux", "armv8l"): "armeabi-v7a",
    ("linux", "i686"): "x86",
    ("linux", "i586"): "x86",
    ("win32", "amd64"): "windows-x86_64",
    ("darwin", "arm64"): "macos-arm64",
}

_NEVER_RUN = ("macos-arm64",)
"""Systems that programs are built for, and on which nobody has run them yet; Windows' have run under Wine."""
_NEVER_RUN_PYTHON = ("macos-arm64", "windows-x86_64")
"""Likewise for libraries that modules of Python open."""


def this_abi() -> str | None:
    """What this computer runs programs of, as `locations.runner_program` takes it; None: of nothing that is known."""
    return _ABIS.get((sys.platform, platform.machine().lower()))


@dataclass(frozen=True, slots=True)
class ThisComputer:
    """The computer that this program runs on (docs of its members: devices/device.py)."""

    id: str = ""
    title: str = field(default="This computer", compare=False)
    runs_python: bool = True
    max_core: int | None = MAX_CORE
    start_seconds: float = 0.0

    @property
    def lane(self) -> Lane:
        """Where those that run on it take turns."""
        return lane_of(self.id)

    def titled(self, title: str) -> "ThisComputer":
        """The same device under another title."""
        return replace(self, title=title)

    def missing(self, launch: Launch) -> str | None:
        """That a package is not installed, or that there is no program for this computer, and what can be done."""
        abi = this_abi()
        where = f"{platform.system()} on {platform.machine()}"
        if launch.module:
            absent = (words for package, words in launch.packages if importlib.util.find_spec(package) is None)
            return next(absent, None) or _lacking(launch, abi, f"{where}, Python {platform.python_version()}")
        is_built = abi is not None and runner_program(abi, launch.program).is_file()
        if abi is None or (launch.library is not None and not is_built):
            return f"There is no {launch.what} for this computer ({where}). Choose another backend."
        if not is_built:
            return f"The {launch.what} for this computer ({where}) has not been built. In a checkout, run: make runner"
        return _lacking(launch, abi, where)

    def caution(self, launch: Launch) -> str:
        """That it is untested, for a program or library that nobody has run on such a system."""
        untested = _NEVER_RUN if launch.program else _NEVER_RUN_PYTHON if launch.library else ()
        return "untested" if this_abi() in untested else ""

    def open(self, launch: Launch, given_up: Callable[[], bool] = never) -> "SubprocessTransport":  # noqa: ARG002
        """Start the runner, once the library that it opens, if any, is hashed; RunnerUnavailable where the system
        cannot, or where that library is not the one that was installed.
        """
        abi = this_abi()
        if launch.module:
            command = python_command(launch.module, *_library_arguments(launch, str(abi)), *launch.arguments)
            return SubprocessTransport(command, threads=launch.threads)
        if abi is None:
            raise RunnerUnavailable(str(self.missing(launch)))
        program = executable(runner_program(abi, launch.program))
        arguments = (*_library_arguments(launch, abi), *launch.arguments)
        try:
            return SubprocessTransport((str(program), *arguments), threads=launch.threads)
        except RunnerUnavailable as error:
            advice = "Choose another backend, or build it again in a checkout: make runner"
            raise RunnerUnavailable(error.message, advice=advice) from error

    def is_away(self, error: Exception) -> bool:  # noqa: ARG002
        """Never: this computer is here."""
        return False

    def read_facts(self) -> dict[str, str]:
        """Nothing that its runners do not tell."""
        return {}

    def read_condition(self) -> DeviceCondition | None:
        """Nothing: a benchmark reads this computer's state in more detail (bench/latency/machine.py)."""
        return None


THIS_COMPUTER = ThisComputer()


def _lacking(launch: Launch, abi: str | None, where: str) -> str | None:
    """That the library is not installed, or that there is none for this computer, which is `where` in words."""
    library = launch.library
    if library is None or libraries.look(library.name, str(abi)) is not None:
        return None
    if abi not in library.abis:
        return f"There is no {library.title} for this computer ({where}). Choose another backend."
    return f"{library.title} is not installed. {library.advice()}"


def _library_arguments(launch: Launch, abi: str) -> tuple[str, ...]:
    """What a runner is told of the library that it opens; nothing where it opens none."""
    if launch.library is None:
        return ()
    library = libraries.find(launch.library.name, abi)
    if library is None:
        raise RunnerUnavailable(f"{launch.library.title} is not installed.", advice=launch.library.advice())
    return library.name, str(library.path), "--engine-version", library.version


class SubprocessTransport:
    """A runner as a child process. Its standard error is read all the time, so that it never blocks there."""

    def __init__(self, command: Sequence[str], *, threads: int = 1) -> None:
        """Start `command`; RunnerUnavailable if the system cannot."""
        runners_end, self._input = _open_input()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=runners_end,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=child_environment(threads),
                start_new_session=True,  # Ctrl+C in the terminal is for this program, which then ends its runners
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            self._input.close()
            raise RunnerUnavailable(f"The program {command[0]} cannot be started: {error.strerror}.") from error
        finally:
            runners_end.close()
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for
        assert self._process.stderr is not None  # noqa: S101
        self._output = self._process.stdout
        self._lines: deque[bytes] = deque(maxlen=_LAST_LINES)
        self._drain = threading.Thread(target=self._drain_errors, name="runner-stderr", daemon=True)
        self._drain.start()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def read(self, size: int, /) -> bytes:
        """`size` bytes, fewer only where the stream ends."""
        return self._output.read(size)

    def write(self, data: bytes, /) -> object:
        """Write all of `data`; OSError where nobody reads any more."""
        return self._input.write(data)

    def flush(self) -> None:
        """Send what was written."""
        self._input.flush()

    def abort(self) -> None:
        """End the runner at once with all that it started, and with it whatever read or write is blocked."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # they have ended
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self, grace_seconds: float) -> None:
        """End the stream, give the runner `grace_seconds` to end by itself, then end it."""
        with contextlib.suppress(OSError, ValueError):
            self._input.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace_seconds)
        self.abort()
        self._process.wait()
        self._drain.join(_DRAIN_SECONDS)
        with contextlib.suppress(OSError, ValueError):
            self._output.close()

    def end(self) -> RunnerEnd:
        """How the runner ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        status = self._process.returncode
        if status is None:
            return RunnerEnd("closed its output but did not end")
        return RunnerEnd(end_of(status))

    def is_stopped(self) -> bool:
        """Whether it is stopped (SIGSTOP)."""
        return is_stopped(self.pid)

    def last_words(self) -> str:
        """The last lines that the runner wrote to standard error."""
        self._drain.join(_DRAIN_SECONDS)
        return lines(b"\n".join(tuple(self._lines)).decode(errors="replace"), _LAST_LINES)

    def _drain_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - PIPE was asked for
        with self._process.stderr as stream:
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                self._lines.append(line)
                if _log.isEnabledFor(logging.DEBUG):
                    _log.debug("runner %d: %s", self._process.pid, one_line(line.decode(errors="replace")))


def _open_input() -> tuple[BinaryIO, BinaryIO]:
    """A way into a runner: its end and ours.

    On Linux a socket, which hands on a large request in pieces of 32 KiB; a pipe does so page by page, and reading it
    takes half as long again.
    """
    if sys.platform == "linux":
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _INPUT_BYTES)  # or what the system allows
            return theirs.makefile("rb"), ours.makefile("wb")
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


def child_environment(threads: int = 1) -> dict[str, str]:
    """The child finds this very package, wherever it is started from, and its libraries use `threads` threads."""
    search = os.pathsep.join(filter(None, (str(package_home()), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": search, "OMP_NUM_THREADS": str(threads), "PYTHONWARNINGS": "default"}


def python_command(module: str, *options: str) -> tuple[str, ...]:
    """The command that runs a module of this package with this Python, whatever lies in the working folder."""
    return (sys.executable, "-P", "-m", module, *options)


def executable(program: Path) -> Path:
    """`program` itself, or where it may not be executed (a wheel forgets that bit, a disk forbids it) a copy that may.

    The copy lies in the cache under a name that tells its content, so that a new version never runs an old program.
    """
    if os.access(program, os.X_OK):
        return program
    try:
        content = read_limited(program, _MAX_PROGRAM_BYTES, "program")
        folder = cache_dir() / "runner"
        copy = folder / f"{program.stem}-{sha256_hex(content)[:16]}{program.suffix}"
        if not (os.access(copy, os.X_OK) and read_limited(copy, _MAX_PROGRAM_BYTES, "program") == content):
            make_folder(folder)
            write_atomically(copy, content, mode=0o755)
    except InputError as error:
        advice = f"Mark {program} as executable (chmod +x)."
        raise RunnerUnavailable(f"{program.name} is not executable. {error.message}", advice=advice) from error
    return copy
