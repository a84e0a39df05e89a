"""How bytes reach a runner: here, the standard streams of a child process."""

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import BinaryIO, Protocol

from mnist_bench.base.locations import package_home
from mnist_bench.engines.errors import RunnerUnavailable
from mnist_bench.protocol.ends import RunnerEnd

_log = logging.getLogger(__name__)

_LAST_LINES = 20
_INPUT_BYTES = 1 << 20  # Linux gives 208 KiB by itself; a request of 400 images has 307
_LONGEST_LINE = 500
_DRAIN_SECONDS = 0.5  # for the last words of a runner that has ended to arrive


class Transport(Protocol):
    """A stream to and from one runner. Reads and writes block; `abort`, from any thread, ends them."""

    def read(self, size: int, /) -> bytes:
        """`size` bytes, fewer only where the stream ends."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`; OSError where nobody reads any more."""

    def flush(self) -> None:
        """Send what was written."""

    def abort(self) -> None:
        """End the runner at once, and with it whatever read or write is blocked."""

    def close(self, grace_seconds: float) -> None:
        """End the stream, give the runner `grace_seconds` to end by itself, then end it."""

    def end(self) -> RunnerEnd:
        """How the runner ended, or that it is out of reach; asked once the stream is broken."""

    def last_words(self) -> str:
        """The last lines that the runner wrote to standard error."""


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
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
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
        """End the runner at once, and with it whatever read or write is blocked."""
        self._process.kill()

    def close(self, grace_seconds: float) -> None:
        """End the stream, give the runner `grace_seconds` to end by itself, then end it."""
        with contextlib.suppress(OSError, ValueError):
            self._input.close()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
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
        if status < 0:
            return RunnerEnd(f"was ended by signal {-status} ({signal.strsignal(-status) or 'unknown'})")
        return RunnerEnd(f"ended with status {status}")

    def last_words(self) -> str:
        """The last lines that the runner wrote to standard error."""
        self._drain.join(_DRAIN_SECONDS)
        return "\n".join(tuple(self._lines))

    def _drain_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - PIPE was asked for
        with self._process.stderr as stream:
            for line in iter(lambda: stream.readline(_LONGEST_LINE), b""):
                text = line.decode(errors="replace").rstrip()
                self._lines.append(text)
                _log.debug("runner %d: %s", self._process.pid, text)


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
