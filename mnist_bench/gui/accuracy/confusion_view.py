"""The confusion matrix as a heat map with numbers, and beside it the most frequent confusions."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mnist_bench.base import words
from mnist_bench.base.files import csv_bytes
from mnist_bench.bench.accuracy.measures import DIGITS, most_confused
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import Palette, mixed
from mnist_bench.gui.kit.text import show_tip
from mnist_bench.session.findings import Findings

_CORNER: Final = "true \\ read"
_WIDEST: Final = 56
_LIST: Final = 170
_CENTRE: Final = Qt.AlignmentFlag.AlignCenter
_TO_THE_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ConfusionView(QWidget):
    """Rows are true digits, columns what the selected backend read. Wrong answers are shaded by their logarithm."""

    def __init__(self) -> None:
        super().__init__()
        self._confusion: NDArray[np.int64] = np.zeros((DIGITS, DIGITS), np.int64)
        self._title = ""
        self.setAccessibleName("Confusion matrix")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(DIGITS * 32, DIGITS * 13)

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows the backend at this place among those that have read something."""
        found = findings.backends[selected]
        self._confusion, self._title = found.summary.confusion, found.title
        self.setAccessibleDescription(f"{self._title}: {'; '.join(self._most_confused(3)) or 'no errors'}")
        self.update()

    def to_csv(self) -> bytes:
        """The matrix: a row for each true digit, a column for each digit that was read."""
        rows = [[digit, *self._confusion[digit].tolist()] for digit in range(DIGITS)]
        return csv_bytes(("label", *range(DIGITS)), rows)

    def sizeHint(self) -> QSize:
        """Wide enough for the numbers of ten thousand images, and the list."""
        return QSize(self._left + DIGITS * 40 + _LIST, self._top + DIGITS * 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the cells, their numbers, the axes, and the list where there is room for it."""
        painter = QPainter(self)
        palette = theme.current()
        width, height = self._cell()
        painter.setFont(theme.scaled(self.font(), min(1.0, max(0.7, height / 22))))
        painter.setPen(QColor(palette.muted))
        painter.drawText(QRectF(0, 0, self._left, self._top), _TO_THE_LEFT, _CORNER)
        largest = next((images for *_, images in most_confused(self._confusion, 1)), 1)
        for digit in range(DIGITS):
            painter.setPen(QColor(palette.muted))
            painter.drawText(QRectF(self._left + digit * width, 0, width, self._top), _CENTRE, str(digit))
            painter.drawText(QRectF(0, self._top + digit * height, self._left - 8, height), _CENTRE, str(digit))
            for read in range(DIGITS):
                area = QRectF(self._left + read * width, self._top + digit * height, width - 1, height - 1)
                self._paint_cell(painter, area, digit, read, largest)
        x = self._left + DIGITS * width + theme.GRID * 2
        if self.width() - x >= _LIST - theme.GRID * 3:
            self._paint_list(painter, palette, QRectF(x, 0, self.width() - x, self.height()))

    def event(self, event: QEvent) -> bool:
        """A cell tells in words what it means."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            show_tip(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, point: QPointF) -> str:
        """What the cell at this point means; empty beside the cells."""
        width, height = self._cell()
        read, digit = math.floor((point.x() - self._left) / width), math.floor((point.y() - self._top) / height)
        if not (0 <= read < DIGITS and 0 <= digit < DIGITS):
            return ""
        count = int(self._confusion[digit, read])
        return f"{words.plural(count, 'image')} of a {digit} read as {read} by {self._title}"

    def _paint_cell(self, painter: QPainter, area: QRectF, digit: int, read: int, largest: int) -> None:
        palette, count = theme.current(), int(self._confusion[digit, read])
        if digit == read:
            shade = mixed(palette.good, palette.surface, 0.28 if count else 0.08)
        elif count:
            share = math.log1p(count) / math.log1p(largest)
            shade = mixed(palette.bad, palette.surface, 0.15 + 0.6 * share)
        else:
            shade = mixed(palette.raised, palette.surface, 0.6)
        painter.fillRect(area, QColor(shade))
        if count:
            painter.setPen(_readable_on(shade))
            painter.drawText(area, _CENTRE, words.count(count))

    def _paint_list(self, painter: QPainter, palette: Palette, area: QRectF) -> None:
        painter.setFont(theme.tabular(self.font()))
        line = painter.fontMetrics().height() + 2
        rows = self._most_confused(max(1, int(area.height() / line) - 1))
        for number, text in enumerate([self._title, *(rows or ["no errors"])]):
            painter.setPen(QColor(palette.text if number else palette.muted))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
            painter.drawText(QRectF(area.x(), number * line, area.width(), line), _TO_THE_LEFT, shown)

    def _most_confused(self, most: int) -> list[str]:
        """The pairs that are confused, the most frequent first: "9 read as 4: 10"."""
        confused = most_confused(self._confusion, most)
        return [f"{digit} read as {read}: {words.count(images)}" for digit, read, images in confused]

    @property
    def _left(self) -> int:
        """Pixels in front of the cells; `_top`: above them."""
        return self.fontMetrics().horizontalAdvance(_CORNER) + theme.GRID

    @property
    def _top(self) -> int:
        return self.fontMetrics().height() + theme.GRID // 2

    def _cell(self) -> tuple[float, float]:
        room = self.width() - self._left
        if room >= DIGITS * 40 + _LIST:
            room -= _LIST
        return min(_WIDEST, room / DIGITS), (self.height() - self._top) / DIGITS


def _readable_on(shade: str) -> QColor:
    """Black or white, whichever stands out more."""
    color = QColor(shade)
    light = 0.299 * color.redF() + 0.587 * color.greenF() + 0.114 * color.blueF()
    return QColor("#000000" if light > 0.5 else "#ffffff")
