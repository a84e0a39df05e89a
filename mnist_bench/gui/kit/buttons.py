"""Makes buttons and combo boxes with their words, tip and role in one go."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QToolButton

from mnist_bench.gui.kit import theme


class _PushButton(QPushButton):
    """A button that has the focus again once it is enabled again, unless the person went elsewhere meanwhile.

    By itself Qt gives the focus to the next button: Space, pressed once more behind "Remove", would press "Disconnect".
    """

    _lost_focus = False

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Moves the focus; called too as the button is disabled, when it goes to no other button."""
        parent = self.parentWidget()
        if self.isEnabled() or parent is None:
            return super().focusNextPrevChild(forward)
        self._lost_focus = True
        parent.setFocus()
        return True

    def changeEvent(self, event: QEvent) -> None:
        """Takes the focus back."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.EnabledChange and self.isEnabled() and self._lost_focus:
            self._lost_focus = False
            if self.window().focusWidget() is self.parentWidget():
                self.setFocus()


def push_button(words: str, *, tip: str = "", role: str = "") -> QPushButton:
    """A button with words on it."""
    button = _PushButton(words)
    button.setToolTip(tip)
    if role:
        theme.set_role(button, role)
    return button


def tool_button(words: str, *, tip: str = "", role: str = "") -> QToolButton:
    """The same for tool bars and tight places; the Tab key reaches it."""
    button = QToolButton()
    button.setText(words)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if role:
        theme.set_role(button, role)
    return button


def named_combo(name: str) -> QComboBox:
    """A combo box that is known by this name."""
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    return combo
