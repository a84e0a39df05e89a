"""The tool bar: network, backends and devices, what to do with them, and a menu with the rest."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from mnist_bench.base.words import plural
from mnist_bench.engines.backends import offered_threads
from mnist_bench.gui.dialogs import KeysBox, about_box, ask_for_file, ask_for_folder, ask_for_model
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import StayingMenu, add_check, give_menu, tool_button
from mnist_bench.gui.kit.text import entry, set_tip
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.session.backend_state import BackendState, why_fixed
from mnist_bench.session.session import Session

_SCHEMES = {SchemeChoice.SYSTEM: "Follow system", SchemeChoice.LIGHT: "Light", SchemeChoice.DARK: "Dark"}
_LEAST_NAME = 64


class ToolBar(QToolBar):
    """What can be chosen and done; it shows the session's network and backends, and gives it the commands.

    Signals:
        benchmark_requested: the person wants to measure the chosen backends.
        look_chosen: str, "theme" or "text size", and what was chosen for it, as it is remembered.
        whole_requested: the person wants to see the tab alone.
    """

    benchmark_requested = Signal()
    look_chosen = Signal(str, str)
    whole_requested = Signal()

    def __init__(self, session: Session, devices: QToolButton) -> None:
        super().__init__("Tools")
        self._session = session
        self.setObjectName("tools")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._backends: dict[str, QAction] = {}
        self._model = ""
        self._model_button = self._menu_button("", "Network", "The network that every backend runs")
        self._backend_button = self._menu_button(
            "Backends", "Backends", "The backends that answer: one to six", StayingMenu()
        )
        self.addWidget(devices)
        self._stretch = QWidget()
        self._stretch.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(self._stretch)
        tip = "Measure how long the chosen backends take (F5)"
        self._benchmark_button = tool_button("▶ Benchmark", self.benchmark_requested, tip=tip, name="Benchmark")
        self.addWidget(self._benchmark_button)
        self._evaluate_button = self._menu_button(
            "Evaluate", "Evaluate", "Measure how many labelled digits each backend gets right"
        )
        self._backend_button.menu().aboutToShow.connect(self._fill_backends)  # it looks for engines on disk
        self._fill_evaluate()
        self._more = self._menu_button("≡", "Menu", "Appearance, text size, export, keys")
        theme.set_role(self._more, "menu")
        self._schemes = self._add_choices("Appearance", "theme", _SCHEMES)
        sizes = {percent: f"{percent} %" for percent in theme.TEXT_SIZES}
        self._text_sizes = self._add_choices("Text size", "text size", sizes)
        self._exports = self._more.menu().addMenu("Export")
        self._more.menu().addSeparator()
        self._more.menu().addAction("Tab in the whole window\tF11").triggered.connect(self.whole_requested)
        self._more.menu().addAction("Keys\tF1", lambda: KeysBox(self.window()).open())
        self._more.menu().addAction("About", lambda: about_box(self.window()).open())
        session.networks.changed.subscribe(lambda _chosen: self._show_models())
        session.live.chosen.subscribe(self._show_backends)
        session.jobs.progressed.subscribe(lambda progress: self._set_can_measure(progress is None))
        self._show_models()
        self._show_backends(session.live.backends)

    # What it shows.

    def _show_models(self) -> None:
        """Lists the bundled models, the kept ones, and the files that were opened lately; the chosen one is checked."""
        networks = self._session.networks
        menu = self._model_button.menu()
        menu.clear()
        group = QActionGroup(menu)
        for models in (networks.bundled, networks.kept, networks.files):
            for text in models:
                action = add_check(menu, entry(self._name(text)), lambda _=False, text=text: networks.choose(text))
                action.setChecked(text == networks.chosen)
                set_tip(action, text)
                group.addAction(action)
            menu.addSeparator()
        menu.setToolTipsVisible(True)
        menu.addAction("Open a model file …", lambda: ask_for_model(self.window(), self._session))
        self._model = self._name(networks.chosen)
        self._model_button.setAccessibleName(f"Network: {self._model}")
        set_tip(self._model_button, f"The network that every backend runs: {networks.chosen}")
        self._show_name()

    def _name(self, model: str) -> str:
        """The name of a bundled or kept model as it is, a file's without its folder."""
        path, networks = Path(model), self._session.networks
        return model if model in networks.bundled else path.stem if model in networks.kept else path.name

    def add_exports(self, actions: Sequence[QAction]) -> None:
        """Offers these in the menu."""
        self._exports.addActions(list(actions))

    def _show_backends(self, states: tuple[BackendState, ...]) -> None:
        """Checks the chosen backends; the last one cannot be unchecked, a seventh not be checked."""
        ids = {state.id for state in states}
        for backend_id, action in self._backends.items():
            action.setChecked(backend_id in ids)
            action.setEnabled(not why_fixed(backend_id, states))
        self._backend_button.setText(f"Backends: {len(states)}")
        self._show_name()

    def show_look(self, choice: SchemeChoice, text_percent: int) -> None:
        """Checks the chosen look and size of text."""
        for group, chosen in ((self._schemes, choice), (self._text_sizes, text_percent)):
            for action in group.actions():
                action.setChecked(action.data() == chosen)  # Qt gives back a plain str

    def _set_can_measure(self, can: bool) -> None:
        """Whether a benchmark or an evaluation can be begun now."""
        self._benchmark_button.setEnabled(can)
        self._evaluate_button.setEnabled(can)

    def _fill_backends(self) -> None:
        """Lists the backends of this computer, and the engines that can be installed."""
        menu, live = self._backend_button.menu(), self._session.live
        for old in menu.findChildren(StayingMenu):
            old.deleteLater()
        menu.clear()
        self._backends.clear()
        for threads in offered_threads():
            part = menu if threads == 1 else StayingMenu(plural(threads, "thread"), menu)
            if part is not menu:
                menu.addMenu(part)
            for backend in live.offered(threads):
                needed = live.lacks(backend)
                title = f"{backend.plain_title} · {f'needs {needed}' if needed else backend.mode_words}"
                action = add_check(part, title, lambda wanted, backend=backend: live.toggle(backend, wanted))
                action.setEnabled(not needed)
                if not needed:
                    self._backends[backend.id] = action
            menu.addSeparator()
        for choice in self._session.engines.missing():
            menu.addAction(f"Install {choice.title} ({choice.terms})", partial(self._session.engines.install, choice))
        self._show_backends(self._session.live.backends)

    def _fill_evaluate(self) -> None:
        menu, session = self._evaluate_button.menu(), self._session
        menu.addAction("On MNIST's 10,000 test images", session.evaluations.evaluate_mnist)
        menu.addAction("On a folder of digits …", lambda: ask_for_folder(self.window(), session))
        menu.addAction("On a file: .npz, CSV, ZIP …", lambda: ask_for_file(self.window(), session))
        menu.addAction("On your own labelled drawings", session.evaluations.evaluate_drawings)

    def _add_choices(self, title: str, key: str, choices: Mapping[Any, str]) -> QActionGroup:
        """A submenu of which one is checked."""
        menu = self._more.menu().addMenu(title)
        group = QActionGroup(menu)
        for value, words in choices.items():
            action = add_check(menu, words, lambda _=False, value=value: self.look_chosen.emit(key, str(value)))
            action.setData(value)
            group.addAction(action)
        return group

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives the network's name the room that the rest leaves."""
        super().resizeEvent(event)
        self._show_name()

    def _show_name(self) -> None:
        """As much of the network's name as has room, so that no button is pushed out of the line."""
        metrics = self._model_button.fontMetrics()
        others = self.sizeHint().width() - metrics.horizontalAdvance(self._model_button.text())
        room = max(self.width() - others - metrics.horizontalAdvance("Network: "), _LEAST_NAME)
        text = entry(f"Network: {metrics.elidedText(self._model, Qt.TextElideMode.ElideMiddle, room)}")
        if text != self._model_button.text():
            self._model_button.setText(text)

    def _menu_button(self, text: str, name: str, tip: str, menu: QMenu | None = None) -> QToolButton:
        button = tool_button(text, tip=tip, name=name)
        give_menu(button, menu or QMenu())
        self.addWidget(button)
        return button
