"""Makes buttons and combo boxes with their words, tip and role in one go."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QToolButton

from mnist_bench.gui.kit import theme


def push_button(words: str, *, tip: str = "", role: str = "") -> QPushButton:
    """A button with words on it."""
    button = QPushButton(words)
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
