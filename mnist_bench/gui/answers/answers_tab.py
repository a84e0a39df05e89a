"""The Answers tab: the cards, and the live chart below a divider."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.answers.card_grid import CardGrid
from mnist_bench.gui.answers.card_times import WHY_THEY_DIFFER
from mnist_bench.gui.answers.live_chart import LiveChart
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import tool_button
from mnist_bench.gui.kit.containers import hbox, splitter, vbox
from mnist_bench.gui.kit.text_line import TextLine

_HINT = "Each card answers what is on the pad. Click one to make it the baseline."


class AnswersTab(QWidget):
    """Lays them out; the divider between them always moves, as the chart can be folded away.

    Attributes:
        grid: the cards.
        chart: live times.

    Signals:
        repeat_requested: the person wants what is on the pad run a hundred times on every backend.
    """

    repeat_requested = Signal()

    def __init__(self, chart: LiveChart, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = CardGrid()
        self.chart = chart
        name = "Run this image 100 times on every backend"
        repeat = tool_button("× 100 runs", self.repeat_requested, tip=WHY_THEY_DIFFER, role="chip", name=name)
        repeat.setEnabled(False)
        self.repeat_button = repeat
        self.divider = splitter(Qt.Orientation.Vertical, self.grid, chart, stretch=(2, 1), name="cards and chart")
        self.divider.setCollapsible(1, True)
        self.divider.setSizes([360, 180])
        top, gap = hbox((TextLine(_HINT, role="caption"), 1), repeat), theme.GRID // 2
        self.setLayout(vbox(top, (self.divider, 1), spacing=gap, margins=(theme.GRID, gap, theme.GRID, 0)))

    def set_can_repeat(self, can: bool) -> None:
        """Whether there is something to run a hundred times, and a backend to run it on."""
        self.repeat_button.setEnabled(can)
