"""A strip above the cards that says what went wrong, until it is closed."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.session.failure import Failure


class NoticeStrip(QFrame):
    """One sentence and what to do next; of several failures the newest is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.set_role(self, "well")
        self._details = ""
        sign = QLabel("⚠")
        theme.set_role(sign, "bad")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.copy_button = push_button("Copy details", role="chip")
        self.copy_button.clicked.connect(self._copy)
        self.close_button = push_button("Close", role="chip")
        self.close_button.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.GRID * 3 // 2, theme.GRID // 2, theme.GRID, theme.GRID // 2)
        layout.setSpacing(theme.GRID)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._words, 1)
        for button in (self.copy_button, self.close_button):
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
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
