"""How well each backend reads each digit, with intervals."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.bench.accuracy.measures import DIGITS, Proportion
from mnist_bench.gui.accuracy.findings import Findings, csv_bytes
from mnist_bench.gui.look import formatting, theme
from mnist_bench.gui.look.marker import marker_icon
from mnist_bench.gui.look.palette import mixed

_FIRST: Final = 2
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ClassTable(QTableWidget):
    """A row for each digit, a column for each backend; each backend's worst digit is marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(DIGITS, _FIRST, parent)
        self.setAccessibleName("Accuracy of each backend for each digit")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(20)
        self.verticalHeader().setMinimumSectionSize(16)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._findings: Findings | None = None

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows all backends; `selected` makes no difference."""
        del selected
        self._findings = findings
        backends = findings.backends
        self.setColumnCount(_FIRST + len(backends))
        headers = [QTableWidgetItem(words) for words in ("Digit", "Images", *(found.title for found in backends))]
        for column, header in enumerate(headers):
            header.setTextAlignment(_RIGHT)
            self.setHorizontalHeaderItem(column, header)
        most = max(backends, key=lambda found: found.summary.accuracy.total).summary
        for digit in range(DIGITS):
            self._put(digit, 0, str(digit))
            self._put(digit, 1, formatting.count(most.by_digit[digit].total))
        for column, found in enumerate(backends, _FIRST):
            headers[column].setIcon(marker_icon(found.style, self.devicePixelRatioF()))
            worst = min(one.share for one in found.summary.by_digit if one.share is not None)
            for digit, one in enumerate(found.summary.by_digit):
                self._put(digit, column, _words(one), is_worst=one.share == worst < 1)

    def to_csv(self) -> bytes:
        """All of it, shares from 0 to 1."""
        rows = [
            (found.title, digit, one.right, one.total, one.share, one.low, one.high)
            for found in (self._findings.backends if self._findings else ())
            for digit, one in enumerate(found.summary.by_digit)
        ]
        return csv_bytes(("backend", "digit", "right", "images", "accuracy", "low", "high"), rows)

    def _put(self, row: int, column: int, text: str, *, is_worst: bool = False) -> None:
        item = QTableWidgetItem(text)
        item.setTextAlignment(_RIGHT)
        if is_worst:
            palette = theme.current()
            item.setBackground(QBrush(QColor(mixed(palette.bad, palette.surface, 0.2))))
            item.setToolTip("The digit that it reads worst")
        self.setItem(row, column, item)


def _words(one: Proportion) -> str:
    if one.share is None:
        return formatting.NO_FIGURE
    return f"{formatting.accuracy(one.share)}   {one.low * 100:.1f} to {one.high * 100:.1f}"
