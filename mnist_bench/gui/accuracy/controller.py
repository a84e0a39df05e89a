"""Joins the Accuracy tab to the chosen backends and to the long work that evaluates them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.gui.accuracy.accuracy_tab import AccuracyTab
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.live.controller import LiveController
from mnist_bench.gui.work.evaluation import Evaluation
from mnist_bench.gui.work.long_work import LongWork

if TYPE_CHECKING:
    from mnist_bench.gui.parts import Parts


class AccuracyController(View):
    """Begins an evaluation on what the person chose, and lets the tab follow it.

    Attributes:
        tab: the Accuracy tab.
    """

    tab: AccuracyTab

    def __init__(self, live: LiveController, work: LongWork, model: Callable[[], str], window: QWidget) -> None:
        super().__init__(AccuracyTab(), window)
        self._live = live
        self._work = work
        self._model = model
        self._window = window
        work.evaluating.connect(self._follow)
        live.baseline_changed.connect(self.tab.show_baseline)
        self.tab.show_baseline(live.baseline_id)
        self.tab.message.connect(self.message)
        self.tab.failed.connect(self.failed)

    def begin(self) -> None:
        """Makes the chart."""
        self.tab.begin()

    @Slot(str)
    def evaluate(self, what: str) -> None:
        """Evaluates on "mnist" or the person's "drawings", or asks for a "folder" or a "file"."""
        if what == "mnist":
            self._work.evaluate_mnist(lambda: (self._live.places, self._model()))
        elif what == "drawings":
            self._work.evaluate_drawings(self._live.places, self._model())
        elif chosen := self._ask_for_data(what):
            self._work.evaluate(Path(chosen), self._live.places, self._model())

    def _ask_for_data(self, what: str) -> str:
        if what == "folder":
            title = "Folder of MNIST's files, or of pictures in folders 0 to 9"
            return QFileDialog.getExistingDirectory(self._window, title)
        title, kinds = "Digits with their labels", "NumPy archives (*.npz)"
        return QFileDialog.getOpenFileName(self._window, title, "", kinds)[0]

    @Slot(object, object)
    def _follow(self, evaluation: Evaluation, digits: LabelledDigits) -> None:
        self.tab.follow(evaluation, digits)
        self.wanted.emit()


def make(parts: "Parts") -> View:
    """The tab's view."""
    controller = AccuracyController(parts.live, parts.work, parts.chosen_model, parts.window)
    controller.tab.chosen.connect(lambda digit: parts.pad.put_picture(digit.pixels, digit.label, digit.name))
    parts.tools.evaluate_requested.connect(controller.evaluate)
    return controller
