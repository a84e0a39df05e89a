"""Joins the Accuracy tab to the session's evaluations."""

from PySide6.QtWidgets import QWidget

from mnist_bench.digits.pictures import DigitImage
from mnist_bench.gui.accuracy.accuracy_tab import AccuracyTab
from mnist_bench.gui.kit.view import View
from mnist_bench.session.evaluating import EvaluationState
from mnist_bench.session.session import Session


class AccuracyView(View):
    """Follows the evaluation that runs, or shows one that was kept."""

    tab: AccuracyTab

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(AccuracyTab(), window)
        self._session = session
        session.evaluations.begun.subscribe(self._begin)
        session.evaluations.changed.subscribe(self.tab.show_evaluation)
        self.tab.chosen.connect(self._put_on_pad)
        self.tab.message.connect(session.message.publish)
        self.tab.failed.connect(session.failed.publish)

    def begin(self) -> None:
        """Makes the chart."""
        self.tab.begin()

    def _begin(self, state: EvaluationState) -> None:
        self.tab.follow(state)
        self.wanted.emit()

    def _put_on_pad(self, digit: DigitImage) -> None:
        self._session.pad.put_image(digit)


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return AccuracyView(session, window)
