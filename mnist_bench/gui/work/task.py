"""A piece of long work on a thread of its own, which tells its progress and can be cancelled."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from mnist_bench.errors import Cancelled
from mnist_bench.gui.work.progress import Pace, Progress


class Task(QObject):
    """Runs `work(task)` once; the work calls `report` as often as it can, which raises Cancelled after `cancel`.

    Signals:
        progressed: Progress.
        succeeded: what the work returned.
        failed: the exception that it raised, Cancelled among them.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)

    def __init__(self, title: str, work: Callable[["Task"], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._work = work
        self._cancelled = threading.Event()
        self._when_cancelled: Callable[[], None] = _nothing
        self._thread = threading.Thread(target=self._run, name=title, daemon=True)
        self._pace = Pace()

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def cancel(self) -> None:
        """Asks the work to end."""
        self._cancelled.set()
        self._when_cancelled()

    def wait(self, limit_s: float) -> bool:
        """Waits for the end of the thread; False after `limit_s`."""
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    # Called by the work, on its own thread.

    def report(self, title: str, done: int, total: int, seconds_left: float | None = None) -> None:
        """Tells the progress; without `seconds_left` it is judged by the pace so far.

        Raises:
            Cancelled: the person does not want the work any more.
        """
        if self._cancelled.is_set():
            raise Cancelled("Cancelled.")
        if seconds_left is None:
            seconds_left = self._pace.seconds_left(done, total)
        self.progressed.emit(Progress(title, done, total, seconds_left))

    def call_when_cancelled(self, action: Callable[[], None]) -> None:
        """`action` will be called by `cancel`, at once if that was called already."""
        self._when_cancelled = action
        if self._cancelled.is_set():
            action()

    def _run(self) -> None:
        try:
            answer = self._work(self)
        except Exception as error:
            self.failed.emit(error)
        else:
            self.succeeded.emit(answer)


def _nothing() -> None:
    """Nothing has to be done."""
