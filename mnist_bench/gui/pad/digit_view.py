"""What the network sees: the 28 x 28 digit image, enlarged, its pixels crisp."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import PAD_PAPER
from mnist_bench.gui.kit.pixels import gray_image
from mnist_bench.gui.kit.text import set_tip

_SIDE: Final = 28


class DigitView(QWidget):
    """Shows a digit image in a square of whole multiples of 28 pixels of the screen."""

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wanted = side
        self._pixels: NDArray[np.uint8] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("What the network sees")
        set_tip(
            self,
            "What the network sees: 28 × 28 grey values, the digit scaled to 20 pixels "
            "and its centre of mass in the middle, as in MNIST.",
        )
        self.show_pixels(None)

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """What is shown: uint8 (28, 28), or None."""
        return self._pixels

    def show_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a digit image, uint8 (28, 28); None for an empty pad."""
        self._pixels = pixels
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

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the image and a hairline around it."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(PAD_PAPER))
        if self._pixels is not None:
            # Crisp on any screen: a whole number of the screen's own pixels for each of the image's.
            ratio = self.devicePixelRatioF()
            inside = int(min(self.width(), self.height()) * ratio)
            side = max(_SIDE, inside - inside % _SIDE) / ratio
            painter.translate((self.width() - side) / 2, (self.height() - side) / 2)
            painter.scale(side / _SIDE, side / _SIDE)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QRect(0, 0, _SIDE, _SIDE), gray_image(self._pixels))
            painter.resetTransform()
        painter.setPen(QColor(theme.current().border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
