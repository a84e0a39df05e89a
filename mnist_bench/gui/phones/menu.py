"""The Devices button of the tool bar: each phone with its state, and which of its backends have a card."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QToolButton, QWidget

from mnist_bench.devices.phone.phones import Phone
from mnist_bench.engines.backend import Backend
from mnist_bench.gui.kit.staying_menu import StayingMenu
from mnist_bench.gui.live.backend_choices import MOST_CHOSEN
from mnist_bench.gui.phones.known_phones import KnownPhone
from mnist_bench.gui.phones.signs import Sign, sign_icon, sign_of

_TITLE_WIDTH = 140
_ENTRY_WIDTH = 260


class PhonesButton(QToolButton):
    """Opens a menu that stays open while backends are checked in it.

    Signals:
        toggled_backend: a Backend that the person wants, or not any more, and which of the two.
        connect_requested: the person wants to type an address.
        tab_requested: the person wants to see a phone in the Devices tab; its serial, empty for none in particular.
    """

    toggled_backend = Signal(object, bool)
    connect_requested = Signal()
    tab_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = StayingMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._draw_signs)
        self._listed: list[tuple[Phone, str, int | None]] | None = None
        self._titles: list[tuple[KnownPhone, QAction]] = []
        self._checks: dict[str, QAction] = {}
        self.setMenu(self._menu)
        self.show_phones((), 0)

    def show_phones(self, phones: Sequence[KnownPhone], cards: int) -> None:
        """Lists these phones; `cards`, how many backends are chosen in all, says whether another one has room."""
        # Not for a check alone: an entry must not go while it is being triggered.
        listed = [(phone.phone, phone.title, phone.core) for phone in phones]
        if listed != self._listed:
            self._listed = listed
            self._fill(phones)
        for phone in phones:
            for backend in phone.backends:
                self._show_check(self._checks[backend.id], backend.id in phone.chosen, cards)
        self._show_button(phones)

    def _fill(self, phones: Sequence[KnownPhone]) -> None:
        self._menu.clear()
        self._titles, self._checks = [], {}
        if not phones:
            none = self._menu.addAction("No phone is connected")
            none.setEnabled(False)
        for phone in phones:
            title = self._menu.addAction(f"{self._cut(phone.title, _ENTRY_WIDTH)}: {phone.state.words}")
            title.setToolTip(f"{phone.title}, {phone.serial}. {phone.state.next_step}".rstrip())
            title.triggered.connect(lambda _=False, serial=phone.serial: self.tab_requested.emit(serial))
            self._titles.append((phone, title))
            for backend in phone.backends:
                self._checks[backend.id] = self._add_check(backend)
            self._menu.addSeparator()
        self._menu.addAction("Connect by address …").triggered.connect(self.connect_requested)
        self._menu.addAction("Show the Devices tab").triggered.connect(lambda: self.tab_requested.emit(""))
        self._draw_signs()

    def _add_check(self, backend: Backend) -> QAction:
        action = self._menu.addAction(self._cut(backend.title, _ENTRY_WIDTH))
        action.setCheckable(True)
        action.triggered.connect(lambda wanted, backend=backend: self.toggled_backend.emit(backend, wanted))
        return action

    def _show_check(self, action: QAction, is_chosen: bool, cards: int) -> None:
        action.setChecked(is_chosen)
        is_last = is_chosen and cards == 1
        is_too_many = not is_chosen and cards >= MOST_CHOSEN
        action.setEnabled(not is_last and not is_too_many)
        too_many = f"There are {MOST_CHOSEN} cards already: take one away first"
        action.setToolTip(too_many if is_too_many else "One card stays" if is_last else "A card for this backend")

    def _show_button(self, phones: Sequence[KnownPhone]) -> None:
        words = ", ".join(f"{phone.title}, {phone.state.words}" for phone in phones) or "none"
        if len(phones) == 1:
            self.setText(f"Devices: {self._cut(phones[0].title, _TITLE_WIDTH)} {sign_of(phones[0].state)}")
        elif phones:
            acts = any(sign_of(phone.state) is Sign.ACT for phone in phones)
            self.setText(f"Devices: {len(phones)}" + (f" {Sign.ACT}" if acts else ""))
        else:
            self.setText("Devices: this computer")
        self.setAccessibleName(f"Devices: {words}")
        self.setToolTip(f"Android phones as backends: {words}")

    def _cut(self, title: str, width: int) -> str:
        """As much of it as has room; the end, where the precision is, stays."""
        return QFontMetrics(self.font()).elidedText(title, Qt.TextElideMode.ElideMiddle, width)

    def _draw_signs(self) -> None:
        """In the palette's present colours."""
        for phone, title in self._titles:
            title.setIcon(sign_icon(sign_of(phone.state), self.devicePixelRatioF()))
