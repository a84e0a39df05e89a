"""A list of digit images as thumbnails with a line below each, made when they are first seen; a click chooses one."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QListView, QWidget

from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.columns import AnyIndex
from mnist_bench.gui.kit.keys import ClaimedKeys
from mnist_bench.gui.kit.pixels import enlarged, untinted
from mnist_bench.gui.kit.table import ColorsKept
from mnist_bench.gui.kit.text import plain_tip

THUMBNAIL: Final = 40
WRONG: Final = "✗"
"""A line that ends in it is marked by its colour, too."""

Words = Callable[[int], str]
"""What is said of the image with this number."""


class _Images(QAbstractListModel):
    """Some of the images of a set, in the order in which they are given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._digits: LabelledDigits | None = None
        self._numbers: list[int] = []
        self._line: Words = str
        self._tip: Words = str
        self._thumbnails: dict[int, QIcon] = {}

    def show(self, digits: LabelledDigits, numbers: Sequence[int], line: Words, tip: Words) -> None:
        self.beginResetModel()
        if digits is not self._digits:
            self._thumbnails.clear()
        self._digits, self._numbers = digits, list(numbers)
        self._line, self._tip = line, tip
        self.endResetModel()

    def number_at(self, row: int) -> int:
        return self._numbers[row]

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._numbers)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        number = self._numbers[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(number)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._line(number)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._tip(number))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._tip(number)
        if role == Qt.ItemDataRole.ForegroundRole and self._line(number).endswith(WRONG):
            return QColor(theme.current().bad)
        return None

    def _thumbnail(self, number: int) -> QIcon | None:
        if self._digits is None:
            return None
        if number not in self._thumbnails:
            self._thumbnails[number] = untinted(enlarged(self._digits.images[number], THUMBNAIL))
        return self._thumbnails[number]


class ImagesList(QListView):
    """Thumbnails side by side, as many as fit.

    Signals:
        chosen: the number of the image that was clicked, or on which Enter was pressed.
    """

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widest = ""
        self.setAccessibleName(name)
        self._images = _Images(self)
        self.setModel(self._images)
        self.setItemDelegate(ColorsKept(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFont(theme.tabular(self.font()))
        self.clicked.connect(self._choose)
        ClaimedKeys(self, {"Return": self._choose_current, "Enter": self._choose_current})

    def show_images(
        self, digits: LabelledDigits, numbers: Sequence[int], line: Words, tip: Words, *, widest: str
    ) -> None:
        """Shows these images; `line` stands below each (at most as wide as `widest`), `tip` says it in full."""
        self._widest = widest
        self._fit()
        self._images.show(digits, numbers, line, tip)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the size of the text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        width = max(THUMBNAIL, self.fontMetrics().horizontalAdvance(self._widest)) + theme.GRID * 3 // 2
        self.setGridSize(QSize(width, THUMBNAIL + self.fontMetrics().height() + theme.GRID))

    def lines(self) -> list[str]:
        """What is said below the images."""
        return [str(self._images.index(row).data()) for row in range(self._images.rowCount())]

    def _choose_current(self) -> None:
        self._choose(self.currentIndex())

    def _choose(self, index: AnyIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._images.number_at(index.row()))
