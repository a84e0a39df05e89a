"""How well each backend reads each digit; of the selected backend with intervals."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.base.files import csv_bytes
from mnist_bench.bench.accuracy.measures import DIGITS, Proportion
from mnist_bench.gui.accuracy.findings import Findings, Found
from mnist_bench.gui.kit import formatting, theme
from mnist_bench.gui.kit.formatting import NO_FIGURE
from mnist_bench.gui.kit.marker import marker_icon
from mnist_bench.gui.kit.palette import mixed

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ClassTable(QTableWidget):
    """A column for each digit, a row for each backend, in per cent; each backend's worst digit is marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 1 + DIGITS, parent)
        self.setAccessibleName("Accuracy of each backend for each digit")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(20)
        self.verticalHeader().setDefaultSectionSize(20)
        for column, words in enumerate(("Accuracy, %", *map(str, range(DIGITS)))):
            header = QTableWidgetItem(words)
            header.setTextAlignment(_RIGHT if column else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(column, header)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(36)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().resizeSection(0, self.fontMetrics().averageCharWidth() * 18)
        self._findings: Findings | None = None

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows all backends, and the intervals of the one at this place."""
        self._findings = findings
        chosen = findings.backends[selected]
        self.setRowCount(len(findings.backends) + 3)
        for row, found in enumerate(findings.backends):
            self._show_backend(row, found)
        digits = chosen.summary.by_digit
        row = len(findings.backends)
        self._put_row(row, "95 % from", [f"{100 * one.low:.1f}" for one in digits])
        self._put_row(row + 1, "95 % to", [f"{100 * one.high:.3g}" for one in digits])
        self._put_row(row + 2, "images", [str(one.total) for one in digits])
        for place in (row, row + 1):
            if (item := self.item(place, 0)) is not None:
                item.setToolTip(f"Wilson's interval of {chosen.title}, the backend that is selected on the left")

    def to_csv(self) -> bytes:
        """All of it, shares from 0 to 1."""
        rows = [
            (found.title, digit, one.right, one.total, one.share, one.low, one.high)
            for found in (self._findings.backends if self._findings else ())
            for digit, one in enumerate(found.summary.by_digit)
        ]
        return csv_bytes(("backend", "digit", "right", "images", "accuracy", "low", "high"), rows)

    def _show_backend(self, row: int, found: Found) -> None:
        digits = found.summary.by_digit
        self._put_row(row, found.title, [_percent(one) for one in digits], muted=False)
        if (title := self.item(row, 0)) is not None:
            title.setIcon(marker_icon(found.style, self.devicePixelRatioF()))
            title.setToolTip(found.title)
        worst = min(one.share for one in digits if one.share is not None)
        palette = theme.current()
        for digit, one in enumerate(digits):
            item = self.item(row, 1 + digit)
            if item is None or one.share is None:
                continue
            item.setToolTip(
                f"{found.title} reads {formatting.count(one.right)} of {formatting.count(one.total)} rightly: "
                f"{formatting.accuracy(one.share)}, 95 % interval {one.low * 100:.2f} to {one.high * 100:.2f} %"
            )
            if one.share == worst < 1:
                item.setBackground(QBrush(QColor(mixed(palette.bad, palette.surface, 0.2))))
                item.setToolTip(f"{item.toolTip()}; its worst digit")

    def _put_row(self, row: int, title: str, texts: list[str], *, muted: bool = True) -> None:
        for column, text in enumerate((title, *texts)):
            item = QTableWidgetItem(text)
            item.setTextAlignment(_RIGHT if column else Qt.AlignmentFlag.AlignVCenter)
            if muted:
                item.setForeground(QBrush(QColor(theme.current().muted)))
            self.setItem(row, column, item)


def _percent(one: Proportion) -> str:
    """One decimal, and 100 only where all are right."""
    if one.share is None:
        return NO_FIGURE
    return "100" if one.share == 1 else f"{min(one.share * 100, 99.9):.1f}"
