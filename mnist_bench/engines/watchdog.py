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

LOOK_SECONDS = 2.0
_OVERSLEPT_SECONDS = 1.0  # a thread is late by that only where the whole program, or the computer, was stopped


@dataclass(eq=False, slots=True)
class Watch:
    """One armed deadline; `expired` once its action was called.

    Attributes:
        look: whether there is no point in waiting for the deadline; asked at `look_at`, and every LOOK_SECONDS.
        was_seen: `look` said so, and the deadline was not waited for.
    """

    deadline: float
    action: Callable[[], None]
    look: Callable[[], bool] | None = None
    look_at: float = float("inf")
    expired: bool = False
    was_seen: bool = False

    @property
    def next_at(self) -> float:
        """When there is something to do about it."""
        return min(self.deadline, self.look_at)

    def is_due(self, now: float) -> bool:
        """Whether its deadline has passed, or it must not be waited for."""
        if now < self.next_at:
            return False
        if self.look is not None:
            self.look_at = now + LOOK_SECONDS
            self.was_seen = self.look()
        return self.was_seen or now >= self.deadline


class Watchdog:
    """Calls an action when its deadline passes before it is disarmed.

    Arming wakes the thread only if it would oversleep the new deadline: with deadlines of the same length, as engines
    have them, hardly ever.

    Time in which this whole program was stopped, as by Ctrl+Z, does not count: nobody could have answered it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watches: set[Watch] = set()
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def arm(self, seconds: float, action: Callable[[], None], look: Callable[[], bool] | None = None) -> Watch:
        """Call `action` in `seconds` from now, from another thread, unless the watch is disarmed before.

        Earlier where `look`, which must not take long and is asked every LOOK_SECONDS until then, says so.
        """
        now = time.monotonic()
        watch = Watch(now + seconds, action, look, float("inf") if look is None else now + LOOK_SECONDS)
        with self._changed:
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif watch.next_at < self._wakes_at:
                self._changed.notify()
            self._wakes_at = min(self._wakes_at, watch.next_at)
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
                self._forgive(now - self._wakes_at)
                self._wakes_at = float("inf")
                due = [watch for watch in self._watches if watch.is_due(now)]
                for watch in due:
                    watch.expired = True
                    self._watches.discard(watch)
                if not due:
                    self._wakes_at = min((watch.next_at for watch in self._watches), default=float("inf"))
                    self._changed.wait(None if self._wakes_at == float("inf") else self._wakes_at - now)
            for watch in due:
                try:
                    watch.action()
                except Exception:  # one that fails must not take every other deadline with it
                    _log.exception("A deadline's action failed")

    def _forgive(self, late_s: float) -> None:
        """Give everybody the time that this program was stopped for; the lock is held."""
        if late_s > _OVERSLEPT_SECONDS:
            for watch in self._watches:
                watch.deadline += late_s


WATCHDOG = Watchdog()
