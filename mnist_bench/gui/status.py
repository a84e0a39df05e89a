"""The status bar: a message, what the backends say, and long work with the time left and a Cancel button."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QStatusBar

from mnist_bench.base import words
from mnist_bench.base.progress import Progress
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox, holding
from mnist_bench.gui.kit.text import TextLine

_STEPS = 1000


class StatusBar(QStatusBar):
    """What the window is doing.

    Attributes:
        overview: how things are.
        cancel_button: seen while there is long work.

    Signals:
        cancel_requested: the person does not want the long work any more.
    """

    cancel_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.overview = TextLine(role="muted")
        self.overview.setAccessibleName("Status")
        self._title = TextLine(role="muted", right=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(140)
        self._left = TextLine(role="muted", widest="59 min left")
        self.cancel_button = push_button("Cancel", self.cancel_requested, tip="Esc", role="chip")
        parts = ((self._title, 1), self._bar, self._left, self.cancel_button)
        self._work = holding(hbox(*parts, margins=(0, 0, theme.GRID, 0)))
        self.setContentsMargins(theme.GRID, 0, 0, 0)
        self.addWidget(self.overview, 1)
        self.addPermanentWidget(self._work, 1)
        self._work.hide()

    def show_briefly(self, message: str) -> None:
        """Shows something that has just been done in the overview's place, for a few seconds."""
        self.showMessage(message, 6000)

    def show_progress(self, progress: Progress | None) -> None:
        """Shows long work, or none."""
        self._work.setVisible(progress is not None)
        if progress is None:
            return
        self._title.show_text(progress.title)
        self._bar.setMaximum(_STEPS if progress.total else 0)
        self._bar.setValue(progress.done * _STEPS // progress.total if progress.total else 0)
        self._bar.setAccessibleName(progress.title)
        self._left.show_text(words.time_left(progress.seconds_left))
