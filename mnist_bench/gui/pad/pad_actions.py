"""The pad's actions, with their icons and keys."""

from collections.abc import Iterator
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.icons import icon
from mnist_bench.gui.kit.keys import KEYS
from mnist_bench.gui.kit.text import set_tip

_TEXTS: Final = {
    "undo": "Undo",
    "redo": "Redo",
    "clear": "Clear",
    "open": "Open…",
    "save": "Save…",
    "copy": "Copy",
    "paste": "Paste",
}


class PadActions:
    """A QAction for each, to be put into menus and windows; connected by the panel."""

    def __init__(self, parent: QWidget) -> None:
        self.undo = _make("undo", parent)
        self.redo = _make("redo", parent)
        self.clear = _make("clear", parent)
        self.open = _make("open", parent)
        self.save = _make("save", parent)
        self.copy = _make("copy", parent)
        self.paste = _make("paste", parent)
        self.refresh_icons()

    def __iter__(self) -> Iterator[QAction]:
        return iter((self.undo, self.redo, self.clear, self.open, self.save, self.copy, self.paste))

    def refresh_icons(self) -> None:
        """Draw the icons in the palette's present colours."""
        for action in self:
            action.setIcon(icon(action.objectName()))


def describe_step(action: QAction, step: str) -> None:
    """Say which step an undo or redo is about ("clear"), or that there is none (empty)."""
    action.setEnabled(bool(step))
    set_tip(action, _tip(action.objectName(), f"{action.text()} {step}" if step else ""))


def _make(name: str, parent: QWidget) -> QAction:
    action = QAction(_TEXTS[name], parent)
    action.setObjectName(name)
    action.setShortcuts([QKeySequence(key) for key in KEYS[name].sequences])
    set_tip(action, _tip(name))
    return action


def _tip(name: str, does: str = "") -> str:
    return f"{does or KEYS[name].does} ({KEYS[name].sequences[0]})"
