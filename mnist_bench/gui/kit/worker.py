"""Work of the window that would hold it up for a moment, such as decoding a picture: done on a thread of its own."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QThreadPool, Signal, Slot


class _Outbox(QObject):
    """Carries what came of a job to the window's thread; outlives the window if the job does."""

    finished = Signal(int, object, object)


class Background(QObject):
    """Does one job after the other. Of several, the last asked wins: what came of the ones before it is not told.

    Signals:
        answered: what the job returned.
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
        self._newest = 0
        self._pending = False

    @property
    def is_busy(self) -> bool:
        """Whether something that was asked has not been told yet."""
        return self._pending

    def ask(self, job: Callable[[], Any]) -> None:
        """Do this off the window's thread; it must touch no widget."""
        self._newest += 1
        self._pending = True
        _start(self._pool, self._outbox, self._newest, job)

    def forget(self) -> None:
        """What was asked so far is not wanted any more."""
        self._newest += 1
        self._pending = False

    @Slot(int, object, object)
    def _take(self, ticket: int, answer: object, error: Exception | None) -> None:
        if ticket != self._newest:
            return
        self._pending = False
        if error is not None:
            self.failed.emit(error)
        else:
            self.answered.emit(answer)


class Queue(QObject):
    """Does every job, one after the other, and tells what came of each.

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

    def do(self, job: Callable[[], Any]) -> None:
        """Do this off the window's thread, after what was asked before; it must touch no widget."""
        _start(self._pool, self._outbox, 0, job)

    def finish(self) -> None:
        """Waits until all is done, and tells what came of it."""
        self._pool.waitForDone()
        QCoreApplication.sendPostedEvents(self)

    @Slot(int, object, object)
    def _take(self, _ticket: int, answer: object, error: Exception | None) -> None:
        if error is not None:
            self.failed.emit(error)
        else:
            self.answered.emit(answer)


def _start(pool: QThreadPool, outbox: _Outbox, ticket: int, job: Callable[[], Any]) -> None:
    """Does `job` on one of the pool's threads, and puts what came of it into the outbox."""

    def run() -> None:
        answer, error = None, None
        try:
            answer = job()
        except Exception as caught:
            error = caught  # told by `failed`; its traceback goes with it
        outbox.finished.emit(ticket, answer, error)

    pool.start(run)
