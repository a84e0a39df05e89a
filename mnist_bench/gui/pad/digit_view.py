"""Digit images below the pad: what the network sees, enlarged, and the bundled drawings as thumbnails."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from mnist_bench.digits.pictures import DigitImage
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.button_row import ButtonRow
from mnist_bench.gui.kit.buttons import tool_button
from mnist_bench.gui.kit.palette import PAD_PAPER
from mnist_bench.gui.kit.pixels import enlarged, image_of
from mnist_bench.gui.kit.text import set_tip

_SIDE: Final = 28
_SMALL: Final = 24
_LARGE: Final = 42
"""Pixels: the sides of a thumbnail."""


class DigitView(QWidget):
    """Shows a digit image in a square of whole multiples of 28 pixels of the screen.

    Attributes:
        pixels: what is shown: uint8 (28, 28), or None.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self._wanted = side
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the network sees")
        set_tip(
            self,
            "What the network sees: 28 x 28 grey values, the digit scaled to 20 pixels "
            "and its centre of mass in the middle, as in MNIST.",
        )
        self.show_pixels(None)

    def show_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a digit image, uint8 (28, 28); None for an empty pad."""
        self.pixels = pixels
        self.setAccessibleDescription("Nothing yet" if pixels is None else "A digit image of 28 by 28 pixels")
        self.update()

    def set_side(self, side: int) -> None:
        """Be this many logical pixels wide and high."""
        if side != self._wanted:
            self._wanted = side
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """The side that was asked for."""
        return QSize(self._wanted, self._wanted)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the image and a hairline around it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PAD_PAPER))
        if self.pixels is not None:
            # Crisp on any screen: a whole number of the screen's own pixels for each of the image's.
            ratio = self.devicePixelRatioF()
            inside = int(min(self.width(), self.height()) * ratio)
            side = max(_SIDE, inside - inside % _SIDE) / ratio
            painter.translate((self.width() - side) / 2, (self.height() - side) / 2)
            painter.scale(side / _SIDE, side / _SIDE)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QRect(0, 0, _SIDE, _SIDE), image_of(self.pixels))
            painter.resetTransform()
        painter.setPen(QColor(theme.current().border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class SamplesStrip(ButtonRow):
    """A thumbnail for each digit that there are samples of: the one that a click brings.

    Signals:
        chosen: DigitImage that was clicked.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
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
