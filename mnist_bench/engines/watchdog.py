"""Deadlines for blocking calls: one sleeping thread that ends what takes too long.

A blocked read or write of a pipe or socket has no deadline of its own on every system; ending the process, or
shutting the socket, ends it everywhere.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Watch:
    """One armed deadline; `expired` once its action was called."""

    deadline: float
    action: Callable[[], None]
    expired: bool = False


class Watchdog:
    """Calls an action when its deadline passes before it is disarmed.

    Arming wakes the thread only if it would oversleep the new deadline: with deadlines of the same length, as engines
    have them, hardly ever.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watches: set[Watch] = set()
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def arm(self, seconds: float, action: Callable[[], None]) -> Watch:
        """Call `action` in `seconds` from now, from another thread, unless the watch is disarmed before."""
        watch = Watch(time.monotonic() + seconds, action)
        with self._changed:
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif watch.deadline < self._wakes_at:
                self._changed.notify()
        return watch

    def disarm(self, watch: Watch) -> bool:
        """Forget `watch`; whether its action had been called."""
        with self._changed:
            self._watches.discard(watch)
            return watch.expired

    def _run(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                due = [watch for watch in self._watches if watch.deadline <= now]
                for watch in due:
                    watch.expired = True
                    self._watches.discard(watch)
                if not due:
                    self._wakes_at = min((watch.deadline for watch in self._watches), default=float("inf"))
                    self._changed.wait(None if self._wakes_at == float("inf") else self._wakes_at - now)
            for watch in due:
                try:
                    watch.action()
                except Exception:  # one that fails must not take every other deadline with it
                    _log.exception("A deadline's action failed")


WATCHDOG = Watchdog()
