"""The work that takes long, at most one at a time: evaluating, fetching MNIST, quantizing, and what others bring."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from mnist_bench.base import locations
from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.base.progress import Progress
from mnist_bench.bench.quantizing import quantize_model
from mnist_bench.bench.stop import Stop
from mnist_bench.digits.datasets import LabelledDigits, load_digits, load_drawings
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.mnist import fetch_mnist, find_mnist, named_data
from mnist_bench.gui.live.place import Place
from mnist_bench.gui.work.evaluation import Evaluation, ReadDigits
from mnist_bench.gui.work.task import Task

Then = Callable[[Any], object]


class LongWork(QObject):
    """Begins long work, one at a time, and tells how it goes.

    Signals:
        progressed: Progress.
        busy_changed: whether something runs.
        message: a sentence for the status bar.
        failed: the exception that ended it; cancelling is not a failure.
        evaluating: an Evaluation whose digits are read, and the LabelledDigits.
        quantized: the path (str) of the new model file.
    """

    progressed = Signal(object)
    busy_changed = Signal(bool)
    message = Signal(str)
    failed = Signal(object)
    evaluating = Signal(object, object)
    quantized = Signal(str)

    def __init__(self, window: QWidget, data: Path | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._data = data
        self._running: Task | Evaluation | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something runs."""
        return self._running is not None

    @Slot()
    def cancel(self) -> None:
        """Ends what runs."""
        if self._running is not None:
            self._running.cancel()

    @Slot()
    def model_changed(self) -> None:
        """Ends an evaluation: the rest of it would be of another network."""
        if isinstance(self._running, Evaluation):
            self._running.cancel()

    # Evaluating.

    def evaluate_mnist(self, chosen: Callable[[], tuple[list[Place], str]]) -> None:
        """Evaluates on MNIST's test images, which are fetched first if they are not here and the person agrees.

        `chosen` is asked for the backends and the model when the images are here: others may be chosen by then.
        """
        try:
            data = find_mnist(self._data)
        except InputError as error:
            self._without_mnist(error, lambda folder: self.evaluate(folder, *chosen()))
            return
        self.evaluate(data, *chosen())

    def evaluate(self, data: Path, places: list[Place], model: str) -> Evaluation | None:
        """Evaluates on what `load_digits` finds there; None if something runs already or nothing can answer."""

        def read(task: Task) -> LabelledDigits:
            return load_digits(data, on_progress=lambda done, total: task.report("Reading the pictures", done, total))

        return self._evaluate(read, places, model)

    def evaluate_drawings(self, places: list[Place], model: str) -> Evaluation | None:
        """The same on the person's own drawings that have a label."""
        return self._evaluate(lambda _: load_drawings(KeptDrawings()), places, model)

    def _evaluate(self, read: ReadDigits, places: list[Place], model: str) -> Evaluation | None:
        able = [place for place in places if place.will_answer]
        if self.is_busy or not able:
            self.message.emit("No backend is ready yet." if not able else "Something else is running.")
            return None
        evaluation = Evaluation(read, able, model, self)
        evaluation.began.connect(self.evaluating)  # no lambda, which would keep it until it is destroyed
        evaluation.progressed.connect(self.progressed)
        evaluation.failed.connect(self.failed)
        evaluation.ended.connect(self._over)
        self._begin(evaluation)
        evaluation.start()
        return evaluation

    # Fetching.

    def fetch(self, then: Then) -> None:
        """Downloads MNIST; `then(folder)` follows."""

        def work(task: Task) -> Path:
            return fetch_mnist(
                progress=lambda name, done, total: task.report(f"Fetching {name}", done, total),
            )

        self.run(Task("Fetching MNIST", work), then)

    def _without_mnist(self, error: InputError, then: Then) -> None:
        """Offers to fetch MNIST, unless the person named a folder: fetching would not put anything into that."""
        if named_data(self._data) is None:
            self._offer_mnist(then)
        else:
            self.failed.emit(error)

    def _offer_mnist(self, then: Then) -> None:
        box = QMessageBox(self._window)
        box.setWindowTitle("MNIST is needed")
        box.setText("MNIST's digits are not on this computer yet.")
        box.setInformativeText(f"Fetch them now? 11 MB, kept in {locations.cache_dir()}.")
        fetch = box.addButton("Fetch MNIST", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(fetch)
        fetch.clicked.connect(lambda: self.fetch(then))
        box.setAttribute(_DELETE_ON_CLOSE)
        box.open()

    # Quantizing.

    def quantize(self, model: str) -> None:
        """Writes the model's network with int8 parameters to a new file among the person's own, and tells of it."""
        try:
            data = find_mnist(self._data)
        except InputError as error:
            self._without_mnist(error, lambda _folder: self.quantize(model))
            return

        def work(task: Task) -> str:
            stop = Stop()
            task.call_when_cancelled(stop.set)

            def on_progress(progress: Progress) -> None:
                task.report(progress.title or task.title, progress.done, progress.total)

            folder = locations.data_dir() / "models"
            return str(quantize_model(model, data, folder, on_progress=on_progress, stop=stop))

        self.run(Task("Quantizing", work, keeps_its_results=True), self.quantized.emit)

    # One at a time.

    def run(self, task: Task, then: Then) -> None:
        """Begins any other long work, if nothing runs; `then(what came of it)` follows where it did not fail."""
        if self.is_busy:
            self.message.emit("Something else is running.")
            return
        task.progressed.connect(self.progressed)
        task.failed.connect(self._task_failed)
        task.succeeded.connect(lambda answer: self._task_succeeded(answer, then))
        self._begin(task)
        self.progressed.emit(Progress(task.title))
        task.start()

    def _task_succeeded(self, answer: Any, then: Then) -> None:
        self._over()
        then(answer)

    @Slot(object)
    def _task_failed(self, error: Exception) -> None:
        self._over()
        if isinstance(error, Cancelled):
            self.message.emit(str(error))
        else:
            self.failed.emit(error)

    def _begin(self, work: Task | Evaluation) -> None:
        self._running = work
        self.busy_changed.emit(True)

    @Slot()
    def _over(self) -> None:
        self._running = None
        self.busy_changed.emit(False)


_DELETE_ON_CLOSE = Qt.WidgetAttribute.WA_DeleteOnClose
