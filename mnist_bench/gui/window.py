"""The main window: puts its parts together and connects them; each part does its own work."""

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QApplication, QLayout, QMainWindow, QVBoxLayout, QWidget

from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.gui.about import about_box
from mnist_bench.gui.answers.brief import Brief, BriefLine
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import splitter
from mnist_bench.gui.kit.errors import Failure, describe, log_failure
from mnist_bench.gui.kit.notice import NoticeStrip
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.left_column import LeftColumn
from mnist_bench.gui.live.backend_choices import remembered
from mnist_bench.gui.live.controller import LiveController, MakeEngine
from mnist_bench.gui.live.live_samples import LiveSamples
from mnist_bench.gui.live.overview import overview
from mnist_bench.gui.models import ModelChoice
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.gui.parts import Parts
from mnist_bench.gui.phones.access import PhoneAccess
from mnist_bench.gui.phones.controller import Phones
from mnist_bench.gui.settings import Settings
from mnist_bench.gui.status import StatusBar
from mnist_bench.gui.tabs import Tabs
from mnist_bench.gui.toolbar import ToolBar
from mnist_bench.gui.window_memory import WindowMemory
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import wait_for_tasks
from mnist_bench.network.bundled import DEFAULT_MODEL
from mnist_bench.network.network import Network

CLOSE_LIMIT_S = 1.5
_PHONES_LIMIT_S = 0.25


class MainWindow(QMainWindow):
    """The window. It shows itself before anything is started; `begin` reads the model and starts the engines.

    Attributes:
        pad, brief, tabs, live, work, models, phones, notice, status, tools: its parts, for tests and tools.

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
        samples = LiveSamples()
        make_engine = make_engine or InferenceEngine
        self.models = ModelChoice(settings.texts("model/files"), self)
        self.live = LiveController(samples, make_engine, self)
        self.work = LongWork(self, data)
        self.phones = Phones(phone_access or PhoneAccess(), self.live, self._memory.device_titles, self)
        self.tools = ToolBar(self.phones.button)
        self.pad = PadPanel(data)
        self.brief = Brief()
        self.notice = NoticeStrip()
        self.status = StatusBar()
        parts = (make_engine, self.live, samples, self.work, self.models, self.pad, self.phones, self.tools)
        self.tabs = Tabs(Parts(self, *parts))
        self._assemble()
        self._connect()
        self.tabs.make_first()
        self.live.choose(remembered(settings.texts("backends"), self._memory.device_titles))
        if (baseline := settings.text("baseline")) in [place.backend.id for place in self.live.places]:
            self.live.set_baseline(baseline)
        self.pad.set_pen_width(settings.number("pen/width", self.pad.pen_width, 1, 280))
        self.tools.show_look(self._memory.scheme, self._memory.text_percent)
        self._show_models()
        self._memory.restore(self)

    @Slot()
    def begin(self) -> None:
        """Starts all that takes time: the model, the engines, the charts, the other tabs, the watch over the phones."""
        self.models.choose(self._memory.model or DEFAULT_MODEL)
        self.tabs.begin()
        self.phones.begin()

    @property
    def is_complete(self) -> bool:
        """Whether all its tabs are there."""
        return self.tabs.is_complete

    def show_failure(self, failure: Failure) -> None:
        """Shows what went wrong somewhere."""
        self.notice.show_failure(failure)

    # Putting together.

    def _assemble(self) -> None:
        self._frame().setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # see `_bound_size`
        self.addToolBar(self.tools)
        self.left = LeftColumn(self.pad, self.brief)
        self.divider = splitter(Qt.Orientation.Horizontal, self.left, self.tabs, stretch=(0, 1), name="left column")
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.divider, 1)
        self.setCentralWidget(centre)
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        self.pad.digit_changed.connect(self.live.show_digit)
        self.pad.label_changed.connect(self.live.show_label)
        self.tabs.made.connect(self._connect_view)
        self.tabs.completed.connect(self._tabs_completed)
        self.models.changed.connect(self._model_changed)
        self.models.changed.connect(self.work.model_changed)
        self.models.failed.connect(self._show_models)
        self.live.places_changed.connect(self._places_changed)
        self.live.states_changed.connect(self._show_overview)
        self.live.summary_changed.connect(self._summary_changed)
        self.live.shown.connect(self._show_brief)
        self.live.quantize_requested.connect(lambda: self.work.quantize(self.models.chosen))
        self.work.progressed.connect(self.status.show_progress)
        self.work.busy_changed.connect(self._busy_changed)
        self.work.quantized.connect(self.models.choose)
        self.brief.clicked.connect(lambda: self.tabs.setCurrentIndex(0))
        self.status.cancel_requested.connect(self.work.cancel)
        for part in (self.pad, self.work):
            part.message.connect(self.status.show_briefly)
        for failing in (self.tabs, self.pad, self.models, self.work):
            failing.failed.connect(self._failed)
        self.tools.model_chosen.connect(self.models.choose)
        self.tools.open_model_requested.connect(lambda: self.models.ask_for_file(self))
        self.tools.backends_chosen.connect(self.live.choose)
        self.tools.scheme_chosen.connect(self._choose_scheme)
        self.tools.text_size_chosen.connect(self._choose_text_size)
        self.tools.about_requested.connect(lambda: about_box(self).open())
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self._cancel)
        QShortcut(QKeySequence(Qt.Key.Key_F5), self, self.tools.benchmark_requested.emit)
        QShortcut(QKeySequence("Ctrl+Q"), self, self.close)

    @Slot(object)
    def _connect_view(self, view: View) -> None:
        view.message.connect(self.status.show_briefly)
        view.failed.connect(self._failed)
        view.wanted.connect(lambda: self.tabs.show_view(view))
        self._memory.follow_dividers(view.tab)

    @Slot()
    def _tabs_completed(self) -> None:
        # The Tab key goes as one reads: what came late lies above the status bar, too.
        if (last := self.previousInFocusChain()) is not None:
            QWidget.setTabOrder(last, self.status.cancel_button)
        self.completed.emit()

    # What the parts tell.

    @Slot()
    def _places_changed(self) -> None:
        self.tools.show_backends([place.backend for place in self.live.places])
        self._show_brief()
        self.left.fit()

    @Slot(object)
    def _model_changed(self, network: Network) -> None:
        self.live.use_network(network)
        self._show_models()

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
        self._show_brief()

    @Slot()
    def _show_brief(self) -> None:
        places = self.live.places
        self.brief.show_lines([BriefLine(p.backend.title, p.style, p.newest, p.state.value) for p in places])

    @Slot()
    def _show_models(self) -> None:
        self.tools.show_models(self.models.names, self.models.files, self.models.chosen or self._memory.model)

    # What the person does.

    @Slot()
    def _cancel(self) -> None:
        self.work.cancel()
        self.live.cancel()

    @Slot(object)
    def _choose_scheme(self, choice: SchemeChoice) -> None:
        self._memory.choose_look(choice, self._memory.text_percent)
        self._show_look()

    @Slot(int)
    def _choose_text_size(self, percent: int) -> None:
        self._memory.choose_look(self._memory.scheme, percent)
        self._show_look()

    def _show_look(self) -> None:
        theme.apply(_application(), self._memory.scheme, self._memory.text_percent)
        self.tools.show_look(self._memory.scheme, self._memory.text_percent)
        self.left.fit()

    # Qt's events.

    def event(self, event: QEvent) -> bool:
        """Follows what its parts need at least."""
        handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._bound_size()
        return handled

    def _bound_size(self) -> None:
        """Lets nobody make the window too small for its parts; it never asks for more than the screen has.

        Nor for the notice, which goes again: a window that grew for it would stay so.
        """
        notice = QSize(0, 0 if self.notice.isHidden() else self.notice.minimumSizeHint().height())
        least = (self._frame().totalMinimumSize() - notice).boundedTo(self.screen().availableSize())
        if least != self.minimumSize():
            self.setMinimumSize(least)

    def _frame(self) -> QLayout:
        """What lays out tool bar, centre and status bar."""
        layout = self.layout()
        assert layout is not None  # noqa: S101 - a QMainWindow has one
        return layout

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
        self.tabs.forget()
        self.work.cancel()
        self.phones.close(_PHONES_LIMIT_S)
        self.live.close(CLOSE_LIMIT_S)
        wait_for_tasks(0.2)
        for view in self.tabs.views.values():
            view.finish()
        super().closeEvent(event)
        self.closed.emit()


def _application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)  # noqa: S101 - there is no window without it
    return app
