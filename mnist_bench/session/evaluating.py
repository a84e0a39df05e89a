"""Evaluates the chosen backends on labelled digits, one after the other, while drawing goes on."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from functools import partial

from mnist_bench.base.errors import Cancelled
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.session.backend_state import BackendState
from mnist_bench.session.engine_worker import EngineWorker, Evaluating
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live
from mnist_bench.session.topic import Topic

_TITLE = "Evaluating"
_PATIENCE_S = 1.0

ReadDigits = Callable[[Task], LabelledDigits]


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationRow:
    """One backend in an evaluation: `done` of `images`; then its result, and why it is not whole or not there."""

    backend_id: str
    title: str
    color: int
    done: int = 0
    images: int = 0
    result: AccuracyResult | None = None
    failure: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has a result, or none will come."""
        return self.result is not None or bool(self.failure)


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationState:
    """An evaluation that runs or has ended: of which network, on which digits, and how each backend does."""

    model: str
    digits: LabelledDigits
    rows: tuple[EvaluationRow, ...]
    is_running: bool = True


class Evaluations:
    """Begins evaluations, as jobs, and follows the one that runs.

    Attributes:
        state: the last one; None before the first.

    Topics:
        changed: `state`, when it has changed.
        ended: the EvaluationState of one that has just ended.
    """

    def __init__(self, live: Live, jobs: Jobs) -> None:
        self.state: EvaluationState | None = None
        self.changed: Topic[EvaluationState] = Topic()
        self.ended: Topic[EvaluationState] = Topic()
        self._live = live
        self._jobs = jobs
        live.loaded.subscribe(lambda _network: self._network_changed())

    def evaluate(self, read: ReadDigits, model: str) -> bool:
        """Evaluate the backends that can answer, or soon will, on what `read` reads; whether it has begun."""
        able = self._live.able
        if not able:
            self._jobs.message.publish("No backend is ready yet.")
            return False
        parts = [_Part(state, self._live.worker_of(state.id)) for state in able]
        return self._jobs.run(_TITLE, partial(self._work, read, model, parts), self._over, keeps_results=True)

    def _network_changed(self) -> None:
        """The rest of an evaluation would be of another network."""
        if self._jobs.title == _TITLE:
            self._jobs.cancel()

    # On the job's thread.

    def _work(self, read: ReadDigits, model: str, parts: Sequence["_Part"], task: Task) -> None:
        inbox = self._jobs.inbox
        digits = read(task)
        task.check()

        def show(is_running: bool = True) -> None:
            state = EvaluationState(model, digits, tuple(part.row for part in parts), is_running)
            inbox.post(lambda: self._show(state))

        show()
        try:
            for number, part in enumerate(parts):

                def moved(done: int, total: int, number: int = number, part: "_Part" = part) -> None:
                    part.row = replace(part.row, done=done, images=total)
                    task.report(f"Evaluating {part.row.title}", number * total + done, total * len(parts))
                    show()

                part.run(digits, moved, task)
                show()
        finally:
            show(is_running=False)

    # On the session's thread.

    def _show(self, state: EvaluationState) -> None:
        self.state = state
        self.changed.publish(state)

    def _over(self, _nothing: None) -> None:
        if self.state is not None:
            self.ended.publish(self.state)


class _Part:
    """One backend's part in an evaluation."""

    def __init__(self, state: BackendState, worker: EngineWorker) -> None:
        self.row = EvaluationRow(state.id, state.backend.title, state.color)
        self._worker = worker

    def run(self, digits: LabelledDigits, moved: Callable[[int, int], None], task: Task) -> None:
        """Ask the backend, and take what comes of it; returns soon after a cancel."""
        if task.is_cancelled:
            self.row = replace(self.row, failure="cancelled")
            return
        self.row = replace(self.row, images=len(digits))
        wanted = self._worker.evaluate(digits, moved)
        task.call_when_cancelled(partial(self._cancel, wanted))
        try:
            result = wanted.outcome.result()
            self.row = replace(self.row, done=result.images, result=result)
        except (Cancelled, CancelledError):
            self._end_early(wanted, "cancelled")
        except Exception as error:
            self._end_early(wanted, str(error))

    def _end_early(self, wanted: Evaluating, why: str) -> None:
        """What was read until then is its result."""
        done = self.row.done if wanted.partial is None else wanted.partial.images
        self.row = replace(self.row, done=done, result=wanted.partial, failure=why)

    def _cancel(self, wanted: Evaluating) -> None:
        """It stops after the images that it has in hand; a runner that is still at them after a while hangs, or has a
        network that is too large to wait for.
        """
        wanted.is_cancelled = True

        timer = threading.Timer(_PATIENCE_S, self._worker.break_off)
        timer.daemon = True
        wanted.outcome.add_done_callback(lambda _: timer.cancel())
        timer.start()
