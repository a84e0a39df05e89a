"""The tabs that measure: made once the window is on the screen, which would come later for all that they need."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QWidget

from mnist_bench.gui.accuracy.controller import AccuracyController
from mnist_bench.gui.latency.controller import LatencyController
from mnist_bench.gui.layers.controller import LayersController
from mnist_bench.gui.live.controller import LiveController, MakeEngine
from mnist_bench.gui.models import ModelChoice
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.gui.toolbar import ToolBar
from mnist_bench.gui.work.long_work import LongWork


class Measuring(QObject):
    """Makes the Latency, Accuracy, Layers and Runs tabs, and tells what they tell.

    Attributes:
        latency, accuracy, layers: what joins each to the backends; the Runs tab is `latency`'s.

    Signals:
        results: a tab (QWidget) that shows something new, or is about to.
        digit_chosen: DigitImage that the person wants on the pad.
        message: a sentence for the status bar.
        failed: the exception of something that failed.
    """

    results = Signal(object)
    digit_chosen = Signal(object)
    message = Signal(str)
    failed = Signal(object)

    def __init__(
        self, live: LiveController, work: LongWork, model: Callable[[], str], make_engine: MakeEngine, window: QWidget
    ) -> None:
        super().__init__(window)
        self._live = live
        self.latency = LatencyController(live, work, model, window)
        self.accuracy = AccuracyController(live, work, model, window)
        self.layers = LayersController(live, work, make_engine, window)
        self.latency.shown.connect(lambda: self.results.emit(self.latency.tab))
        self.accuracy.shown.connect(lambda: self.results.emit(self.accuracy.tab))
        self.layers.tab.analysis_requested.connect(lambda _source: self.results.emit(self.layers.tab))
        self.accuracy.tab.chosen.connect(self.digit_chosen)
        for teller in (self.latency, self.accuracy.tab, self.layers):
            teller.message.connect(self.message)
        for part in (self.latency, self.accuracy.tab, self.layers.tab):
            part.failed.connect(self.failed)

    def take_places(self, tabs: QTabWidget) -> None:
        """Puts each tab in the place of the empty one that has its name."""
        made = {
            "Latency": self.latency.tab,
            "Accuracy": self.accuracy.tab,
            "Layers": self.layers.tab,
            "Runs": self.latency.runs_tab,
        }
        chosen = tabs.currentIndex()
        for place in range(tabs.count()):
            name, empty = tabs.tabText(place), tabs.widget(place)
            if name in made and empty is not None:
                tabs.removeTab(place)
                tabs.insertTab(place, made[name], name)
                empty.deleteLater()
        tabs.setCurrentIndex(chosen)

    def listen(self, pad: PadPanel, models: ModelChoice, tools: ToolBar) -> None:
        """Does from now on what the person asks for elsewhere, and follows the digit and the network."""
        pad.digit_changed.connect(self.layers.show_digit)
        self.layers.show_digit(pad.digit)
        models.changed.connect(self.layers.use_network)
        if self._live.network is not None:
            self.layers.use_network(self._live.network)
        tools.evaluate_requested.connect(self.accuracy.evaluate)
        tools.benchmark_requested.connect(self._benchmark)
        QShortcut(QKeySequence(Qt.Key.Key_F5), self.latency.tab.window(), self._benchmark)

    def begin(self) -> None:
        """Makes the charts, whose library takes time to read."""
        self.latency.begin()
        self.layers.tab.begin()
        self.accuracy.tab.begin()

    def finish(self) -> None:
        """The window closes: waits until what was changed among the saved runs is on the disk."""
        self.latency.finish()

    @Slot()
    def _benchmark(self) -> None:
        self.results.emit(self.latency.tab)
        self.latency.measure()
