"""Training and quantizing as child processes that report progress as lines of JSON."""

import contextlib
import json
import logging
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from mnist_bench.base.errors import Cancelled, MnistBenchError
from mnist_bench.base.processes import end_of, is_stopped, resume
from mnist_bench.base.progress import Progress
from mnist_bench.base.trouble import MEMORY_ADVICE, tells_of_no_memory
from mnist_bench.devices.this_computer import child_environment, python_command
from mnist_bench.engines.watchdog import WATCHDOG

_log = logging.getLogger(__name__)

STOP_SECONDS = 60.0  # a training writes its checkpoint before it ends
STOPPED = "stopped by a signal"
_LOOK_SECONDS = 1.0
_RESUMED_SECONDS = 8.0  # for one to end that a cancel has found stopped


class JobFailed(MnistBenchError):
    """A job ended without a result."""


class Job:
    """One child process, a module of `package`: `run` it in a thread of its own, `cancel` it from any other.

    A job that was cancelled and has not ended after `stop_seconds` is killed. One that somebody has stopped (SIGSTOP)
    says so in its progress, and goes on once it is cancelled, to end with what it has.
    """

    def __init__(
        self,
        name: str,
        options: Sequence[str],
        *,
        package: str = "mnist_bench.training",
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._command = python_command(f"{package}.{name}", *options)
        self._stop_seconds = stop_seconds
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = threading.Event()

    def run(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        on_estimate: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        """Run to the end; the figures of its last line. `on_estimate` hears what the job can say of its result so far.

        Raises JobFailed with the job's own sentence, and Cancelled once `cancel` was called.
        """
        with self._start() as process:  # which closes its streams in the end
            self._process = process
            if self._cancelled.is_set():
                self.cancel()
            words: deque[str] = deque(maxlen=20)
            assert process.stderr is not None  # noqa: S101 - PIPE was asked for
            drain = threading.Thread(target=words.extend, args=(process.stderr,), name="job-stderr", daemon=True)
            drain.start()
            has_ended = threading.Event()
            mind = threading.Thread(
                target=self._mind, args=(process, has_ended, on_progress), name="job-mind", daemon=True
            )
            mind.start()
            try:
                result, failure = self._follow(process, on_progress, on_estimate)
                status = process.wait()
            finally:
                self._stop(process)
                has_ended.set()
                mind.join()
                drain.join()
        if failure is not None:
            raise failure
        if status != 0 or result is None:
            _log.error("The job %s wrote:\n%s", " ".join(self._command), "".join(words))
            if self._cancelled.is_set():
                raise Cancelled("Cancelled.", advice="It had to be stopped, and kept nothing." if status else "")
            if tells_of_no_memory("".join(words)):
                raise JobFailed("The job ran out of memory.", advice=MEMORY_ADVICE)
            last = words[-1].strip() if words else "nothing"
            raise JobFailed(f"The job {end_of(status)}; its last output: {last}.")
        return result

    def cancel(self) -> None:
        """Ask the job to stop, from any thread: its input is closed."""
        self._cancelled.set()
        process = self._process
        if process is not None:
            _close_input(process)
            WATCHDOG.arm(self._stop_seconds, process.kill)  # does nothing to a process that has ended

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=child_environment(),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def _mind(
        self,
        process: subprocess.Popen[str],
        has_ended: threading.Event,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        """See whether somebody has stopped the process, on a thread of its own."""
        was_stopped = False
        while not has_ended.wait(_LOOK_SECONDS):
            now_stopped = is_stopped(process.pid)
            if now_stopped and self._cancelled.is_set():
                resume(process.pid)
                WATCHDOG.arm(min(self._stop_seconds, _RESUMED_SECONDS), process.kill)
            elif now_stopped and not was_stopped and on_progress is not None:
                with contextlib.suppress(Cancelled):  # which its next progress tells whoever waits for it
                    on_progress(Progress(f"{STOPPED}; kill -CONT {process.pid} has it go on"))
            was_stopped = now_stopped

    def _follow(
        self,
        process: subprocess.Popen[str],
        on_progress: Callable[[Progress], None] | None,
        on_estimate: Callable[[str], None] | None,
    ) -> tuple[dict[str, Any] | None, MnistBenchError | None]:
        """The result and the failure that the job told of, until its output ends."""
        result: dict[str, Any] | None = None
        failure: MnistBenchError | None = None
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        for line in process.stdout:
            match _event(line):
                case {"event": "progress", "done": int(done), "total": int(total), "message": str(message)}:
                    if on_progress is not None:
                        on_progress(Progress(message, done, total))
                case {"event": "estimate", "message": str(message)}:
                    if on_estimate is not None:
                        on_estimate(message)
                case {"event": "done", **figures}:
                    result = figures
                case {"event": "error", "message": str(message)} as event:
                    failure = JobFailed(message, advice=str(event.get("advice", "")))
                    if event.get("cancelled") is True:
                        failure = Cancelled("Cancelled.", advice=str(failure))
        return result, failure

    def _stop(self, process: subprocess.Popen[str]) -> None:
        """Nothing is left running, whatever happened."""
        _close_input(process)
        try:
            process.wait(self._stop_seconds)
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
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}
