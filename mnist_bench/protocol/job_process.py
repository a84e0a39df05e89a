"""What a job's process reports to its parent, as JSON lines on standard output, and when it should stop."""

import json
import math
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from mnist_bench.base.errors import Cancelled, MnistBenchError

_INTERVAL_S = 0.5


def emit(event: str, **fields: object) -> None:
    """Print one event as a line of JSON."""
    print(json.dumps({"event": event, **fields}), flush=True)


class ProgressLines:
    """Reports how far a task is, twice a second at most."""

    def __init__(self) -> None:
        self._reported = -math.inf

    def show(self, done: int, total: int, message: str, *, now: bool = False) -> None:
        """Say that `done` of `total` are done; dropped if the last report was a moment ago, unless `now`."""
        if now or time.monotonic() - self._reported >= _INTERVAL_S:
            self._reported = time.monotonic()
            emit("progress", done=done, total=total, message=message)


def stop_on_signals() -> threading.Event:
    """An event that SIGINT, SIGTERM or the closing of standard input (if that is a pipe) sets: end soon, cleanly."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature is Python's
        stop.set()

    def wait_for_end_of_input() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    if sys.stdin is not None and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        threading.Thread(target=wait_for_end_of_input, daemon=True).start()
    return stop


def run_task(task: Callable[[Sequence[str], threading.Event], None]) -> NoReturn:
    """Run a job's main function and end the process: status 0, or an error event and status 1."""
    try:
        task(sys.argv[1:], stop_on_signals())
    except MnistBenchError as error:
        emit("error", message=error.message, advice=error.advice, cancelled=isinstance(error, Cancelled))
        sys.exit(1)
    sys.exit(0)
