"""Keys that act on the rows of a table while it has the focus, whatever they do in the window."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget


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
