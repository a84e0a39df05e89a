"""The table of saved measurements."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.bench.runs.saved import SavedComparison
from mnist_bench.gui.look import formatting, theme

_HEADERS = ("Measured", "Model", "Scenario", "Backends", "Baseline p50", "Samples", "Whole")
_RIGHT_COLUMNS = (4, 5)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_SORT_ROLE = Qt.ItemDataRole.UserRole
_ID_ROLE = Qt.ItemDataRole.UserRole + 1


class _Cell(QTableWidgetItem):
    """A cell that sorts by what it means, not by its words."""

    def __init__(self, text: str, key: float | str) -> None:
        super().__init__(text)
        self.setData(_SORT_ROLE, key)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        return bool(self.data(_SORT_ROLE) < other.data(_SORT_ROLE))


class RunsTable(QTableWidget):
    """One row for each saved measurement; a click on a header sorts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEADERS), parent)
        self.setAccessibleName("Saved runs")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + theme.GRID)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        for column, words in enumerate(_HEADERS):
            item = QTableWidgetItem(words)
            item.setTextAlignment(_RIGHT if column in _RIGHT_COLUMNS else _LEFT)
            self.setHorizontalHeaderItem(column, item)
        self.setSortingEnabled(True)
        self.sortByColumn(0, Qt.SortOrder.DescendingOrder)

    def show_saved(self, saved: Sequence[SavedComparison]) -> None:
        """Shows these, in the order that the person chose."""
        self.setSortingEnabled(False)
        self.setRowCount(len(saved))
        for row, one in enumerate(saved):
            for column, cell in enumerate(_cells(one)):
                cell.setTextAlignment(_RIGHT if column in _RIGHT_COLUMNS else _LEFT)
                cell.setToolTip(str(one.path))
                cell.setData(_ID_ROLE, one.id)
                self.setItem(row, column, cell)
        self.setSortingEnabled(True)

    def ids(self) -> list[str]:
        """The ids from top to bottom."""
        return [self._id(row) for row in range(self.rowCount())]

    def selected_ids(self) -> list[str]:
        """The ids of the selected rows, from top to bottom."""
        return [self._id(row) for row in sorted({index.row() for index in self.selectionModel().selectedRows()})]

    def _id(self, row: int) -> str:
        return str(self.model().index(row, 0).data(_ID_ROLE))


def _cells(saved: SavedComparison) -> tuple[_Cell, ...]:
    comparison = saved.comparison
    started = comparison.conditions.started
    baseline = next((run for run in comparison.runs if run.backend == comparison.baseline), None)
    has_times = baseline is not None and len(baseline.compute_ns) > 0
    median = float(np.median(baseline.compute_ns)) if baseline is not None and has_times else 0.0
    samples = sum(len(run.compute_ns) for run in comparison.runs)
    backends = ", ".join(dict.fromkeys(run.runner.title for run in comparison.runs))
    return (
        _Cell(started[:16].replace("T", " "), started),
        _Cell(Path(comparison.model).name, comparison.model),
        _Cell(str(comparison.scenario), str(comparison.scenario)),
        _Cell(backends, backends),
        _Cell(formatting.duration(median) if median else formatting.NO_FIGURE, median),
        _Cell(formatting.count(samples), samples),
        _Cell("yes" if comparison.complete else "partial", int(comparison.complete)),
    )
