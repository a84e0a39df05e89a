"""Runs work that would block the window for a moment, such as decoding a picture, on a thread of its own."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QThreadPool, Signal, Slot


class _Outbox(QObject):
    """Carries what came of a job to the window's thread; outlives the window if the job does."""

    finished = Signal(int, object, object)


class Worker(QObject):
    """Does one job after the other, off the window's thread; a job must touch no widget.

    Signals:
        answered: what a job returned.
        failed: the exception that it raised.
    """

    answered = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._outbox = _Outbox()
        self._outbox.finished.connect(self._take)
        self._newest = self._first_wanted = self._told = 0

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked has not been told yet."""
        return self._newest >= self._first_wanted and self._told < self._newest

    def do(self, job: Callable[[], Any]) -> None:
        """Do this after what was asked before, and tell what came of it."""
        self._newest += 1
        ticket, outbox = self._newest, self._outbox

        def run() -> None:
            answer, error = None, None
            try:
                answer = job()
            except Exception as caught:
                error = caught  # told by `failed`; its traceback goes with it
            outbox.finished.emit(ticket, answer, error)

        self._pool.start(run)

    def ask(self, job: Callable[[], Any]) -> None:
        """The same, but what came of the jobs before it is not told any more: the last asked wins."""
        self.forget()
        self.do(job)

    def forget(self) -> None:
        """What was asked so far is not wanted any more."""
        self._first_wanted = self._newest + 1

    def finish(self) -> None:
        """Waits until all is done, and tells what came of it."""
        self._pool.waitForDone()
        QCoreApplication.sendPostedEvents(self)

    @Slot(int, object, object)
    def _take(self, ticket: int, answer: object, error: Exception | None) -> None:
        self._told = ticket
        if ticket < self._first_wanted:
            return
        if error is not None:
            self.failed.emit(error)
        else:
            self.answered.emit(answer)
