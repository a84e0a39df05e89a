"""The keys that work in the whole window, in one table from which actions are made."""

from dataclasses import dataclass
from typing import Final


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
    "cancel": Key(("Esc",), "Cancel what is running"),
    "quit": Key(("Ctrl+Q",), "Close the window"),
    "undo": Key(("Ctrl+Z",), "Undo the last stroke or change on the pad"),
    "redo": Key(("Ctrl+Shift+Z", "Ctrl+Y"), "Redo what was undone"),
    "clear": Key(("Delete",), "Clear the pad"),
    "label": Key(tuple("0123456789"), "Label the digit on the pad; the same key again removes the label", "0 to 9"),
    "open": Key(("Ctrl+O",), "Open a picture or a drawing; you can also drop one on the pad"),
    "save": Key(("Ctrl+S",), "Save the drawing, or a picture of it"),
    "copy": Key(("Ctrl+C",), "Copy the pad as a picture"),
    "paste": Key(("Ctrl+V",), "Paste a picture or a drawing"),
}
"""By a name for each, in the order in which they are listed."""

IN_LISTS: Final = (
    Key(("Return", "Enter"), "Show the selected run, or put the selected drawing back on the pad"),
    Key(("F2",), "Name the selected run"),
    Key(("Delete",), "Delete the selection; Ctrl+Z restores it"),
    Key(tuple("0123456789"), "Label the selected drawings", "0 to 9"),
)
"""What keys mean while a list has the focus, whatever they mean elsewhere."""
