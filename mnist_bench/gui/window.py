"""The main window: puts its parts together; each stands on the session and does its own work."""

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QLayout, QMainWindow, QWidget

from mnist_bench.gui.answers.brief import Brief
from mnist_bench.gui.devices.devices_button import DevicesButton
from mnist_bench.gui.dialogs import KeysBox, offer_mnist
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.bridge import Bridge
from mnist_bench.gui.kit.containers import holding, splitter, vbox
from mnist_bench.gui.kit.errors import NoticeStrip, log_failure
from mnist_bench.gui.kit.keys import KEYS
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.gui.status import StatusBar
from mnist_bench.gui.tabs import Tabs
from mnist_bench.gui.toolbar import ToolBar
from mnist_bench.gui.window_memory import WindowMemory
from mnist_bench.session.backend_state import BackendState, overview
from mnist_bench.session.choices import Choices
from mnist_bench.session.failure import describe
from mnist_bench.session.session import Session

_TAB = Qt.FocusPolicy.TabFocus

Look = tuple[SchemeChoice, int]


_PAD_WITH_BRIEF = 230
"""Below this side of the pad, in pixels, the brief lines give way to it."""


class LeftColumn(QWidget):
    """The left side: the pad, and below it the answers in brief.

    On a low window the brief lines give way first, then the samples, and the pad shrinks last.
    """

    def __init__(self, pad: PadPanel, brief: Brief) -> None:
        super().__init__()
        self._pad = pad
        self._brief = brief
        self._line = QFrame()
        theme.set_role(self._line, "line")
        self.setLayout(vbox((pad, 1), self._line, brief, spacing=0))

    def fit(self) -> None:
        """Shows the brief lines if the pad stays large enough beside them."""
        full = self.width() - 2 * theme.GRID
        left = self.height() - self._pad.height_below() - self._brief.sizeHint().height()
        has_room = left >= min(full, _PAD_WITH_BRIEF)
        self._brief.setVisible(has_room)
        self._line.setVisible(has_room)

    def minimumSizeHint(self) -> QSize:
        """Room for the pad alone."""
        return self._pad.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shows what there is room for."""
        self.fit()
        super().resizeEvent(event)


class MainWindow(QMainWindow):
    """The window. It shows itself before anything is started; `begin` starts what takes time.

    Attributes:
        session: what is open, on which all stands.
        pad, brief, tabs, tools, notice, status: its parts, for tests and tools.

    Signals:
        painted: it has been on the screen for the first time.
        closed: it was closed, and what it had started has ended.
    """

    painted = Signal()
    closed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setWindowTitle("mnist-bench")
        self.session = session
        self._was_painted = False
        self._is_whole = False
        self._bridge = Bridge(session.inbox, self)
        self._memory = WindowMemory()
        self._devices = DevicesButton(session)
        self.tools = ToolBar(session, self._devices)
        self.pad = PadPanel(session)
        self.brief = Brief()
        self.notice = NoticeStrip()
        self.status = StatusBar()
        self.tabs = Tabs(session)
        self._assemble()
        self._connect()
        self.tabs.make_first()
        self._follow_session()  # after the first tabs: a new card is there when the Tab key's order is mended
        self.tools.show_look(*remembered_look(session.choices))
        self._memory.restore(self)

    @Slot()
    def begin(self) -> None:
        """Starts all that takes time: the network, the engines, the charts, the other tabs, following the devices."""
        self.session.begin()
        self.tabs.begin()

    # Putting together.

    def _assemble(self) -> None:
        self.setAcceptDrops(True)
        self._frame().setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # see `_bound_size`
        self.addToolBar(self.tools)
        self.left = LeftColumn(self.pad, self.brief)
        self.divider = splitter(Qt.Orientation.Horizontal, self.left, self.tabs, stretch=(0, 1), name="left column")
        self.setCentralWidget(holding(vbox((self.divider, 1), self.notice, spacing=0)))
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        benchmark = partial(self.tabs.run, "Latency")
        self.tabs.made.connect(self._connect_view)
        self.tabs.completed.connect(self._put_status_last)
        self.brief.clicked.connect(lambda: self.tabs.setCurrentIndex(0))
        self.status.cancel_requested.connect(self.session.cancel)
        self._devices.tab_requested.connect(partial(self.tabs.show_item, "Devices"))
        self._devices.connect_requested.connect(partial(self.tabs.run, "Devices"))
        self.tools.benchmark_requested.connect(benchmark)
        self.tools.look_chosen.connect(self._choose_look)
        self.tools.whole_requested.connect(lambda: self._show_whole(True))
        for name, do in (
            *(("keys", lambda: KeysBox(self).open()), ("benchmark", benchmark), ("cancel", self._cancel)),
            *(("whole", lambda: self._show_whole(not self._is_whole)), ("quit", self.close)),
            *(("larger", lambda: self._size_text(1)), ("smaller", lambda: self._size_text(-1))),
        ):
            for sequence in KEYS[name].sequences:
                QShortcut(QKeySequence(sequence), self, do)
        for number, key in enumerate(KEYS["tabs"].sequences):
            QShortcut(QKeySequence(key), self, lambda number=number: self.tabs.choose(number))

    def _follow_session(self) -> None:
        session = self.session
        session.message.subscribe(self.status.show_briefly)
        session.failed.subscribe(self._failed)
        session.mended.subscribe(lambda _: self.notice.hide())
        session.data.wanted.subscribe(lambda fetch: offer_mnist(self, fetch))
        session.progressed.subscribe(self.status.show_progress)
        session.live.chosen.subscribe(self._show_chosen)
        session.live.changed.subscribe(lambda _state: self._show_backends())
        session.live.spoken.subscribe(lambda _said: self._show_backends())
        self._show_chosen(session.live.backends)

    @Slot(object)
    def _connect_view(self, view: View) -> None:
        view.wanted.connect(partial(self.tabs.setCurrentWidget, view))
        self.tools.add_exports(view.exports)
        self._memory.follow_dividers(view)

    @Slot()
    def _put_status_last(self) -> None:
        """The Tab key goes as one reads: what came late lies above the status bar, too."""
        last = self.previousInFocusChain()
        while last is not None and (last is self.status.cancel_button or not last.focusPolicy() & _TAB):
            last = last.previousInFocusChain()
        if last is not None:
            QWidget.setTabOrder(last, self.status.cancel_button)

    # What the session tells.

    def _show_chosen(self, _states: tuple[BackendState, ...]) -> None:
        self._show_backends()
        self.left.fit()
        self._put_status_last()

    def _show_backends(self) -> None:
        live = self.session.live
        self.status.overview.show_text(overview(live.backends, live.said))
        self.brief.show_lines(live.backends)

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        log_failure(error)
        self.notice.show_failure(describe(error))

    # What the person does.

    @Slot()
    def _cancel(self) -> None:
        """Esc leaves the whole-window view and closes the notice first: neither should cost what is measured."""
        if self._is_whole:
            self._show_whole(False)
        elif self.notice.words():
            self.notice.hide()
        else:
            self.session.cancel()

    def _show_whole(self, whole: bool) -> None:
        """Gives the tab the whole window, or what lies around it back."""
        self._is_whole = whole
        for widget in (self.tools, self.left):
            widget.setVisible(not whole)
        if whole:
            self.tabs.tabBar().setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(str, str)
    def _choose_look(self, key: str, value: str) -> None:
        self.session.choices.put(key, value)
        look, app = remembered_look(self.session.choices), QApplication.instance()
        assert isinstance(app, QApplication)  # noqa: S101 - there is no window without it
        theme.apply(app, *look)
        self.tools.show_look(*look)
        self.left.fit()

    def _size_text(self, by: int) -> None:
        """The next larger size of text, or the next smaller one, if there is one."""
        _scheme, percent = remembered_look(self.session.choices)
        at = theme.TEXT_SIZES.index(percent) + by
        if 0 <= at < len(theme.TEXT_SIZES):
            self._choose_look("text size", str(theme.TEXT_SIZES[at]))

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

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files wherever they are dropped."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Opens a model file, or puts a picture on the pad."""
        event.acceptProposedAction()
        self.pad.files.take(event.mimeData(), "drop")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tells that the window is on the screen, once all of it is painted."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ends what was started. The window is gone at once; drawings and choices are still written."""
        self._memory.save(self)
        self.hide()
        self.tabs.end()
        self.session.close()
        super().closeEvent(event)
        self.closed.emit()


def remembered_look(choices: Choices) -> Look:
    """The look and the size of text, in per cent, that were chosen."""
    scheme = SchemeChoice(choices.text("theme", SchemeChoice.SYSTEM, among=tuple(SchemeChoice)))
    sizes = [str(percent) for percent in theme.TEXT_SIZES]
    return scheme, int(choices.text("text size", sizes[0], among=sizes))
