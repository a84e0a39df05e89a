"""Joins the Answers tab to the backends and to the pad."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from mnist_bench.gui.answers.answers_tab import AnswersTab
from mnist_bench.gui.answers.live_chart import LiveChart
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.live.live_samples import Series

if TYPE_CHECKING:
    from mnist_bench.gui.parts import Parts


class AnswersView(View):
    """Shows a card and a curve for each backend."""

    tab: AnswersTab

    def __init__(self, parts: "Parts") -> None:
        self.chart = LiveChart(parts.samples)
        super().__init__(AnswersTab(self.chart), parts.window)
        self._live = parts.live
        parts.tools.add_exports([self.chart.export_action])
        self.chart.message.connect(self.message)
        self.chart.failed.connect(self.failed)
        self.tab.repeat_requested.connect(parts.live.repeat_all)
        parts.live.places_changed.connect(self._places_changed)
        parts.live.states_changed.connect(self._show_what_can_be_done)
        parts.live.shown.connect(self.chart.refresh)
        parts.models.changed.connect(self.chart.refresh)
        parts.pad.digit_changed.connect(self._show_what_can_be_done)

    def begin(self) -> None:
        """Makes the chart."""
        self.chart.begin()

    @Slot()
    def _places_changed(self) -> None:
        places = self._live.places
        self.tab.grid.show_cards([place.card for place in places])
        self.chart.show_series([Series(one.backend.id, one.backend.title, one.style) for one in places])

    @Slot()
    def _show_what_can_be_done(self) -> None:
        self.tab.set_can_repeat(self._live.can_repeat)


def make(parts: "Parts") -> View:
    """The tab's view."""
    return AnswersView(parts)
