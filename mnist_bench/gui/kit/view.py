"""What the window knows about a view: its tab, what it exports, and when it begins and ends."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.chart import Chart


class View(QWidget):
    """A tab, which stands on the session.

    Attributes:
        exports: what the window's menu offers of it.

    Signals:
        wanted: it shows something new, or is about to: it wants to be in front.
    """

    wanted = Signal()
    exports: tuple[QAction, ...] = ()

    def begin(self) -> None:
        """The window is on the screen: what takes time can be made now, such as the charts."""
        for chart in self.findChildren(Chart):
            chart.begin()

    def end(self) -> None:
        """The window closes."""

    def run(self) -> None:
        """Does what the tab is for, as its first button does."""

    def show_item(self, item_id: str) -> None:
        """Brings one of the things that it lists into sight."""
