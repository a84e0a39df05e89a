"""Small buttons side by side that are one stop for the Tab key; the arrow keys go from one to the next."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from mnist_bench.gui.kit.containers import grid


class ButtonRow(QWidget):
    """Equally wide buttons in one row or several.

    Attributes:
        buttons: from left to right, row by row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[QToolButton] = []
        self._columns = 10
        self._grid = grid(self, 2, 2)

    def set_buttons(self, buttons: Sequence[QToolButton]) -> None:
        """Show these in place of the ones before."""
        for button in self.buttons:
            button.deleteLater()
        self.buttons = list(buttons)
        for at, button in enumerate(buttons):
            button.setFocusPolicy(Qt.FocusPolicy.ClickFocus if at else Qt.FocusPolicy.StrongFocus)
            button.installEventFilter(self)
            # As wide as the row allows, even if that is less than the button would like.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._arrange()
        self._keep_tab_order()

    def set_columns(self, columns: int) -> None:
        """Arrange the buttons in rows of this many."""
        if columns != self._columns:
            self._columns = columns
            self._arrange()

    def _arrange(self) -> None:
        for at, button in enumerate(self.buttons):
            self._grid.addWidget(button, at // self._columns, at % self._columns)

    def _keep_tab_order(self) -> None:
        """The Tab key finds buttons that came late where the row is; Qt would put them after everything else."""
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # without a policy Qt doesn't order anything by the row
        for before, button in pairwise([self, *self.buttons]):
            self.setTabOrder(before, button)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Goes from button to button; a button by itself would send the arrow keys out of the row."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and watched in self.buttons:
            steps = {
                Qt.Key.Key_Left.value: -1,
                Qt.Key.Key_Right.value: 1,
                Qt.Key.Key_Up.value: -self._columns,
                Qt.Key.Key_Down.value: self._columns,
            }
            if (step := steps.get(event.key())) is not None:
                at = self.buttons.index(watched) + step
                self.buttons[at % len(self.buttons)].setFocus(Qt.FocusReason.TabFocusReason)
                return True
        return super().eventFilter(watched, event)
