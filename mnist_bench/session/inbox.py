"""How threads work together: the session's own publishes topics, workers' threads hand it calls through its inbox."""

import heapq
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")
Call = Callable[[], object]
Job = Callable[[], None]
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


class Worker:
    """Does one job after the other on one thread, begun with the first, and brings what came of each to the inbox."""

    def __init__(self, inbox: Inbox, name: str) -> None:
        self._inbox = inbox
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._newest = 0
        self._wanted = 0  # the number of what `do_latest` was asked last; 0 once that was told or forgotten
        self._waiting = 0
        self._is_closed = False

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked has not been told yet."""
        return self._waiting > 0

    def do(self, job: Callable[[], T], then: Callable[[T], object], failed: Callable[[Exception], object]) -> None:
        """Do `job` after what was asked before; `then` gets what it returned, or `failed` what it raised."""

        def tell(answer: Callable[[], object]) -> None:
            self._waiting -= 1
            if not self._is_closed:
                answer()

        def run() -> None:
            try:
                done = job()
            except Exception as error:  # told by `failed`; its traceback goes with it
                caught = error
                self._inbox.post(lambda: tell(lambda: failed(caught)))
            else:
                self._inbox.post(lambda: tell(lambda: then(done)))

        if self._is_closed:
            return
        self._waiting += 1
        self._jobs.put(run)
        if self._thread.ident is None:
            self._thread.start()

    def do_latest(
        self, job: Callable[[], T], then: Callable[[T], object], failed: Callable[[Exception], object]
    ) -> int:
        """The same, but nobody is told if another was asked, or `forget` called, before it was done.

        Returns:
            a number by which `is_wanted` knows it.
        """
        self._newest += 1
        number = self._wanted = self._newest

        def is_latest() -> bool:
            return self.is_wanted(number) and self.forget()

        self.do(
            job,
            lambda done: then(done) if is_latest() else None,
            lambda error: failed(error) if is_latest() else None,
        )
        return number

    def is_wanted(self, number: int) -> bool:
        """Whether what `do_latest` was asked under this number is still to be told."""
        return number == self._wanted

    def post(self, news: Callable[[], object]) -> None:
        """For a job, on the worker's thread: tell how it goes on."""
        self._inbox.post(lambda: None if self._is_closed else news())

    def forget(self) -> bool:
        """What `do_latest` was asked is not wanted any more; whether there was something."""
        was_wanted, self._wanted = self._wanted != 0, 0
        return was_wanted

    def close(self, limit_s: float | None) -> bool:
        """Do what was asked, tell nobody, and end, within `limit_s` or however long it takes; whether it has ended."""
        if not self._is_closed:
            self._is_closed = True
            self._jobs.put(None)
        if self._thread.ident is not None:
            self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class Topic(Generic[T]):
    """Brings each published value to every subscriber, in the order in which they subscribed.

    What a subscriber publishes while it hears something comes to everybody after that: the last value that each hears
    is the newest.

    It belongs to the session's thread: subscribe and publish there alone.
    """

    def __init__(self) -> None:
        self._subscribers: list[Callable[[T], object]] = []
        self._waiting: deque[T] = deque()
        self._is_publishing = False

    def subscribe(self, hear: Callable[[T], object]) -> Callable[[], None]:
        """Call `hear` with each value that is published from now on; the returned function ends that."""
        self._subscribers.append(hear)

        def end() -> None:
            if hear in self._subscribers:
                self._subscribers.remove(hear)

        return end

    def publish(self, value: T) -> None:
        """Bring `value` to everybody who is subscribed now."""
        self._waiting.append(value)
        if self._is_publishing:
            return
        self._is_publishing = True
        try:
            while self._waiting:
                newest = self._waiting.popleft()
                for hear in tuple(self._subscribers):
                    hear(newest)
        finally:
            self._is_publishing = False
