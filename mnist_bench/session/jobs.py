"""Long work, one job at a time, on its own thread, with progress; a person can cancel it."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.progress import Pace, Progress
from mnist_bench.session.inbox import Inbox, Topic

T = TypeVar("T")


class Task:
    """What work sees of the job that it is: it reports to it, and asks it whether to go on. Any thread may use it."""

    def __init__(self, title: str, show: Callable[["Task", Progress], object], keeps_results: bool) -> None:
        self.title = title
        self.keeps_results = keeps_results
        self.thread: threading.Thread
        self.tell: Callable[[], object] | None = None  # once the work is done: hands over what came of it
        self._show = show
        self._guard = threading.Lock()
        self._is_cancelled = False
        self._when_cancelled: list[Callable[[], object]] = []
        self._pace = Pace()

    @property
    def is_cancelled(self) -> bool:
        """Whether the person does not want it any more."""
        return self._is_cancelled

    def check(self) -> None:
        """Raise Cancelled where the person does not want the work any more."""
        if self._is_cancelled:
            raise Cancelled("Cancelled.")

    def report(self, title: str, done: int, total: int) -> None:
        """Tell the progress.

        Raises Cancelled where the person does not want the work any more, and its results are not kept.
        """
        if not self.keeps_results:
            self.check()
        self._show(self, Progress(title, done, total, self._pace.seconds_left(done, total)))

    def call_when_cancelled(self, action: Callable[[], object]) -> None:
        """Have `action` called once, when the work is cancelled: at once if it was already."""
        with self._guard:
            if not self._is_cancelled:
                self._when_cancelled.append(action)
                return
        action()

    def cancel(self) -> None:
        """Tell the work to end; what is called when it is cancelled is called here."""
        with self._guard:
            actions, self._when_cancelled = self._when_cancelled, []
            self._is_cancelled = True
        for action in actions:
            action()


Work = Callable[[Task], T]


class Jobs:
    """Runs long work. The person who cancels is answered at once; the work ends when it next reports, and nobody hears
    of it. Work that `keeps_results` is only told of the cancel, and ends by itself with what it has.

    Attributes:
        progress: how far the work is; None while nothing runs.

    Topics:
        progressed: `progress`, when it has changed.
        message: a sentence for the status bar.
        done: the title of work that has ended well.
        failed: the exception that ended the work; cancelling is not a failure.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.progress: Progress | None = None
        self.progressed: Topic[Progress | None] = Topic()
        self.message: Topic[str] = Topic()
        self.done: Topic[str] = Topic()
        self.failed: Topic[Exception] = Topic()
        self._running: Task | None = None
        self._threads: set[threading.Thread] = set()

    @property
    def is_busy(self) -> bool:
        """Whether something runs."""
        return self._running is not None

    @property
    def title(self) -> str:
        """What runs; empty while nothing does."""
        return "" if self._running is None else self._running.title

    def run(
        self, title: str, work: Work[T], then: Callable[[T], object] = lambda _: None, *, keeps_results: bool = False
    ) -> bool:
        """Begin `work` if nothing runs, else say so; `then(what came of it)` follows where it did not fail."""
        if self.is_busy:
            self.message.publish("Something else is running.")
            return False
        task = Task(title, lambda task, progress: self.inbox.post(lambda: self._moved(task, progress)), keeps_results)

        def do() -> None:
            try:
                answer = work(task)
            except Exception as error:  # told by `failed`; its traceback goes with it
                caught = error
                self.inbox.post(lambda: self._end(task, None, caught))
            else:
                task.tell = tell = partial(then, answer)
                self.inbox.post(lambda: self._end(task, tell, None))

        task.thread = threading.Thread(target=do, name=title, daemon=True)
        self._running = task
        self._threads.add(task.thread)
        self._show(Progress(title))
        task.thread.start()
        return True

    def cancel(self) -> None:
        """End what runs."""
        task = self._running
        if task is None or task.is_cancelled:
            return
        task.cancel()
        if task.keeps_results:
            self._show(Progress("Cancelling"))
        else:
            self._over()
            self.message.publish("Cancelled.")

    def begin_close(self) -> None:
        """Tell what runs to end; `close` waits for it."""
        if self._running is not None:
            self._running.cancel()

    def close(self, limit_s: float) -> bool:
        """Cancel what runs, and wait for all that was begun to end; False after `limit_s`. What comes in time of work
        that keeps results is told: nobody drains the inbox any more.
        """
        self.begin_close()
        deadline = time.monotonic() + limit_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        task, self._running = self._running, None
        if task is not None and task.keeps_results and task.tell is not None:
            task.tell()
        return not any(thread.is_alive() for thread in self._threads)

    # What jobs tell, on the session's thread.

    def _moved(self, task: Task, progress: Progress) -> None:
        """A job got on."""
        if task is self._running and not task.is_cancelled:
            self._show(progress)

    def _end(self, task: Task, then: Callable[[], object] | None, error: Exception | None) -> None:
        """A job has ended."""
        task.thread.join()  # it has nothing left to do
        self._threads.discard(task.thread)
        if task is not self._running:
            return
        self._over()
        if then is not None:
            then()
            self.done.publish(task.title)
        elif isinstance(error, Cancelled):
            self.message.publish(str(error))
        elif error is not None:
            self.failed.publish(error)

    def _over(self) -> None:
        self._running = None
        self._show(None)

    def _show(self, progress: Progress | None) -> None:
        self.progress = progress
        self.progressed.publish(progress)
