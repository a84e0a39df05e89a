"""The one table: frozen rows, described column by column; sorted, copied and exported, with columns to widen."""

import itertools
import json
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final, Generic

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from mnist_bench.base.files import csv_bytes
from mnist_bench.base.words import NO_FIGURE
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.columns import AnyIndex, Column, RowT, TableModel
from mnist_bench.gui.kit.containers import geometry_store
from mnist_bench.gui.kit.export import export_csv
from mnist_bench.gui.kit.keys import ClaimedKeys
from mnist_bench.gui.kit.text import copy_text
from mnist_bench.session.session import Session

_MEASURED_ROWS: Final = 300
_PADDING, _GAP = 10, 4
_LEAST, _MOST = 24, 4000
_SELECT: Final = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
_CURRENT: Final = QItemSelectionModel.SelectionFlag.NoUpdate


class ColorsKept(QStyledItemDelegate):
    """Shows a text in its own colour in selected rows too; Qt would paint all of those in one."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: AnyIndex) -> None:  # noqa: N802 - Qt's name
        """Colours the text of what is selected as that of what is not."""
        super().initStyleOption(option, index)
        if not option.state & QStyle.StateFlag.State_Selected:
            return
        color = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(color, QColor):
            palette = QPalette(option.palette)
            palette.setColor(QPalette.ColorRole.HighlightedText, color)
            option.palette = palette


class Table(QTableView, Generic[RowT]):
    """Shows rows; what is selected stays selected while they change and are sorted.

    Ctrl+C copies the selected rows, or all, as text with tabs; a menu offers that too, and a CSV file. A width that
    the person gives a column is remembered under the table's name. While it has the focus, `keys` mean what they say
    here, whatever they mean in the window.

    Signals:
        rows_selected: other rows are selected, or those that were are shown anew.
        chosen: Enter, or a double click on a row.
    """

    rows_selected = Signal()
    chosen = Signal()

    def __init__(
        self,
        session: Session,
        name: str,
        columns: Sequence[Column[RowT]],
        row_id: Callable[[RowT], Hashable],
        *,
        mode: QAbstractItemView.SelectionMode = QAbstractItemView.SelectionMode.ExtendedSelection,
        keys: Mapping[str, Callable[[], object]] | None = None,
        newest_first: bool = False,
        icon_side: int = 16,
    ) -> None:
        """`name` is its accessible name; `newest_first`: sorted by the first column, descending, from the start."""
        super().__init__()
        self._session = session
        self._name = name
        self._chosen_widths = _read_widths(name)
        self._natural: dict[int, int] = {}
        self._is_fitting = False
        self._kept: tuple[set[Hashable], Hashable | None] = (set(), None)
        self._model = TableModel(row_id, self)
        self.setModel(self._model)
        self.setItemDelegate(ColorsKept(self))
        self.setAccessibleName(name)
        self.setIconSize(QSize(icon_side, icon_side))
        self.setSelectionMode(mode)
        self._dress()
        header = self.horizontalHeader()
        header.setSortIndicator(0 if newest_first else -1, Qt.SortOrder.DescendingOrder)
        header.setSortIndicatorClearable(not newest_first)
        self.setSortingEnabled(True)
        self.show_all(columns, ())
        header.sectionResized.connect(self._section_resized)
        self._model.modelAboutToBeReset.connect(self._keep_selection)
        self._model.modelReset.connect(self._restore_selection)
        self.selectionModel().selectionChanged.connect(lambda *_: self.rows_selected.emit())
        self.doubleClicked.connect(lambda _index: self.chosen.emit())
        own = {"Return": self.chosen.emit, "Enter": self.chosen.emit, "Ctrl+C": self.copy}
        ClaimedKeys(self, {**own, **(keys or {})})

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(_LEAST)
        self._set_row_height()

    def _set_row_height(self) -> None:
        line = self.fontMetrics().height() + theme.GRID // 2
        self.verticalHeader().setDefaultSectionSize(max(line, self.iconSize().height() + 6))

    # What is shown.

    def show_rows(self, rows: Sequence[RowT]) -> None:
        """Shows these and no others, in this order or in the one that the person chose."""
        self._model.show(rows)
        self._measure()

    def show_all(self, columns: Sequence[Column[RowT]], rows: Sequence[RowT]) -> None:
        """Shows other columns, and these rows in them."""
        self._natural = {}  # a higher header resizes the table, and so fits it, before these are measured
        self._model.show_columns(columns)
        self.show_rows(rows)

    def rows(self) -> list[RowT]:
        """From top to bottom."""
        return list(self._model.rows)

    def selected(self) -> list[RowT]:
        """The selected rows from top to bottom."""
        return [self._model.rows[number] for number in self._selected_numbers()]

    def _selected_numbers(self) -> list[int]:
        """By ranges: an index of Qt's for each of many rows would take long."""
        ranges = self.selectionModel().selection()
        spans = [(ranges.at(place).top(), ranges.at(place).bottom() + 1) for place in range(ranges.count())]
        return sorted({number for span in spans for number in range(*span)})

    def remove_selected(self, remove: Callable[[list[RowT]], object]) -> None:
        """Calls `remove` with the selected rows, if any, and then selects the row that came into the place of these."""
        if selected := self.selected():
            place = self._model.rows.index(selected[0])
            remove(selected)
            self.select_row(min(place, len(self._model.rows) - 1))

    def select_row(self, place: int) -> None:
        """Selects this row alone, whatever keys are held: Qt's `selectRow` would do nothing while Ctrl is."""
        index, model = self._model.index(place, 0), self.selectionModel()
        model.select(index, _SELECT | QItemSelectionModel.SelectionFlag.Clear)
        model.setCurrentIndex(index, _CURRENT)

    def cells(self) -> list[list[str]]:
        """The texts of all rows, of the columns that can be seen."""
        return [[column.text(row) for column in self._seen()] for row in self._model.rows]

    def text(self) -> str:
        """The selected rows, or all if none is, with the headers: a line each, tabs between the columns."""
        lines = [[column.title for column in self._seen()]]
        lines += [[column.text(row) for column in self._seen()] for row in self.selected() or self._model.rows]
        return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)

    def to_csv(self) -> bytes:
        """All rows and columns; what is sorted by a number is that number, in the unit that the header names."""
        titles = [
            ", ".join(filter(None, (" ".join(column.title.split()), column.unit))) for column in self._model.columns
        ]
        rows = ([_figure(column, row) for column in self._model.columns] for row in self._model.rows)
        return csv_bytes(titles, rows)

    @Slot()
    def copy(self) -> None:
        """Puts `text()` on the clipboard."""
        copy_text(self.text())

    @Slot()
    def save(self) -> None:
        """Asks where to, and saves `to_csv()`."""
        content = self.to_csv()
        export_csv(self._session, self, self._name.partition(",")[0].lower().replace(" ", "-"), lambda: content)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offers to copy it, and to save it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy\tCtrl+C", self.copy)
        menu.addAction("Save table as CSV …", self.save)
        menu.popup(event.globalPos())

    def _seen(self) -> list[Column[RowT]]:
        return [column for place, column in enumerate(self._model.columns) if not self.isColumnHidden(place)]

    # Selection by id.

    @Slot()
    def _keep_selection(self) -> None:
        ids, current = self._model.ids(), self.currentIndex()
        selected = {ids[number] for number in self._selected_numbers()}
        self._kept = (selected, ids[current.row()] if current.isValid() else None)

    @Slot()
    def _restore_selection(self) -> None:
        selected, current = self._kept
        model = self.selectionModel()
        ids = self._model.ids() if selected or current is not None else []
        again = QItemSelection()  # whoever follows the selection is told once
        for is_selected, span in itertools.groupby(range(len(ids)), lambda place: ids[place] in selected):
            if is_selected:
                first, *rest = span
                again.select(self._model.index(first, 0), self._model.index(rest[-1] if rest else first, 0))
        model.select(again, _SELECT)
        if current in ids:
            model.setCurrentIndex(self._model.index(ids.index(current), 0), _CURRENT)
        self.rows_selected.emit()

    # Widths.

    def _measure(self) -> None:
        """How wide each column is by its contents, of which the first rows speak for all; hides those without any."""
        metrics, bold = self.fontMetrics(), QFontMetrics(theme.scaled(self.font(), 1, bold=True))
        rows = self._model.rows[:_MEASURED_ROWS]
        self._natural = {}
        self._is_fitting = True
        for place, column in enumerate(self._model.columns):
            texts = [column.text(row) for row in rows]
            is_empty = column.optional and all(text in ("", NO_FIGURE) for text in texts)
            self.setColumnHidden(place, is_empty)
            if not is_empty:
                icon = self.iconSize().width() + _GAP if column.marker or column.picture else 0
                mark = self.iconSize().width() + _GAP if column.style else 0
                cells = max(map(metrics.horizontalAdvance, texts), default=0) + icon
                title = max(map(bold.horizontalAdvance, column.title.split("\n"))) + mark
                self._natural[place] = max(cells, title) + _PADDING
        self._fit()

    def _fit(self) -> None:
        """Gives each column the width of its contents, or the person's, and those that stretch what is left."""
        widths, flexible, character = {}, [], self.fontMetrics().averageCharWidth()
        for place, natural in self._natural.items():
            column = self._model.columns[place]
            chosen = self._chosen_widths.get(column.title)
            widths[place] = chosen or min(natural, column.most * character or natural)
            if column.stretch and not chosen:
                flexible.append(place)
        spare = self.viewport().width() - sum(widths.values())
        for place in flexible:
            column, icon = self._model.columns[place], self.iconSize().width() + _GAP
            least = min(self._natural[place], column.least * character + icon + _PADDING)
            if column.marker is not None:
                least = widths[place]  # a backend's name is never cut
            widths[place] = max(least, widths[place] + spare // len(flexible))
        self._is_fitting = True
        for place, width in widths.items():
            self.horizontalHeader().resizeSection(place, width)
        self._is_fitting = False

    @Slot(int, int, int)
    def _section_resized(self, section: int, _before: int, width: int) -> None:
        if not self._is_fitting and width:
            self._chosen_widths[self._model.columns[section].title] = width
            geometry_store().setValue(f"tables/{self._name}", json.dumps(self._chosen_widths))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Selects a row for those who come by the Tab key: Qt has a current row then, which nobody sees."""
        super().focusInEvent(event)
        by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_key and self._model.rows and not self.selectionModel().hasSelection():
            self.select_row(max(self.currentIndex().row(), 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits the columns that stretch."""
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fits the columns, whose contents have their style only now."""
        super().showEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_row_height()
            self._measure()


def _figure(column: Column[RowT], row: RowT) -> object:
    """What a CSV file says of a cell."""
    value = (column.key or column.text)(row)
    return "" if value == -math.inf else value


def _read_widths(name: str) -> dict[str, int]:
    """The widths that the person gave columns of this table, by their titles; what cannot be read is left out."""
    try:
        stored = json.loads(str(geometry_store().value(f"tables/{name}", "{}")))
    except ValueError:
        return {}
    pairs = stored.items() if isinstance(stored, dict) else ()
    return {title: width for title, width in pairs if isinstance(width, int) and _LEAST <= width <= _MOST}
