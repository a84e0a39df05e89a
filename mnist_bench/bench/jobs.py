"""Jobs: training and quantizing as child processes that report progress as lines of JSON."""

import contextlib
import json
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_bench.engines.transport import child_environment, python_command
from mnist_bench.errors import Cancelled, MnistBenchError

STOP_SECONDS = 60.0  # a training writes its checkpoint before it ends


class JobFailed(MnistBenchError):
    """A job ended without a result."""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is: `done` of `total` steps, a few words, and the seconds that are left (None: not known yet)."""

    done: int
    total: int
    message: str
    seconds_left: float | None


class Job:
    """One child process of mnist_bench.training: `run` it in a thread of its own, `cancel` it from any other."""

    def __init__(self, name: str, options: Sequence[str]) -> None:
        self._command = python_command(f"mnist_bench.training.{name}", *options)
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = threading.Event()

    def run(self, on_progress: Callable[[JobProgress], None] | None = None) -> dict[str, Any]:
        """Run to the end; the figures of its last line.

        Raises JobFailed with the job's own sentence, and Cancelled once `cancel` was called.
        """
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=child_environment(),
            start_new_session=True,
        )
        self._process = process
        if self._cancelled.is_set():
            self.cancel()
        last_lines: deque[str] = deque(maxlen=20)
        assert process.stderr is not None  # noqa: S101 - PIPE was asked for
        drain = threading.Thread(target=last_lines.extend, args=(process.stderr,), daemon=True)
        drain.start()
        try:
            return self._follow(process, on_progress, drain, last_lines)
        finally:
            _end(process)
            drain.join()

    def cancel(self) -> None:
        """Ask the job to stop, from any thread: its input is closed."""
        self._cancelled.set()
        if self._process is not None:
            _close_input(self._process)

    def _follow(
        self,
        process: subprocess.Popen[str],
        on_progress: Callable[[JobProgress], None] | None,
        drain: threading.Thread,
        last_lines: deque[str],
    ) -> dict[str, Any]:
        result: dict[str, Any] | None = None
        failure: MnistBenchError | None = None
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        for line in process.stdout:
            event = _event(line)
            kind = event.pop("event", None)
            if kind == "progress" and on_progress is not None:
                on_progress(JobProgress(event["done"], event["total"], event["message"], event["seconds_left"]))
            elif kind == "done":
                result = event
            elif kind == "error":
                failure = JobFailed(event["message"], advice=event["advice"])
        status = process.wait()
        if self._cancelled.is_set() and result is None:
            raise Cancelled("Cancelled.", advice="" if failure is None else str(failure))
        if failure is not None:
            raise failure
        if status != 0 or result is None:
            drain.join()
            words = last_lines[-1].strip() if last_lines else "nothing"
            raise JobFailed(f"The job ended with status {status}; its last words: {words}.")
        return result


def _end(process: subprocess.Popen[str]) -> None:
    """Nothing is left running, whatever happened."""
    _close_input(process)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _close_input(process: subprocess.Popen[str]) -> None:
    """Ask `process` to stop."""
    with contextlib.suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.close()


def _event(line: str) -> dict[str, Any]:
    """The JSON object of a line; empty for anything else that a library may print."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
