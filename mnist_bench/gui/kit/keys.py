"""The keys that work in the whole window, in one table from which actions are made, and those of lists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Key:
    """What does one thing: key sequences in Qt's notation, what they do, and how they are written together."""

    sequences: tuple[str, ...]
    does: str
    shown: str = ""

    def __str__(self) -> str:
        return self.shown or " or ".join(self.sequences)


KEYS: Final = {
    "keys": Key(("F1",), "List the keys"),
    "benchmark": Key(("F5",), "Benchmark the chosen backends"),
    "whole": Key(("F11",), "Expand the tab to the whole window; F11 or Esc to go back"),
    "tabs": Key(tuple(f"Ctrl+{number}" for number in range(1, 9)), "Choose a tab", "Ctrl+1 to Ctrl+8"),
    "larger": Key(("Ctrl++", "Ctrl+="), "Larger text", "Ctrl++"),
    "smaller": Key(("Ctrl+-",), "Smaller text"),
    "cancel": Key(("Esc",), "Close the message about an error; without one, cancel what is running"),
    "quit": Key(("Ctrl+Q",), "Close the window"),
    "undo": Key(("Ctrl+Z",), "Undo the last stroke or change on the pad"),
    "redo": Key(("Ctrl+Shift+Z", "Ctrl+Y"), "Redo what was undone"),
    "clear": Key(("Delete",), "Clear the pad"),
    "label": Key(tuple("0123456789"), "Label the digit on the pad; the same key again removes the label", "0 to 9"),
    "open": Key(("Ctrl+O",), "Open a picture or a drawing; you can also drop one, or a model file, on the window"),
    "save": Key(("Ctrl+S",), "Save the drawing, or a picture of it"),
    "copy": Key(("Ctrl+C",), "Copy the pad as a picture"),
    "paste": Key(("Ctrl+V",), "Paste a picture or a drawing"),
}
"""By a name for each, in the order in which they are listed."""

ON_PICTURE: Final = (
    Key(("Left", "Right"), "Read another of its digits"),
    Key(("Return", "Enter"), "Crop to the digit that is read"),
    Key(("Shift+Left", "Shift+Right", "Shift+Up", "Shift+Down"), "Cut off that edge", "Shift+an arrow"),
    Key(("Backspace",), "Show the whole picture as it was opened"),
)
"""What keys do while an opened picture on the pad has the focus."""

IN_LISTS: Final = (
    Key(("Return", "Enter"), "Show the selected run, or put the selected drawing back on the pad"),
    Key(("F2",), "Name the selected run"),
    Key(("Delete",), "Delete the selection; Ctrl+Z restores it"),
    Key(tuple("0123456789"), "Label the selected drawings", "0 to 9"),
)
"""What keys mean while a list has the focus, whatever they mean elsewhere."""


class ClaimedKeys(QObject):
    """Takes keys before the window's shortcuts do: those would be ambiguous, and nothing would happen.

    `actions`: what to call, by the key's portable name, such as "Del", "Ctrl+Z", "7"; the keypad's count too.
    """

    def __init__(self, widget: QWidget, actions: Mapping[str, Callable[[], object]]) -> None:
        super().__init__(widget)
        self._actions = dict(actions)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claims the keys, and calls what they mean."""
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            action = self._actions.get(_name(event))
            if action is not None:
                event.accept()
                if event.type() is QEvent.Type.KeyPress:
                    action()
                return True
        return super().eventFilter(watched, event)


def _name(event: QKeyEvent) -> str:
    return QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText).removeprefix("Num+")
