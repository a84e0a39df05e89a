"""A line of text that changes often and never moves its neighbours: elided where it is too long, whole in its tip."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget

from mnist_bench.gui.kit import theme


class TextLine(QLabel):
    """One line. Unlike QLabel's, its size does not follow its text, so a new text costs a repaint and no layout.

    `widest` is a text whose width it keeps free; without one it takes what it is given. `elide` says where it is cut.
    """

    def __init__(
        self,
        text: str = "",
        *,
        role: str = "",
        widest: str = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._elide = elide
        self._line = ""
        self._widest = widest
        self._tip = ""
        if role:
            theme.set_role(self, role)
        horizontal = QSizePolicy.Policy.Fixed if widest else QSizePolicy.Policy.Ignored
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self.show_text(text)

    def show_text(self, text: str, tip: str = "") -> None:
        """Shows `text`; `tip` explains it, else the tip is the text itself where it was cut short."""
        self._tip = tip
        if text != self._line:
            self._line = text
            self.setAccessibleName(text)
            self.update()

    def line(self) -> str:
        """What it shows, in full."""
        return self._line

    def sizeHint(self) -> QSize:
        """As wide as the widest text it is made for, as high as a line."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._widest) + 1, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """It may be squeezed to nothing unless it has a widest text."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the text, elided."""
        del event
        painter = QPainter(self)
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self._line, self._elide, area.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(area, self.alignment() | Qt.TextFlag.TextSingleLine, shown)

    def event(self, event: QEvent) -> bool:
        """Shows the tip, or the whole text where it was cut short."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            is_cut = self.fontMetrics().horizontalAdvance(self._line) > self.contentsRect().width()
            text = self._tip or (self._line if is_cut else "")
            if text:
                QToolTip.showText(event.globalPos(), text, self)
                return True
            return False
        return super().event(event)
