"""A lane: users of something that they share, a processor or a stream, take turns, first come, first served."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mnist_bench.base.errors import Cancelled


class Lane:
    """Gives turns in the order in which they were asked for, so that long work cannot starve a live drawing.

    A plain lock may be won again and again by whoever released it last.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()  # in front: whose turn it is

    @contextmanager
    def turn(self, given_up: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Wait for a turn and hold it; Cancelled where `given_up` is true, which `look_again` has looked up again."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._queue[0] is ticket or given_up())
            if given_up():
                raise Cancelled("Cancelled.")
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits behind whoever holds the turn."""
        return len(self._queue) > 1

    def look_again(self) -> None:
        """Make everybody who waits look whether they have given up."""
        with self._changed:
            self._changed.notify_all()


_lanes: dict[str, Lane] = {}
_lanes_guard = threading.Lock()


def lane_of(device_id: str) -> Lane:
    """The lane of the device with this id: what runs on it takes turns, and does not wait for any other device."""
    with _lanes_guard:
        return _lanes.setdefault(device_id, Lane())
