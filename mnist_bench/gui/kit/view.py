"""What the window knows of a view: its tab, what it tells, and when it begins and ends."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget


class View(QObject):
    """A tab with what joins it to the rest of the window.

    Attributes:
        tab: what is shown.

    Signals:
        message: a sentence for the status bar.
        failed: the exception of something that failed.
        wanted: it shows something new, or is about to: it wants to be in front.
    """

    message = Signal(str)
    failed = Signal(object)
    wanted = Signal()

    def __init__(self, tab: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tab = tab

    def begin(self) -> None:
        """The window is on the screen: what takes time can be made now."""

    def finish(self) -> None:
        """The window closes: what was changed must be on the disk when this returns."""
