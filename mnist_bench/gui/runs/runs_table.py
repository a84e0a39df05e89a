"""The table of saved measurements."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.bench.runs.overview import RunOverview
from mnist_bench.gui.kit import formatting, theme

_HEADERS = ("Measured", "Model", "Scenario", "Backends", "Baseline p50", "Samples", "Complete", "Warnings")
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

    def show_runs(self, runs: Sequence[RunOverview]) -> None:
        """Shows these, in the order that the person chose."""
        self.setSortingEnabled(False)
        self.setRowCount(len(runs))
        for row, one in enumerate(runs):
            *_, backends, _median, _samples, _complete, warnings = cells = _cells(one)
            for column, cell in enumerate(cells):
                cell.setTextAlignment(_RIGHT if column in _RIGHT_COLUMNS else _LEFT)
                cell.setToolTip(str(one.path))
                cell.setData(_ID_ROLE, one.id)
                self.setItem(row, column, cell)
            backends.setToolTip("\n".join(one.titles))
            warnings.setToolTip("\n".join(f"{kind}: {kind.advice}" for kind in one.warnings))
        self.setSortingEnabled(True)

    def ids(self) -> list[str]:
        """The ids from top to bottom."""
        return [self._id(row) for row in range(self.rowCount())]

    def selected_ids(self) -> list[str]:
        """The ids of the selected rows, from top to bottom."""
        return [self._id(row) for row in sorted({index.row() for index in self.selectionModel().selectedRows()})]

    def _id(self, row: int) -> str:
        return str(self.model().index(row, 0).data(_ID_ROLE))


def when(one: RunOverview) -> str:
    """When it was measured, in local time."""
    return f"{datetime.fromisoformat(one.started).astimezone():%Y-%m-%d %H:%M}"


def _cells(one: RunOverview) -> tuple[_Cell, ...]:
    backends = ", ".join(one.titles)
    median = formatting.NO_FIGURE if one.baseline_ns is None else formatting.duration(one.baseline_ns)
    return (
        _Cell(when(one), datetime.fromisoformat(one.started).timestamp()),
        _Cell(Path(one.model).name, one.model),
        _Cell(str(one.scenario), str(one.scenario)),
        _Cell(backends, backends),
        _Cell(median, one.baseline_ns or 0.0),
        _Cell(formatting.count(one.samples), one.samples),
        _Cell("yes" if one.complete else "partial", int(one.complete)),
        _Cell(f"⚠ {len(one.warnings)}" if one.warnings else "", len(one.warnings)),
    )
