"""Engines for tests: the real backends, and runners that misbehave; no thread or process may be left behind."""

import errno
import io
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_bench.devices.lane import Lane
from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.engines.classifying import REQUEST_IMAGES
from mnist_bench.engines.engine import Deadlines, InferenceEngine
from tests.backends import TORCH_FP32

SCRIPT = Path(__file__).with_name("misbehaving_runner.py")
DEADLINES = Deadlines(start=20, load=20, answer=20, close=0.5, cancel=0.05)


@pytest.fixture(autouse=True)
def nothing_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a thread or child process, and say where it was started; a watchdog's thread may stay."""
    threads: list[tuple[threading.Thread, str]] = []
    processes: list[tuple[subprocess.Popen[bytes], str]] = []
    start_thread, start_process = threading.Thread.start, subprocess.Popen.__init__

    def start(thread: threading.Thread) -> None:
        threads.append((thread, _caller()))
        start_thread(thread)

    def init(process: subprocess.Popen[bytes], *arguments: object, **options: object) -> None:
        start_process(process, *arguments, **options)  # type: ignore[call-overload]  # passed on as they are
        processes.append((process, _caller()))

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr(subprocess.Popen, "__init__", init)
    yield
    left = [f"process {process.args!r}, started {where}" for process, where in processes if process.poll() is None]
    for process, _ in processes:
        process.kill()
    for thread, where in threads:
        if thread.name == "watchdog":
            continue
        thread.join(2)
        if thread.is_alive():
            left.append(f"thread {thread.name}, started {where}")
    assert not left, "\n".join(["A test left behind:", *left])


@pytest.fixture
def pieces_of_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each piece of a classification be one request of a hundred images, however fast the runner is."""
    monkeypatch.setattr("mnist_bench.engines.connection._TURN_SECONDS", 0.0)
    monkeypatch.setattr("mnist_bench.engines.classifying._MOST_IMAGES", REQUEST_IMAGES)


def _caller() -> str:
    return "".join(traceback.format_stack(limit=8)[:-2])


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something that tells nobody when it happens."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not happen in time."
        threading.Event().wait(0.001)


class Misbehaving:
    """An engine on a misbehaving runner; `transports` are those that it has had."""

    def __init__(self, request: str, behaviour: str, fifo: Path, deadlines: Deadlines, lane: Lane) -> None:
        self.command: tuple[str, ...] = (sys.executable, "-I", str(SCRIPT), request, behaviour)
        self.fifo = fifo
        self.transports: list[SubprocessTransport] = []
        self.engine = InferenceEngine(TORCH_FP32, deadlines=deadlines, connect=self.connect, lane=lane)

    def connect(self) -> SubprocessTransport:
        self.transports.append(SubprocessTransport((*self.command, str(self.fifo))))
        return self.transports[-1]

    def behave(self) -> None:
        """From its next start on it keeps to the protocol."""
        self.command = (*self.command[:-1], "sound")

    def wait_until_it_hangs(self) -> None:
        """Until its runner has written to the pipe; a failure where it never does."""
        with io.FileIO(os.open(self.fifo, os.O_RDONLY | os.O_NONBLOCK)) as pipe:
            wait_until(lambda: bool(pipe.read(1)))

    def let_it_answer(self) -> None:
        """Have a runner answer that waits to be told so; a failure where none does."""
        wait_until(self._has_told)

    def _has_told(self) -> bool:
        try:
            os.close(os.open(self.fifo, os.O_WRONLY | os.O_NONBLOCK))
        except OSError as error:
            if error.errno != errno.ENXIO:  # nobody reads there yet
                raise
            return False
        return True

    def is_gone(self) -> bool:
        """Whether no process of it is left."""
        return not any(Path(f"/proc/{transport.pid}").exists() for transport in self.transports)


Misbehave = Callable[..., Misbehaving]


@pytest.fixture
def misbehave(tmp_path: Path) -> Iterator[Misbehave]:
    """Makes an engine whose runner misbehaves when it is asked for a request."""
    made: list[Misbehaving] = []

    def make(
        request: str, behaviour: str, *, deadlines: Deadlines = DEADLINES, lane: Lane | None = None
    ) -> Misbehaving:
        fifo = tmp_path / f"fifo{len(made)}"
        os.mkfifo(fifo)
        made.append(Misbehaving(request, behaviour, fifo, deadlines, lane or Lane()))
        return made[-1]

    yield make
    for each in made:
        each.engine.close()
