"""The table of kept drawings, and the keys that mean something in it."""

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from mnist_bench.gui.drawings.drawings_model import THUMBNAIL, DrawingsModel

_UNDO: Final = Qt.KeyboardModifier.ControlModifier
_DIGITS: Final = {ord(str(digit)): digit for digit in range(10)}


class DrawingsTable(QTableView):
    """Rows of kept drawings; several can be selected.

    While it has the focus, keys mean the selected drawings instead of what is on the pad.

    Signals:
        chosen: Enter or a double click, on the current row.
        delete_requested: Delete.
        undo_requested: Ctrl+Z.
        label_requested: a digit's key.
    """

    chosen = Signal()
    delete_requested = Signal()
    undo_requested = Signal()
    label_requested = Signal(int)

    def __init__(self, model: DrawingsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName("Kept drawings")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(THUMBNAIL + 6)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        for column, characters in ((0, 10), (1, 8), (3, 20)):
            header.resizeSection(column, self.fontMetrics().averageCharWidth() * characters + 16)
        self.doubleClicked.connect(self.chosen)

    def selected_rows(self) -> list[int]:
        """The numbers of the selected rows, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def event(self, event: QEvent) -> bool:
        """Claims the keys that would otherwise be shortcuts of the window."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _means_something(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tells what was asked for."""
        key = event.key()
        if not _means_something(event):
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Delete:
            self.delete_requested.emit()
        elif key == Qt.Key.Key_Z:
            self.undo_requested.emit()
        elif key in _DIGITS:
            self.label_requested.emit(_DIGITS[key])
        else:
            self.chosen.emit()


def _means_something(event: QKeyEvent) -> bool:
    if event.key() == Qt.Key.Key_Z:
        return event.modifiers() == _UNDO
    plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    keys = (Qt.Key.Key_Delete.value, Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value, *_DIGITS)
    return plain and event.key() in keys
