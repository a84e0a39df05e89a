"""Text that changes often and never moves its neighbours: elided if it is too long, complete in its tooltip."""

from bisect import bisect_right

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_bench.gui.kit.text import Label, set_tip, show_tip, wrapped


class TextLine(Label):
    """One line. Unlike a label's, its size does not follow its text, so a new text costs a repaint and no layout.

    `widest` is a text whose width it keeps free; without one it takes what it is given. `elide` says where it is cut.
    """

    def __init__(
        self,
        text: str = "",
        *,
        role: str = "",
        widest: str = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(role=role)
        self._elide = elide
        self._forms: tuple[str, ...] = ("",)
        self._widest = widest
        self._tip = ""
        horizontal = QSizePolicy.Policy.Fixed if widest else QSizePolicy.Policy.Ignored
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)
        self.show_text(text)

    def show_text(self, text: str, *shorter: str, tip: str = "") -> None:
        """Shows `text`, or the first of the `shorter` forms that has room; `tip` explains it, else it is the text."""
        self._tip = tip
        if (text, *shorter) != self._forms:
            self._forms = (text, *shorter)
            self.setAccessibleName(text)
            self.update()

    def line(self) -> str:
        """What it shows, in full."""
        return self._forms[0]

    def is_cut(self) -> bool:
        """Whether there is no room for what it shows."""
        return self.fontMetrics().horizontalAdvance(self._fitting()) > self.contentsRect().width()

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
        shown = self.fontMetrics().elidedText(self._fitting(), self._elide, area.width())
        painter.setPen(self.palette().windowText().color())
        painter.drawText(area, self.alignment() | Qt.TextFlag.TextSingleLine, shown)

    def event(self, event: QEvent) -> bool:
        """Shows the tip, or the whole text where it was cut short."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self._tip or (self.line() if len(self._forms) > 1 or self.is_cut() else "")
            if text:
                show_tip(event.globalPos(), text, self)
                return True
            return False
        return super().event(event)

    def _fitting(self) -> str:
        """The longest form that has room, or the shortest."""
        advance, room = self.fontMetrics().horizontalAdvance, self.contentsRect().width()
        return next((form for form in self._forms if advance(form) <= room), self._forms[-1])


class TextBlock(QWidget):
    """Text in as many lines as there is room for; where it is longer, it ends in "…" and is whole in its tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""

    def show_text(self, text: str) -> None:
        """Shows `text`, whose words are plain text."""
        self._text = text
        self.setAccessibleName(text)
        set_tip(self, wrapped(text))
        self.update()

    def text(self) -> str:
        """What it shows, in full."""
        return self._text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws as many words as fit."""
        del event
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect(), _WRAPPED, self.shown())

    def shown(self) -> str:
        """What there is room for."""
        words = self._text.split(" ")
        beginnings = [" ".join(words[:end]) + "…" for end in range(len(words))]
        fitting = bisect_right(beginnings, False, key=lambda text: not self._fits(text))
        return self._text if self._fits(self._text) else beginnings[max(fitting - 1, 0)]

    def _fits(self, text: str) -> bool:
        needed = self.fontMetrics().boundingRect(self.rect(), _WRAPPED, text)
        return needed.height() <= self.height() and needed.width() <= self.width()


_WRAPPED = Qt.TextFlag.TextWordWrap.value | Qt.AlignmentFlag.AlignTop.value
