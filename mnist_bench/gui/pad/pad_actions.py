"""The pad's actions: names, keys and icons in one table."""

from collections.abc import Iterator
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.icons import icon

_TABLE: Final = {
    # name: text, keys, what it does
    "undo": ("Undo", ("Ctrl+Z",), "Take back the last stroke or change of the pad"),
    "redo": ("Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Bring back what was taken back"),
    "clear": ("Clear", ("Delete",), "Empty the pad"),
    "open": ("Open…", ("Ctrl+O",), "Open a picture or a drawing; you can drop one on the pad, too"),
    "save": ("Save…", ("Ctrl+S",), "Save the drawing, or a picture of it"),
    "copy": ("Copy", ("Ctrl+C",), "Copy the pad as a picture"),
    "paste": ("Paste", ("Ctrl+V",), "Paste a picture or a drawing"),
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
    text, keys, tip = _TABLE[action.objectName()]
    action.setEnabled(bool(step))
    action.setToolTip(f"{text} {step} ({keys[0]})" if step else f"{tip} ({keys[0]})")


def _make(name: str, parent: QWidget) -> QAction:
    text, keys, tip = _TABLE[name]
    action = QAction(text, parent)
    action.setObjectName(name)
    action.setShortcuts([QKeySequence(key) for key in keys])
    action.setToolTip(f"{tip} ({keys[0]})")
    return action
