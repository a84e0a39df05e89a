"""The bundled drawings as thumbnails, one for each digit; another click shows the next one of the same digit."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QToolButton, QWidget

from mnist_bench.digits.pictures import DigitImage
from mnist_bench.gui.kit.button_row import ButtonRow
from mnist_bench.gui.kit.buttons import tool_button
from mnist_bench.gui.kit.pixels import enlarged

_SMALL: Final = 24
_LARGE: Final = 42


class SamplesStrip(ButtonRow):
    """A thumbnail for each digit that there are samples of: the one that a click brings.

    Signals:
        chosen: DigitImage that was clicked.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sample drawings")
        self._side = _SMALL

    def show_samples(self, samples: Iterable[DigitImage]) -> None:
        """Show these; samples without a label are left out."""
        by_digit: dict[int, list[DigitImage]] = {}
        for sample in samples:
            if sample.label is not None:
                by_digit.setdefault(sample.label, []).append(sample)
        self.set_buttons([self._make_button(digit, by_digit[digit]) for digit in sorted(by_digit)])

    def set_roomy(self, roomy: bool) -> None:
        """Two rows of large thumbnails, or one of small ones."""
        self._side = _LARGE if roomy else _SMALL
        for button in self.buttons:
            button.setIconSize(QSize(self._side, self._side))
        self.set_columns(5 if roomy else 10)

    def _make_button(self, digit: int, samples: list[DigitImage]) -> QToolButton:
        tip = f"Put a sample of a {digit} on the pad; again for the next of {len(samples)}"
        button = tool_button("", tip=tip, role="thumbnail", name=f"Sample of a {digit}")
        button.setIconSize(QSize(self._side, self._side))
        turn = 0

        def show() -> None:
            button.setIcon(QIcon(enlarged(samples[turn].pixels, _LARGE)))

        def choose() -> None:
            nonlocal turn
            self.chosen.emit(samples[turn])
            turn = (turn + 1) % len(samples)
            show()

        button.clicked.connect(choose)
        show()
        return button
