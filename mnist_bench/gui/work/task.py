"""A piece of long work on a thread of its own, which tells its progress and can be cancelled."""

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.progress import Pace, Progress


class Task(QObject):
    """Runs `work(task)` once; the work calls `report` as often as it can, which raises Cancelled after `cancel`.

    The person who cancels is answered at once; the work ends when it next reports, and nobody hears of it. Work that
    `keeps_its_results` is only told of the cancel, and ends by itself with what it has. A task keeps itself until then,
    and goes by itself.

    Signals:
        progressed: Progress.
        succeeded: what the work returned.
        failed: the exception that it raised, or Cancelled.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    _moved = Signal(object)
    _ended = Signal(object, object)

    def __init__(self, title: str, work: Callable[["Task"], object], *, keeps_its_results: bool = False) -> None:
        super().__init__()
        self.title = title
        self._work = work
        self._keeps_its_results = keeps_its_results
        self._cancelled = threading.Event()
        self._when_cancelled: Callable[[], None] = _nothing
        self._thread = threading.Thread(target=self._run, name=title, daemon=True)
        self._pace = Pace()
        self._moved.connect(self._tell_progress)
        self._ended.connect(self._tell_end)

    @property
    def is_cancelled(self) -> bool:
        """Whether the person does not want it any more; any thread may ask."""
        return self._cancelled.is_set()

    def start(self) -> None:
        """Begins."""
        _RUNNING.add(self)
        self._thread.start()

    def cancel(self) -> None:
        """Ends it: `failed` tells so at once, unless results are kept."""
        if not self._cancelled.is_set():
            self._cancelled.set()
            self._when_cancelled()
            if self._keeps_its_results:
                self.progressed.emit(Progress("Cancelling"))
            else:
                self.failed.emit(Cancelled("Cancelled."))

    def wait(self, limit_s: float) -> bool:
        """Waits for the end of the thread; False after `limit_s`."""
        self._thread.join(limit_s)
        return not self._thread.is_alive()

    @Slot(object)
    def _tell_progress(self, progress: Progress) -> None:
        if not self._cancelled.is_set():
            self.progressed.emit(progress)

    @Slot(object, object)
    def _tell_end(self, answer: object, error: Exception | None) -> None:
        self._thread.join()  # it has nothing left to do
        _RUNNING.discard(self)
        self.deleteLater()
        if self._cancelled.is_set() and not self._keeps_its_results:
            return
        if error is None:
            self.succeeded.emit(answer)
        else:
            self.failed.emit(error)

    # Called by the work, on its own thread.

    def report(self, title: str, done: int, total: int) -> None:
        """Tells the progress.

        Raises:
            Cancelled: the person does not want the work any more, and its results are not kept.
        """
        if self._cancelled.is_set() and not self._keeps_its_results:
            raise Cancelled("Cancelled.")
        self._moved.emit(Progress(title, done, total, self._pace.seconds_left(done, total)))

    def call_when_cancelled(self, action: Callable[[], None]) -> None:
        """`action` will be called by `cancel`, at once if that was called already."""
        self._when_cancelled = action
        if self._cancelled.is_set():
            action()

    def _run(self) -> None:
        answer, error = None, None
        try:
            answer = self._work(self)
        except Exception as caught:
            error = caught  # told by `failed`; its traceback goes with it
        self._ended.emit(answer, error)


def wait_for_tasks(limit_s: float) -> bool:
    """Waits for every task that was started, cancelled ones among them; False after `limit_s`."""
    deadline = time.monotonic() + limit_s
    return all([task.wait(max(0.0, deadline - time.monotonic())) for task in _RUNNING])  # noqa: C419 - each has its turn


def _nothing() -> None:
    """Nothing has to be done."""


_RUNNING: set[Task] = set()
