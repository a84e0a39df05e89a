"""Ctrl+C as a request to stop in an orderly way, where an abrupt end would leave something half done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def on_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Let Ctrl+C call `stop`, on a thread of its own; a second one is an ordinary interruption.

    Whatever the main thread was doing when the signal came may hold a lock that `stop` needs.
    """
    asked, is_over = threading.Event(), False

    def ask(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked.set()

    def stop_when_asked() -> None:
        asked.wait()
        if not is_over:
            stop()

    stopper = threading.Thread(target=stop_when_asked, name="stop when interrupted", daemon=True)
    stopper.start()
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        is_over = True
        asked.set()
        stopper.join()
