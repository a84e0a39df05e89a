"""The kept drawings as the rows of a table: thumbnail, label, answers, when."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from mnist_bench.digits.kept import KeptDrawing
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.gui.kit import formatting
from mnist_bench.gui.kit.pixels import enlarged

THUMBNAIL: Final = 32
_HEADERS: Final = ("Drawing", "Label", "Answers", "Drawn")
_Index = QModelIndex | QPersistentModelIndex


class DrawingsModel(QAbstractTableModel):
    """Rows in the order in which they are given; thumbnails are made when they are first seen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[KeptDrawing, ...] = ()
        self._thumbnails: dict[str, QIcon] = {}

    def show_drawings(self, drawings: Sequence[KeptDrawing]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = tuple(drawings)
        self.endResetModel()

    def drawing_at(self, row: int) -> KeptDrawing:
        """The drawing in this row."""
        return self._rows[row]

    def rowCount(self, parent: _Index | None = None) -> int:
        """One row for each drawing."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        """Thumbnail, label, answers, time."""
        return 0 if parent is not None and parent.isValid() else len(_HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        kept = self._rows[index.row()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return self._thumbnail(kept)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) and index.column() > 0:
            return (_label(kept), _answers(kept), f"{kept.time.astimezone():%Y-%m-%d %H:%M}")[index.column() - 1]
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            return "Drawing of an unknown digit" if kept.label is None else f"Drawing of a {kept.label}"
        return None

    def _thumbnail(self, kept: KeptDrawing) -> QIcon:
        if kept.id not in self._thumbnails:
            pixmap = enlarged(render_drawing(kept.drawing), THUMBNAIL)
            icon = QIcon(pixmap)
            icon.addPixmap(pixmap, QIcon.Mode.Selected)  # or Qt would tint it
            self._thumbnails[kept.id] = icon
        return self._thumbnails[kept.id]


def _label(kept: KeptDrawing) -> str:
    return "?" if kept.label is None else str(kept.label)


def _answers(kept: KeptDrawing) -> str:
    """As "PyTorch fp32: 7 (99.8 %) ✓   QNNPACK int8: 1 (51.0 %) ✗"; right and wrong only where there is a label."""
    said = []
    for answer in kept.answers:
        sign = "" if kept.label is None else " ✓" if answer.digit == kept.label else " ✗"
        said.append(f"{answer.backend}: {answer.digit} ({formatting.probability(answer.probability)}){sign}")
    return "    ".join(said)
