"""The main window: puts its parts together and connects them; each part does its own work."""

import importlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.about import about_box
from mnist_bench.gui.cards.card_grid import CardGrid
from mnist_bench.gui.drawings.drawing_keeper import FinishedDrawing
from mnist_bench.gui.drawings.drawings_tab import DrawingsTab
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import splitter
from mnist_bench.gui.kit.errors import Failure, describe, log_failure
from mnist_bench.gui.kit.notice import NoticeStrip
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.kit.worker import Worker
from mnist_bench.gui.live.backend_choices import remembered
from mnist_bench.gui.live.controller import LiveController, MakeEngine
from mnist_bench.gui.live.live_chart import LiveChart
from mnist_bench.gui.live.live_samples import LiveSamples, Series
from mnist_bench.gui.live.overview import overview
from mnist_bench.gui.models import ModelChoice
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.gui.phones.access import PhoneAccess
from mnist_bench.gui.phones.controller import Phones
from mnist_bench.gui.phones.errands import PhoneErrands
from mnist_bench.gui.settings import Settings
from mnist_bench.gui.status import StatusBar
from mnist_bench.gui.toolbar import ToolBar
from mnist_bench.gui.window_memory import WindowMemory
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import wait_for_tasks
from mnist_bench.network.bundled import DEFAULT_MODEL
from mnist_bench.network.network import Network

if TYPE_CHECKING:
    from mnist_bench.gui.measuring import Measuring

CLOSE_LIMIT_S = 1.5
_PHONES_LIMIT_S = 0.25
_ROOM_FOR_RESULTS = 300
_TABS = ("Live", "Latency", "Accuracy", "Layers", "Phone", "Drawings", "Runs")


class MainWindow(QMainWindow):
    """The window. It shows itself before anything is started; `begin` reads the model and starts the engines.

    Attributes:
        pad, live, work, models, notice, status, measuring: its parts, for tests and tools.

    Signals:
        painted: it has been on the screen for the first time.
        completed: all its tabs are there, a moment after it has begun.
        closed: it was closed, and what it had started has ended.
    """

    painted = Signal()
    completed = Signal()
    closed = Signal()

    def __init__(
        self,
        settings: Settings,
        data: Path | None = None,
        make_engine: MakeEngine | None = None,
        phone_access: PhoneAccess | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle("mnist-bench")
        self._was_painted = False
        self._summary = ""
        self._memory = WindowMemory(settings)
        self._samples = LiveSamples()
        self._make_engine = make_engine or InferenceEngine
        self.models = ModelChoice(settings.texts("model/files"), self)
        self.live = LiveController(self._samples, self._make_engine, self)
        self.work = LongWork(self, data)
        self._measuring: Measuring | None = None
        self._importer = Worker(self)
        self.phones = Phones(phone_access or PhoneAccess(), self.live, self._memory.device_titles, self)
        self.errands = PhoneErrands(self.phones, self.work, self)
        self.pad = PadPanel(data)
        self.grid = CardGrid()
        self.notice = NoticeStrip()
        self.live_tab = LiveChart(self._samples)
        self.drawings_tab = DrawingsTab(KeptDrawings())
        self.tools = ToolBar([self.live_tab.export_action], self.phones.button)
        self.status = StatusBar()
        self._assemble()
        self._connect()
        self.live.choose(remembered(settings.texts("backends"), self._memory.device_titles))
        if (baseline := settings.text("baseline")) in [place.backend.id for place in self.live.places]:
            self.live.set_baseline(baseline)
        self.pad.set_pen_width(settings.number("pen/width", self.pad.pen_width, 1, 280))
        self.tools.show_scheme(self._memory.scheme)
        self._show_models()
        self._memory.restore(self)

    @Slot()
    def begin(self) -> None:
        """Starts all that takes time: the model, the engines, the charts, the other tabs, the watch over the phones."""
        self.models.choose(self._memory.model or DEFAULT_MODEL)
        self.live_tab.begin()
        self._importer.ask(lambda: importlib.import_module("mnist_bench.gui.measuring"))
        self.phones.begin()

    @property
    def is_complete(self) -> bool:
        """Whether all its tabs are there."""
        return self._measuring is not None

    @property
    def measuring(self) -> "Measuring":
        """The tabs that measure, once it is complete."""
        assert self._measuring is not None  # noqa: S101 - see there
        return self._measuring

    def show_failure(self, failure: Failure) -> None:
        """Shows what went wrong somewhere."""
        self.notice.show_failure(failure)

    # Putting together.

    def _assemble(self) -> None:
        self.addToolBar(self.tools)
        self.setStatusBar(self.status)
        self.top_splitter = splitter(Qt.Orientation.Horizontal, self.pad, _framed(self.grid), stretch=(1, 3))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        now = {"Live": self.live_tab, "Phone": self.phones.tab, "Drawings": self.drawings_tab}
        for name in _TABS:
            self.tabs.addTab(now.get(name) or QWidget(), name)
        self.main_splitter = splitter(Qt.Orientation.Vertical, self.top_splitter, self.tabs, stretch=(3, 1))
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.main_splitter, 1)
        self.setCentralWidget(centre)

    def _connect(self) -> None:
        self._importer.answered.connect(self._add_measuring)
        self.pad.digit_changed.connect(self.live.show_digit)
        self.pad.label_changed.connect(self.live.show_label)
        self.pad.message.connect(self.status.show_briefly)
        self.drawings_tab.chosen.connect(lambda kept: self.pad.put_drawing(kept.drawing))
        self.models.changed.connect(self._model_changed)
        self.models.changed.connect(self.work.model_changed)
        self.models.failed.connect(self._show_models)
        self.live.places_changed.connect(self._places_changed)
        self.live.states_changed.connect(self._show_overview)
        self.live.summary_changed.connect(self._summary_changed)
        self.live.shown.connect(self.live_tab.refresh)
        self.live.finished.connect(self._keep)
        self.live.quantize_requested.connect(lambda: self.work.quantize(self.models.chosen))
        self.work.progressed.connect(self.status.show_progress)
        self.work.busy_changed.connect(self._busy_changed)
        self.work.message.connect(self.status.show_briefly)
        self.work.quantized.connect(self.models.choose)
        self.status.cancel_requested.connect(self.work.cancel)
        self.live_tab.message.connect(self.status.show_briefly)
        self.phones.tab_requested.connect(lambda: self.tabs.setCurrentWidget(self.phones.tab))
        self.phones.message.connect(self.status.show_briefly)
        self.errands.message.connect(self.status.show_briefly)
        for part in (self._importer, self.pad, self.drawings_tab, self.models, self.work, self.live_tab, self.errands):
            part.failed.connect(self._failed)
        self.tools.model_chosen.connect(self.models.choose)
        self.tools.open_model_requested.connect(lambda: self.models.ask_for_file(self))
        self.tools.backends_chosen.connect(self.live.choose)
        self.tools.scheme_chosen.connect(self._choose_scheme)
        self.tools.about_requested.connect(lambda: about_box(self).open())
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self._cancel)
        QShortcut(QKeySequence("Ctrl+Q"), self, self.close)

    @Slot(object)
    def _add_measuring(self, module: ModuleType) -> None:
        """The tabs that measure, in the places that were empty until now."""
        measuring: Measuring = module.Measuring(
            self.live, self.work, lambda: self.models.chosen, self._make_engine, self
        )
        measuring.take_places(self.tabs)
        measuring.results.connect(self._show_results)
        measuring.digit_chosen.connect(lambda digit: self.pad.put_picture(digit.pixels, digit.label, digit.name))
        measuring.message.connect(self.status.show_briefly)
        measuring.failed.connect(self._failed)
        measuring.listen(self.pad, self.models, self.tools)
        measuring.begin()
        self._measuring = measuring
        self.completed.emit()

    # What the parts tell.

    @Slot()
    def _places_changed(self) -> None:
        self.grid.show_cards([place.card for place in self.live.places])
        self.tools.show_backends([place.backend for place in self.live.places])
        self.live_tab.show_series([Series(p.backend.id, p.backend.title, p.style) for p in self.live.places])

    @Slot(object)
    def _model_changed(self, network: Network) -> None:
        self.live.use_network(network)
        self.live_tab.refresh()
        self._show_models()

    @Slot(object)
    def _keep(self, done: FinishedDrawing) -> None:
        self.drawings_tab.keep(done.drawing, done.label, done.answers)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        log_failure(error)
        self.notice.show_failure(describe(error))

    @Slot(bool)
    def _busy_changed(self, busy: bool) -> None:
        self.tools.set_can_measure(not busy)
        if not busy:
            self.status.end_progress()

    @Slot(str)
    def _summary_changed(self, summary: str) -> None:
        self._summary = summary
        self._show_overview()

    @Slot()
    def _show_overview(self) -> None:
        self.status.show_words(overview([place.state for place in self.live.places], self._summary))

    @Slot()
    def _show_models(self) -> None:
        self.tools.show_models(self.models.names, self.models.files, self.models.chosen or self._memory.model)

    @Slot(object)
    def _show_results(self, tab: QWidget) -> None:
        """Brings a tab with results to the front, with room to read them where the cards leave it."""
        self.tabs.setCurrentWidget(tab)
        if (lacking := _ROOM_FOR_RESULTS - self.tabs.height()) > 0:
            above, below = self.main_splitter.sizes()
            self.main_splitter.setSizes([above - lacking, below + lacking])

    # What the person does.

    @Slot()
    def _cancel(self) -> None:
        self.work.cancel()
        self.live.cancel()

    @Slot(object)
    def _choose_scheme(self, choice: SchemeChoice) -> None:
        self._memory.scheme = choice
        theme.apply(_application(), choice)
        self.tools.show_scheme(choice)

    # Qt's events.

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tells that the window is on the screen, once all of it is painted."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keeps what is on the pad and what the person chose, and ends what was started.

        The window is gone at once. Engines have CLOSE_LIMIT_S to end before their runners are killed; long work has a
        moment: what still waits for a silent mirror goes with the program. Drawings are written whatever it takes.
        """
        self.live.finish_drawing()
        self._memory.save(self)
        self.hide()
        self._importer.forget()
        self.work.cancel()
        self.phones.close(_PHONES_LIMIT_S)
        self.live.close(CLOSE_LIMIT_S)
        wait_for_tasks(0.2)
        self.drawings_tab.finish()
        if self._measuring is not None:
            self._measuring.finish()
        super().closeEvent(event)
        self.closed.emit()


def _framed(widget: QWidget) -> QWidget:
    """The widget with room around it."""
    frame = QWidget()
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
    layout.addWidget(widget)
    return frame


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)  # noqa: S101 - there is no window without it
    return app
