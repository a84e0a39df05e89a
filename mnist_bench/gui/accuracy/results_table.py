"""The table of an evaluation: one row for each backend, filled while it runs."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.gui.accuracy.findings import Findings
from mnist_bench.gui.kit import formatting
from mnist_bench.gui.kit.formatting import NO_FIGURE
from mnist_bench.gui.kit.marker import marker_icon
from mnist_bench.gui.work.evaluation import EvaluationRow

_COLUMNS: Final = (
    ("Backend", "What was evaluated"),
    ("Accuracy", "The share of images read rightly, with its 95 % interval (Wilson)"),
    ("Right", "How many images were read rightly, of how many that were read"),
    ("Images/s", "Images by the whole time, transport included"),
    ("ECE", "Expected calibration error: how far its probabilities are from how often it is right"),
    ("Same digit", "Of how many images it says the same digit as the baseline"),
    ("McNemar p", "How likely so uneven a split of the images that only one of it and the baseline reads is by chance"),
)
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ResultsTable(QTableWidget):
    """Shows rows and findings; the selected row is the backend that the views beside it are about.

    Signals:
        row_selected: the number of the row.
    """

    row_selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self._cells: list[list[QTableWidgetItem]] = []
        for column, (words, tip) in enumerate(_COLUMNS):
            item = QTableWidgetItem(words)
            item.setToolTip(tip)
            item.setTextAlignment(_alignment(column))
            self.setHorizontalHeaderItem(column, item)
        self.setAccessibleName("Accuracy of each backend")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(22)
        self.verticalHeader().setDefaultSectionSize(22)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)
        self.itemSelectionChanged.connect(self._tell_selected)

    def show_rows(self, rows: Sequence[EvaluationRow]) -> None:
        """Shows a new evaluation."""
        self._cells = [[QTableWidgetItem(NO_FIGURE) for _ in _COLUMNS] for _ in rows]
        self.setRowCount(len(rows))
        for index, (row, cells) in enumerate(zip(rows, self._cells, strict=True)):
            for column, item in enumerate(cells):
                item.setTextAlignment(_alignment(column))
                self.setItem(index, column, item)
            cells[0].setText(row.title)
            cells[0].setIcon(marker_icon(row.style, self.devicePixelRatioF()))
            self.show_row(index, row)
        self.selectRow(0)

    def show_row(self, index: int, row: EvaluationRow) -> None:
        """Shows how far one backend is, and why it ended early."""
        is_without_figures = row.result is None
        if is_without_figures:
            self._put(index, 1, _how_far(row), row.failure)
            self._cells[index][1].setTextAlignment(_LEFT if row.failure else _RIGHT)
        read = f"\nRead {_count_of(row.done, row.images)}: {row.failure}" if row.failure else ""
        self._put(index, 0, row.title, row.title + read)
        columns = len(_COLUMNS) - 1 if is_without_figures and row.failure else 1
        if self.columnSpan(index, 1) != columns:
            self.setSpan(index, 1, 1, columns)

    def show_findings(self, findings: Findings, baseline_id: str) -> None:
        """Shows what is known of each backend that has read something."""
        for found in findings.backends:
            summary = found.summary
            accuracy, against = summary.accuracy, summary.against
            interval = f"{accuracy.low * 100:.2f}–{accuracy.high * 100:.2f}"
            is_baseline = summary.result.backend_id == baseline_id
            texts = (
                f"{formatting.accuracy(summary.result.accuracy)}   {interval}",
                _count_of(accuracy.right, accuracy.total),
                formatting.count(round(summary.result.images_per_second)),
                formatting.accuracy(summary.calibration.ece),
                "baseline" if is_baseline else formatting.accuracy(against.agreement) if against else NO_FIGURE,
                against.mcnemar.p_text if against else NO_FIGURE,
            )
            for column, text in enumerate(texts, 1):
                self._put(found.row, column, text)
            if against is not None:
                largest = formatting.difference(against.max_logit_difference)
                self._cells[found.row][5].setToolTip(f"The largest difference of two logits is {largest}.")
                self._cells[found.row][6].setToolTip(
                    f"Only the baseline reads {formatting.plural(against.mcnemar.only_baseline, 'image')} rightly, "
                    f"only {found.title} {formatting.count(against.mcnemar.only_other)}."
                )

    def selected_row(self) -> int:
        """The number of the selected row."""
        return max(self.currentRow(), 0)

    def text(self) -> str:
        """The table as text, with tabs between the columns."""
        rows = [[item.text() for item in cells] for cells in self._cells]
        return "\n".join("\t".join(row) for row in [[words for words, _ in _COLUMNS], *rows])

    def _put(self, row: int, column: int, text: str, tip: str = "") -> None:
        item = self._cells[row][column]
        if item.text() != text:
            item.setText(text)
        item.setToolTip(tip)

    def _tell_selected(self) -> None:
        if self.selectedItems():
            self.row_selected.emit(self.selected_row())


def _how_far(row: EvaluationRow) -> str:
    if row.failure:
        return row.failure
    return f"{row.done * 100 // row.images} %" if row.images else "waits"


def _count_of(part: int, whole: int) -> str:
    return f"{formatting.count(part)} of {formatting.count(whole)}"


def _alignment(column: int) -> Qt.AlignmentFlag:
    return _RIGHT if column else _LEFT
