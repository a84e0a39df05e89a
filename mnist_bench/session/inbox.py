"""The only way from worker threads to the session's thread: a queue of calls, which the owner drains."""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count

Call = Callable[[], object]
Wake = Callable[[float], None]

_DRAIN_SECONDS = 0.01  # then whoever else uses the owner's thread, such as a pen that moves, has a turn


class Timer:
    """A call that will be made later, unless it is cancelled."""

    def __init__(self, due: float, call: Call) -> None:
        self.due = due
        self.call: Call | None = call

    def cancel(self) -> None:
        """Do not make the call."""
        self.call = None

    @property
    def is_pending(self) -> bool:
        """Whether the call is still to be made."""
        return self.call is not None


class Inbox:
    """Calls that wait for the session's thread, its owner. Any thread may `post`; all else is the owner's.

    `wake(seconds)` asks the owner to call `drain` in so many seconds: 0, from any thread, where something was posted;
    more, from the owner's thread alone, where a timer was set. The window does so by an event; a command or a test
    drains by hand, with `wait_until`. Calls come to an end with `close`: what is posted later is dropped.
    """

    def __init__(self, wake: Wake = lambda _seconds: None, clock: Callable[[], float] = time.monotonic) -> None:
        self.wake = wake
        self._clock = clock
        self._posted: deque[Call] = deque()
        self._something = threading.Condition()
        self._is_awake = False  # whether the owner has been asked to drain, and has not begun yet
        self._is_closed = False
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()

    def post(self, call: Call) -> None:
        """Have `call` made on the owner's thread, after what was posted before."""
        with self._something:
            if self._is_closed:
                return
            self._posted.append(call)
            was_awake, self._is_awake = self._is_awake, True
            self._something.notify()
        if not was_awake:
            self.wake(0.0)

    def later(self, seconds: float, call: Call) -> Timer:
        """Have `call` made in so many seconds."""
        timer = Timer(self._clock() + seconds, call)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        self.wake(seconds)
        return timer

    def drain(self) -> None:
        """Make the calls that are there and due; after 10 ms the rest waits for the next time, which is asked for.

        An exception that a call raises is the owner's; the calls behind it are made the next time.
        """
        with self._something:
            self._is_awake = False
        end = self._clock() + _DRAIN_SECONDS
        try:
            while (call := self._next_call()) is not None:
                call()
                if self._clock() >= end:
                    break
        finally:
            self._ask_to_come_back()

    def wait_until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Drain until `condition` is true, for a command or a test that has no event loop; False after `limit_s`."""
        end = time.monotonic() + limit_s
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                return False
            with self._something:
                if not self._posted:
                    self._something.wait(min(left, self._seconds_to_timer(), 1.0))
            self.drain()
        return True

    def close(self) -> None:
        """Drop what waits, and what comes."""
        with self._something:
            self._is_closed = True
            self._posted.clear()
        self._timers.clear()

    def _next_call(self) -> Call | None:
        while self._timers and (self._timers[0][2].call is None or self._timers[0][0] <= self._clock()):
            timer = heapq.heappop(self._timers)[2]
            if timer.call is not None:
                call, timer.call = timer.call, None
                return call
        with self._something:
            return self._posted.popleft() if self._posted else None

    def _ask_to_come_back(self) -> None:
        with self._something:
            is_more = bool(self._posted)
            self._is_awake = self._is_awake or is_more
        if is_more:
            self.wake(0.0)
        elif self._timers:
            self.wake(self._seconds_to_timer())

    def _seconds_to_timer(self) -> float:
        return max(0.0, self._timers[0][0] - self._clock()) if self._timers else 3600.0
