"""Evaluates the chosen backends on a set of labelled digits, one after the other, while the window stays live."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.progress import Pace, Progress
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.live.place import Place
from mnist_bench.gui.work.task import Task

_PATIENCE_MS = 1000

ReadDigits = Callable[[Task], LabelledDigits]


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One backend in an evaluation: `done` of `images`; then its result, and why it is not whole or not there."""

    title: str
    style: BackendStyle
    done: int = 0
    images: int = 0
    result: AccuracyResult | None = None
    failure: str = ""


class Evaluation(QObject):
    """One evaluation, begun by `start`. The backends take turns, so that each one's time is its own.

    It goes by itself once it has ended.

    Attributes:
        model: the name of the network that is evaluated.

    Signals:
        began: itself and the LabelledDigits, once they are read.
        row_changed: the row's index and an EvaluationRow.
        progressed: Progress of all backends together.
        failed: the exception because of which the data cannot be read.
        ended: there is nothing more to come.
    """

    began = Signal(object, object)
    row_changed = Signal(int, object)
    progressed = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(
        self, read: ReadDigits, places: Sequence[Place], model: str = "", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.model = model
        self._runs = [_Run(index, place, self) for index, place in enumerate(places)]
        self._pace = Pace()
        self._digits: LabelledDigits | None = None
        self._is_over = False
        self._reading = Task("Reading the digits", read)
        self._reading.progressed.connect(self.progressed)
        self._reading.succeeded.connect(self._begin)
        self._reading.failed.connect(self._cannot_read)

    @property
    def rows(self) -> list[EvaluationRow]:
        """How each backend does, in order."""
        return [run.row for run in self._runs]

    def start(self) -> None:
        """Reads the digits, then asks the backends."""
        self.progressed.emit(Progress(self._reading.title))
        self._reading.start()

    @Slot()
    def cancel(self) -> None:
        """Ends it: the backend stops after the images that it has in hand, which takes a few hundredths of a second."""
        is_reading = self._digits is None and not self._is_over
        for run in reversed(self._runs):
            run.cancel()
        if is_reading:
            self._reading.cancel()

    @Slot(object)
    def _begin(self, digits: LabelledDigits) -> None:
        if self._is_over:
            return
        self.began.emit(self, digits)
        self._pace = Pace()
        self._digits = digits
        self._go_on()

    @Slot(object)
    def _cannot_read(self, error: Exception) -> None:
        if not self._is_over:
            self._runs.clear()
            self.failed.emit(error)
            self._go_on()

    def run_changed(self, run: "_Run") -> None:
        """One backend got on."""
        self.row_changed.emit(run.index, run.row)
        if run.is_over:
            self._go_on()
        elif self._digits is not None:
            done, total = sum(one.row.done for one in self._runs), len(self._digits) * len(self._runs)
            title = f"Evaluating {run.row.title}"
            self.progressed.emit(Progress(title, done, total, self._pace.seconds_left(done, total)))

    def _go_on(self) -> None:
        """Asks the next backend, or ends."""
        waiting = [run for run in self._runs if not run.is_over]
        if waiting and self._digits is not None:
            waiting[0].begin(self._digits)
        elif not waiting and not self._is_over:
            self._is_over = True
            self._digits = None
            self.ended.emit()
            self.deleteLater()


class _Run(QObject):
    """One backend's part."""

    def __init__(self, index: int, place: Place, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        self.index = index
        self.row = EvaluationRow(place.backend.title, place.style)
        self._worker = place.worker
        self._evaluation = evaluation
        self._was_asked = False
        self._partial: AccuracyResult | None = None
        place.ended.connect(self._place_ended)

    @property
    def is_over(self) -> bool:
        """Whether it has a result, or none will come."""
        return self.row.result is not None or bool(self.row.failure)

    def begin(self, digits: LabelledDigits) -> None:
        """Asks the backend, once."""
        if self._was_asked:
            return
        self._was_asked = True
        self._show(replace(self.row, images=len(digits)))
        self._worker.evaluation_moved.connect(self._moved)
        self._worker.evaluation_cut_short.connect(self._cut_short)
        self._worker.evaluation_ended.connect(self._over)
        self._worker.evaluate(digits)

    def cancel(self) -> None:
        """Asks the backend to stop."""
        if self.is_over:
            return
        if self._was_asked:
            self._worker.cancel_evaluation()
            QTimer.singleShot(_PATIENCE_MS, self, self._break_off)
        else:
            self._fail("cancelled")

    @Slot(int, int)
    def _moved(self, done: int, total: int) -> None:
        self._show(replace(self.row, done=done, images=total))

    @Slot(object)
    def _cut_short(self, partial: AccuracyResult) -> None:
        self._partial = partial

    @Slot(object)
    def _over(self, outcome: object) -> None:
        self._worker.evaluation_moved.disconnect(self._moved)
        self._worker.evaluation_cut_short.disconnect(self._cut_short)
        self._worker.evaluation_ended.disconnect(self._over)
        if isinstance(outcome, AccuracyResult):
            self._show(replace(self.row, done=outcome.images, images=outcome.images, result=outcome))
        else:
            self._fail("cancelled" if isinstance(outcome, Cancelled) else str(outcome))

    @Slot()
    def _place_ended(self) -> None:
        """The person took the backend away before its turn came; its worker is about to go."""
        if not self.is_over:
            self._fail("cancelled")

    @Slot()
    def _break_off(self) -> None:
        """A runner that is still at the same images by now hangs, or has a network that is too large to wait for."""
        if not self.is_over:
            self._worker.break_off()

    def _fail(self, why: str) -> None:
        """It ended early: what was read until then is its result."""
        done = self.row.done if self._partial is None else self._partial.images
        self._show(replace(self.row, done=done, result=self._partial, failure=why))

    def _show(self, row: EvaluationRow) -> None:
        self.row = row
        self._evaluation.run_changed(self)
