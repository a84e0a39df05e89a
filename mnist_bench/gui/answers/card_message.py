"""What a card says when it has no answer: that it is starting or off, or why it failed and what to do."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.text_line import TextBlock, TextLine
from mnist_bench.session.backend_state import Status, Waiting
from mnist_bench.session.failure import Failure

_STATUS = {
    Status.OFF: ("Off", "This backend has not been started."),
    Status.STARTING: (
        "Starting …",
        "The first start takes longest: the runner loads its libraries or is copied to its device.",
    ),
}


class CardMessage(QWidget):
    """A heading, a sentence, advice, and the buttons that help.

    Signals:
        retry_requested: the person pressed "Try again".
        quantize_requested: the person pressed "Quantize".
    """

    retry_requested = Signal()
    quantize_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._details = ""
        self._heading = TextLine(role="heading")
        self._words = TextBlock()
        tip = "Quantize to int8, in a new file"
        self.quantize_button = push_button("Quantize", self.quantize_requested, tip=tip, role="chip")
        self.retry_button = push_button("Try again", self.retry_requested, role="chip")
        self.copy_button = push_button("Copy details", self._copy, role="chip")
        gap = theme.GRID // 2
        buttons = hbox(self.quantize_button, self.retry_button, self.copy_button, 1, spacing=gap)
        self.setLayout(vbox(self._heading, (self._words, 1), buttons, spacing=gap, margins=(0, gap, 0, 0)))

    def show_status(self, status: Status) -> None:
        """Says that the backend is off or starting; nothing of one that works."""
        self._show(*_STATUS.get(status, ("", "")), role="muted")

    def show_waiting(self, waiting: Waiting) -> None:
        """Says what its device is about; nothing has to be pressed for it to come back."""
        self._show(f"○ {waiting.headline}", f"{waiting.sentence} {waiting.advice}", role="warning")

    def show_failure(self, failure: Failure, *, can_quantize: bool) -> None:
        """Says why there is no answer; "Quantize" is offered where that would help."""
        heading = "Not quantized" if can_quantize else "⚠ Cannot run"
        role = "warning" if can_quantize else "bad"
        self._show(heading, f"{failure.sentence} {failure.advice}", role=role)
        self._details = failure.details
        self.quantize_button.setVisible(can_quantize)
        self.retry_button.setVisible(not can_quantize)
        self.copy_button.setVisible(not can_quantize)

    def text(self) -> str:
        """All it says."""
        return f"{self._heading.line()} {self._words.text()}"

    def _show(self, heading: str, text: str, *, role: str) -> None:
        self._heading.show_text(heading)
        theme.set_role(self._heading, role)
        self._words.show_text(text.strip())
        for button in (self.quantize_button, self.retry_button, self.copy_button):
            button.hide()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
