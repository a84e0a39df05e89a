"""A strip above the cards that says what went wrong, until it is closed."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox
from mnist_bench.gui.kit.text import Label
from mnist_bench.session.failure import Failure


class NoticeStrip(QFrame):
    """One sentence and what to do next; of several failures the newest is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "well")
        self._details = ""
        self._words = Label(wrap=True, selectable=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.copy_button = push_button("Copy details", self._copy, role="chip")
        self.close_button = push_button("Close", self.hide, role="chip")
        parts = (Label("⚠", role="bad"), (self._words, 1), self.copy_button, self.close_button)
        self.setLayout(hbox(*parts, margins=(theme.GRID * 3 // 2, theme.GRID // 2, theme.GRID, theme.GRID // 2)))
        self.hide()

    def show_failure(self, failure: Failure) -> None:
        """Shows what went wrong, with its details to copy."""
        words = f"{failure.sentence} {failure.advice}".strip()
        self._words.setText(words)
        self.setAccessibleName(words)
        self._details = failure.details
        self.copy_button.setVisible(bool(failure.details))
        self.show()

    def words(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
