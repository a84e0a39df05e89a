"""A lane: runners that share a processor take turns on it, first come, first served."""

import threading
from collections import deque
from types import TracebackType


class Lane:
    """A lock that is given in the order in which it was asked for, so that long work cannot starve a live drawing.

    A plain lock may be won again and again by whoever released it last.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


THIS_COMPUTER = Lane()
