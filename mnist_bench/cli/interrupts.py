"""Ctrl+C, and signals like it, as a request to stop in an orderly way, where an abrupt end leaves things half done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_LIKE_CTRL_C = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def signals_like_ctrl_c() -> Iterator[list[int]]:
    """Let SIGTERM, and SIGHUP of a terminal that is closed, do what Ctrl+C does then; the numbers of those that came.

    What ignores them goes on to do so, as under `nohup`.
    """
    came: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        came.append(number)
        handler = signal.getsignal(signal.SIGINT)  # ignored in what a script has sent to the background
        (handler if callable(handler) else signal.default_int_handler)(number, frame)

    is_main = threading.current_thread() is threading.main_thread()
    changed = [number for number in _LIKE_CTRL_C if is_main and signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, interrupt)
    try:
        yield came
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


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
