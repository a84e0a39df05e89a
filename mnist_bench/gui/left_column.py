"""The left side of the window: the pad, and below it the answers in brief if there is room for them."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from mnist_bench.gui.answers.brief import Brief
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import vbox
from mnist_bench.gui.pad.pad_panel import PadPanel

_PAD_WITH_BRIEF = 230
"""Below this side of the pad, in pixels, the brief lines give way to it."""


class LeftColumn(QWidget):
    """Lays them out: on a low window the brief lines give way first, then the samples, and the pad shrinks last."""

    def __init__(self, pad: PadPanel, brief: Brief, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pad = pad
        self._brief = brief
        self._line = QFrame()
        theme.set_role(self._line, "line")
        self.setLayout(vbox((pad, 1), self._line, brief, spacing=0))

    def fit(self) -> None:
        """Shows the brief lines if the pad stays large enough beside them."""
        full = self.width() - 2 * theme.GRID
        left = self.height() - self._pad.height_below() - self._brief.sizeHint().height()
        has_room = left >= min(full, _PAD_WITH_BRIEF)
        self._brief.setVisible(has_room)
        self._line.setVisible(has_room)

    def minimumSizeHint(self) -> QSize:
        """Room for the pad alone."""
        return self._pad.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shows what there is room for."""
        self.fit()
        super().resizeEvent(event)
