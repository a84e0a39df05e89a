"""The row of digits 0 to 9 with which a person labels a drawing."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton, QWidget

from mnist_bench.gui.kit.button_row import ButtonRow
from mnist_bench.gui.kit.buttons import tool_button


class LabelRow(ButtonRow):
    """Ten buttons, at most one of them down.

    Signals:
        chosen: the digit (int) whose button was clicked.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label: int | None = None
        self.setAccessibleName("Label")
        self.set_buttons([self._make_button(digit) for digit in range(10)])

    def show_label(self, label: int | None) -> None:
        """Put this digit's button down, or none."""
        self._label = label
        for digit, button in enumerate(self.buttons):
            button.setChecked(digit == label)

    def _clicked(self, digit: int) -> None:
        """Leaves it to whoever is told which button is down."""
        self.show_label(self._label)
        self.chosen.emit(digit)

    def _make_button(self, digit: int) -> QToolButton:
        tip = f"Label it {digit} (key {digit}); again to remove the label"
        do = partial(self._clicked, digit)
        button = tool_button(str(digit), do, tip=tip, role="digit", name=f"Label it {digit}")
        button.setCheckable(True)
        return button
