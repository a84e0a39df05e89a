"""The list of keys that F1 opens."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.keys import IN_LISTS, KEYS, Key
from mnist_bench.gui.kit.text import Label


class KeysBox(QDialog):
    """Lists them; Esc closes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(*4 * (theme.GRID * 2,))
        self._grid.setHorizontalSpacing(theme.GRID * 3)
        self._grid.setVerticalSpacing(theme.GRID // 2)
        self._add(KEYS.values())
        self._grid.addWidget(Label("In lists of runs and drawings", role="heading"), self._grid.rowCount(), 0, 1, 2)
        self._add(IN_LISTS)

    def _add(self, keys: Iterable[Key]) -> None:
        for key in keys:
            row = self._grid.rowCount()
            self._grid.addWidget(Label(str(key), role="heading"), row, 0)
            self._grid.addWidget(Label(key.does), row, 1)
