"""The columns of a table, each described once, and the model that shows rows in them."""

import math
import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QWidget

from mnist_bench.base.words import NO_FIGURE
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import BackendStyle, mixed
from mnist_bench.gui.kit.pixels import marker_icon, untinted
from mnist_bench.gui.kit.text import plain_tip

RowT = TypeVar("RowT")
AnyIndex = QModelIndex | QPersistentModelIndex
_TINT: Final = 0.2
_MOST_ICONS: Final = 200
_NUMBER: Final = re.compile(r"(\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?)")


@dataclass(frozen=True)
class Column(Generic[RowT]):
    """One column of a table.

    Attributes:
        title, about: its header and what the header's tip says.
        text: what a cell shows.
        key: what the column is sorted by, and what a CSV file holds (in `unit`); without it, the text, and the first
            number in it by its value.
        tip: what a cell's tip says; without it, a column that stretches tells its whole text.
        spoken: what a screen reader says instead of the text.
        ink, fill: the name of the palette's colour for the text and for a tint behind it; empty for none.
        marker: the backend whose mark stands before the text.
        picture: what stands before the text, or None while there is none yet; asked for once it is seen.
        style: the backend whose mark stands in the header.
        right: aligned to the right, as numbers are.
        stretch: takes the width that is left over, and gives way first, but never below `least` characters.
        most: the widest that the column becomes by itself, in characters; 0 for as wide as its contents.
        optional: hidden while no cell has a text.
    """

    title: str
    text: Callable[[RowT], str]
    about: str = ""
    key: Callable[[RowT], Any] | None = None
    unit: str = ""
    tip: Callable[[RowT], str] | None = None
    spoken: Callable[[RowT], str] | None = None
    ink: Callable[[RowT], str] | None = None
    fill: Callable[[RowT], str] | None = None
    marker: Callable[[RowT], BackendStyle | None] | None = None
    picture: Callable[[RowT], QPixmap | None] | None = None
    style: BackendStyle | None = None
    right: bool = False
    stretch: bool = False
    least: int = 18
    most: int = 0
    optional: bool = False

    @property
    def alignment(self) -> Qt.AlignmentFlag:
        """Of cells and header."""
        side = Qt.AlignmentFlag.AlignRight if self.right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


def numbers(
    title: str,
    value: Callable[[RowT], float | None],
    words: Callable[[float], str],
    about: str = "",
    *,
    unit: str = "",
    optional: bool = False,
) -> Column[RowT]:
    """A column of numbers, sorted by them; a missing one is shown as a dash and is less than all others."""

    def text(row: RowT) -> str:
        number = value(row)
        return NO_FIGURE if number is None else words(number)

    def key(row: RowT) -> float:
        number = value(row)
        return -math.inf if number is None else number

    return Column(title, text, about, key=key, unit=unit, right=True, optional=optional)


def _parts(text: str) -> tuple[str, float, str]:
    """What stands before its first number, that number, and the rest: by these "9 conv2d" comes before "10 relu"."""
    before, number, rest = (*_NUMBER.split(text, 1), "0", "")[:3]
    return before, float(number.replace(",", "")), rest


class TableModel(QAbstractTableModel, Generic[RowT]):
    """The rows in the order in which they are shown."""

    def __init__(self, row_id: Callable[[RowT], Hashable], parent: QWidget) -> None:
        super().__init__(parent)
        self.row_id = row_id
        self.columns: Sequence[Column[RowT]] = ()
        self.rows: list[RowT] = []
        self._given: Sequence[RowT] = ()
        self._sorted_by: tuple[int, bool] = (-1, False)
        self._icons: dict[tuple[Hashable, str], tuple[RowT, QIcon]] = {}

    def ids(self) -> list[Hashable]:
        """The ids of the rows, from top to bottom."""
        return [self.row_id(row) for row in self.rows]

    def show(self, rows: Sequence[RowT]) -> None:
        """Shows these in place of the ones before; the same rows with other values cost no reset."""
        same = len(rows) == len(self.rows) and {self.row_id(row) for row in rows} == set(self.ids())
        self._given = tuple(rows)
        if same:
            self._rearrange()
        else:
            self.beginResetModel()
            self.rows = self._in_order()
            present = set(self.ids())
            self._icons = {key: entry for key, entry in self._icons.items() if key[0] in present}
            self.endResetModel()

    def show_columns(self, columns: Sequence[Column[RowT]]) -> None:
        """Shows these columns in place of the ones before."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by this column; by -1 in the order in which the rows were given."""
        self._sorted_by = (column, order is Qt.SortOrder.DescendingOrder)
        self._rearrange()

    def _rearrange(self) -> None:
        """Other values or another order of the same rows: what is selected moves with its row."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self.row_id(self.rows[index.row()]) for index in before]
        self.rows = self._in_order()
        places = {id_: place for place, id_ in enumerate(self.ids())}
        after = [self.index(places[id_], index.column()) for id_, index in zip(ids, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _in_order(self) -> list[RowT]:
        place, is_descending = self._sorted_by
        if not 0 <= place < len(self.columns):
            return list(self._given)
        column = self.columns[place]
        key = column.key or (lambda row: _parts(column.text(row)))
        return sorted(self._given, key=key, reverse=is_descending)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        """The rows; they have none below them."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex | None = None) -> int:
        """The columns."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a header shows."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(column.about)
            case Qt.ItemDataRole.TextAlignmentRole:
                return column.alignment
            case Qt.ItemDataRole.DecorationRole if column.style is not None:
                return marker_icon(column.style)
        return None

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        row, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.ToolTipRole:
                tip = column.tip or (column.text if column.stretch else None)
                return plain_tip(tip(row)) if tip is not None else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return column.alignment
            case Qt.ItemDataRole.DecorationRole:
                return self._icon(row, column)
            case Qt.ItemDataRole.AccessibleTextRole if column.spoken is not None:
                return column.spoken(row)
            case Qt.ItemDataRole.ForegroundRole if column.ink is not None and (ink := column.ink(row)):
                return QColor(getattr(theme.current(), ink))
            case Qt.ItemDataRole.BackgroundRole if column.fill is not None and (fill := column.fill(row)):
                return QColor(mixed(getattr(theme.current(), fill), theme.current().surface, _TINT))
        return None

    def _icon(self, row: RowT, column: Column[RowT]) -> QIcon | None:
        if column.marker is not None and (style := column.marker(row)) is not None:
            return marker_icon(style)
        if column.picture is None:
            return None
        key = (self.row_id(row), column.title)
        if key not in self._icons or self._icons[key][0] != row:
            picture = column.picture(row)
            if picture is None:
                return None
            self._icons[key] = (row, untinted(picture))
            for oldest in list(self._icons)[:-_MOST_ICONS]:
                del self._icons[oldest]
        return self._icons[key][1]
