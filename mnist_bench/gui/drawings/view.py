"""Joins the Drawings tab to the pad and to the answers."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.gui.drawings.drawing_keeper import FinishedDrawing
from mnist_bench.gui.drawings.drawings_tab import DrawingsTab
from mnist_bench.gui.kit.view import View

if TYPE_CHECKING:
    from mnist_bench.gui.parts import Parts


class DrawingsView(View):
    """Keeps each drawing that a person is done with, and puts one back on the pad."""

    tab: DrawingsTab

    def __init__(self, parts: "Parts") -> None:
        super().__init__(DrawingsTab(KeptDrawings()), parts.window)
        self.tab.failed.connect(self.failed)
        self.tab.chosen.connect(lambda kept: parts.pad.put_drawing(kept.drawing))
        parts.live.finished.connect(self._keep)

    def finish(self) -> None:
        """Waits until every change is on the disk."""
        self.tab.finish()

    @Slot(object)
    def _keep(self, done: FinishedDrawing) -> None:
        self.tab.keep(done.drawing, done.label, done.answers)


def make(parts: "Parts") -> View:
    """The tab's view."""
    return DrawingsView(parts)
