"""The tabs: one list of them, and what shows one at a time."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QTabWidget, QWidget

from mnist_bench.gui.kit.view import View
from mnist_bench.session.session import Session

Maker = Callable[[Session], View]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its name, and its maker as "module:name", which makes a View from the session."""

    name: str
    maker: str


TABS = (
    Tab("Answers", "mnist_bench.gui.answers.view:AnswersView"),
    Tab("Latency", "mnist_bench.gui.latency.view:LatencyView"),
    Tab("Accuracy", "mnist_bench.gui.accuracy.view:AccuracyView"),
    Tab("Layers", "mnist_bench.gui.layers.view:LayersView"),
    Tab("Network", "mnist_bench.gui.network.view:NetworkView"),
    Tab("Devices", "mnist_bench.gui.devices.view:DevicesView"),
    Tab("Drawings", "mnist_bench.gui.drawings.view:DrawingsView"),
    Tab("Runs", "mnist_bench.gui.runs.view:RunsView"),
)
"""In their order; Ctrl+1 chooses the first, Ctrl+2 the second, and so on."""


class Tabs(QTabWidget):
    """Shows one tab at a time.

    Attributes:
        views: each tab's View by its name, once it is made.

    Signals:
        made: View that has just been made.
        completed: all are there.
    """

    made = Signal(object)
    completed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setDocumentMode(True)
        self.setUsesScrollButtons(False)
        self.tabBar().setAccessibleName("Tabs")
        self.views: dict[str, View] = {}
        self._session = session
        self._has_ended = False
        for tab in TABS:
            self.addTab(QWidget(), tab.name)

    def make_first(self) -> None:
        """Makes the first tab; the window would be on the screen later for all that the others import."""
        self._make(TABS[0])

    def begin(self) -> None:
        """Makes the others one by one; what they import is read on another thread."""
        for view in self.views.values():
            view.begin()
        self._session.analyser.do(_import_all, lambda _: self._make_next(), self._session.failed.publish)

    @property
    def is_complete(self) -> bool:
        """Whether all are there."""
        return len(self.views) == len(TABS)

    def choose(self, number: int) -> None:
        """Brings the tab with this number, from 0, to the front; the Tab key goes on from there."""
        if number < self.count():
            self.setCurrentIndex(number)
            self.tabBar().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def run(self, name: str) -> None:
        """Does what this tab is for, once it is made."""
        if (view := self.views.get(name)) is not None:
            view.run()

    def show_item(self, name: str, item_id: str) -> None:
        """Brings one of the things that this tab lists into sight, once it is made."""
        if (view := self.views.get(name)) is not None:
            view.show_item(item_id)

    def end(self) -> None:
        """Ends what the views have begun; those that are missing are no longer made."""
        self._has_ended = True
        for view in self.views.values():
            view.end()

    @Slot()
    def _make_next(self) -> None:
        if self._has_ended:
            return
        missing = [tab for tab in TABS if tab.name not in self.views]
        if missing:
            self._make(missing[0]).begin()
            QTimer.singleShot(0, self, self._make_next)
        else:
            self.completed.emit()

    def _make(self, tab: Tab) -> View:
        view = _maker(tab)(self._session)
        self.views[tab.name] = view
        at = TABS.index(tab)
        with QSignalBlocker(self):
            chosen, empty = self.currentIndex(), self.widget(at)
            self.insertTab(at, view, tab.name)
            self.removeTab(at + 1)
            self.setCurrentIndex(chosen)
        if empty is not None:
            empty.deleteLater()
        self.made.emit(view)
        return view


def _maker(tab: Tab) -> Maker:
    module, _, function = tab.maker.partition(":")
    maker: Maker = getattr(importlib.import_module(module), function)
    return maker


def _import_all() -> None:
    for tab in TABS:
        _maker(tab)
