"""Runs work that would block the session's thread for a moment, such as reading a file, on its own thread."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from mnist_bench.session.inbox import Inbox

T = TypeVar("T")
Job = Callable[[], None]


class Worker:
    """Does one job after the other on one thread, begun with the first, and brings what came of each to the inbox."""

    def __init__(self, inbox: Inbox, name: str) -> None:
        self._inbox = inbox
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._newest = 0
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
    ) -> None:
        """The same, but nobody is told if another was asked, or `forget` called, before it was done."""
        self._newest += 1
        ticket = self._newest
        self.do(
            job,
            lambda done: then(done) if ticket == self._newest else None,
            lambda error: failed(error) if ticket == self._newest else None,
        )

    def forget(self) -> None:
        """What `do_latest` was asked is not wanted any more."""
        self._newest += 1

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
