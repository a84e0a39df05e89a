"""The table of kept drawings, and the keys that mean something in it."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from mnist_bench.gui.drawings.drawings_model import THUMBNAIL, DrawingsModel
from mnist_bench.gui.kit.claimed_keys import ClaimedKeys


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
        digits = {str(digit): lambda digit=digit: self.label_requested.emit(digit) for digit in range(10)}
        actions = {
            "Return": self.chosen.emit,
            "Enter": self.chosen.emit,
            "Del": self.delete_requested.emit,
            "Ctrl+Z": self.undo_requested.emit,
        }
        ClaimedKeys(self, {**actions, **digits})

    def selected_rows(self) -> list[int]:
        """The numbers of the selected rows, from the top."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())
