"""A menu in which several things can be checked without opening it again for each."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu


class StayingMenu(QMenu):
    """A menu that stays open while things in it are checked and unchecked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Checks without closing."""
        where = event.position().toPoint()
        hit = [action for action in self.actions() if self.actionGeometry(action).contains(where)]
        checked = [action for action in hit if action.isCheckable() and action.isEnabled()]
        for action in checked:
            action.setEnabled(False)  # Qt takes the release as one on a disabled entry, and stays open
        super().mouseReleaseEvent(event)
        for action in checked:
            action.setEnabled(True)
            action.trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space checks without closing."""
        checkable = [action for action in self.actions() if action == self.activeAction() and action.isCheckable()]
        if event.key() != Qt.Key.Key_Space or not checkable:
            super().keyPressEvent(event)
            return
        checkable[0].trigger()
