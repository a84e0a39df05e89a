"""The Devices button of the tool bar: each device with its state, and which of its backends are chosen."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QToolButton

from mnist_bench.devices.access import Readiness
from mnist_bench.engines.backend import Backend
from mnist_bench.gui.devices.signs import SIGNS, sign_icon
from mnist_bench.gui.kit.buttons import StayingMenu, add_check, give_menu
from mnist_bench.gui.kit.text import entry, set_tip
from mnist_bench.session.backend_state import why_fixed
from mnist_bench.session.devices import DeviceState
from mnist_bench.session.session import Session

_TITLE_WIDTH = 140
_ENTRY_WIDTH = 260


class DevicesButton(QToolButton):
    """Opens a menu that stays open while backends are checked in it.

    Signals:
        connect_requested: the person wants to type an address.
        tab_requested: the person wants to see a device in the Devices tab; its id, empty for none in particular.
    """

    connect_requested = Signal()
    tab_requested = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._menu = StayingMenu()
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._draw_signs)
        self._listed: list[tuple[object, ...]] | None = None
        self._titles: list[tuple[DeviceState, QAction]] = []
        self._checks: dict[str, QAction] = {}
        give_menu(self, self._menu)
        session.devices.changed.subscribe(self._show)
        self._show(session.devices.states)

    def _show(self, states: tuple[DeviceState, ...]) -> None:
        # Not for a check alone: an entry must not go while it is being triggered.
        listed: list[tuple[object, ...]] = [(state.seen, state.title, state.core) for state in states]
        if listed != self._listed:
            self._listed = listed
            self._fill(states)
        for state in states:
            for backend in state.backends:
                self._show_check(backend.id, backend.id in state.chosen)
        self._show_button(states)

    def _fill(self, states: tuple[DeviceState, ...]) -> None:
        self._menu.clear()
        self._titles, self._checks = [], {}
        if not states:
            none = self._menu.addAction("No other device is connected")
            none.setEnabled(False)
        for state in states:
            title = self._menu.addAction(entry(f"{self._cut(state.title, _ENTRY_WIDTH)}: {state.seen.state}"))
            set_tip(title, f"{state.title}, {state.seen.serial}. {state.seen.next_step}".rstrip())
            title.triggered.connect(lambda _=False, device_id=state.id: self.tab_requested.emit(device_id))
            self._titles.append((state, title))
            for backend in state.backends:
                self._checks[backend.id] = self._add_check(backend)
            self._menu.addSeparator()
        self._menu.addAction("Connect by address …").triggered.connect(self.connect_requested)
        self._menu.addAction("Show the Devices tab").triggered.connect(lambda: self.tab_requested.emit(""))
        self._draw_signs()

    def _add_check(self, backend: Backend) -> QAction:
        words = entry(self._cut(backend.title, _ENTRY_WIDTH))
        return add_check(self._menu, words, lambda wanted: self._session.live.toggle(backend, wanted))

    def _show_check(self, backend_id: str, is_chosen: bool) -> None:
        action, why_not = self._checks[backend_id], why_fixed(backend_id, self._session.live.backends)
        action.setChecked(is_chosen)
        action.setEnabled(not why_not)
        set_tip(action, why_not or "A card for this backend")

    def _show_button(self, states: tuple[DeviceState, ...]) -> None:
        words = ", ".join(f"{state.title}, {state.seen.state}" for state in states) or "this computer"
        if len(states) == 1:
            sign = SIGNS[states[0].seen.readiness]
            self.setText(entry(f"Devices: {self._cut(states[0].title, _TITLE_WIDTH)} {sign}"))
        elif states:
            needs_action = any(state.seen.readiness is Readiness.NEEDS_ACTION for state in states)
            self.setText(f"Devices: {len(states)}" + (f" {SIGNS[Readiness.NEEDS_ACTION]}" if needs_action else ""))
        else:
            self.setText("Devices: this computer")
        self.setAccessibleName(f"Devices: {words}")
        set_tip(self, f"Devices that run backends, such as Android phones: {words}")

    def _cut(self, title: str, width: int) -> str:
        """As much of it as has room; the end, where the precision is, stays."""
        return QFontMetrics(self.font()).elidedText(title, Qt.TextElideMode.ElideMiddle, width)

    def _draw_signs(self) -> None:
        """In the palette's present colours."""
        for state, title in self._titles:
            title.setIcon(sign_icon(state.seen.readiness, self.devicePixelRatioF()))
