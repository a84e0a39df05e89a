"""The Devices tab: the devices, one of them in detail, how to connect another, and what was done over adb."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from mnist_bench.gui.devices.detail import DeviceDetail
from mnist_bench.gui.devices.dialogs import CONNECT, PAIR, AddressDialog, Purpose
from mnist_bench.gui.devices.log_view import AdbLog, LogView
from mnist_bench.gui.devices.signs import sign_icon
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox, holding, scroll_area, splitter, vbox
from mnist_bench.gui.kit.text import Label, set_tip
from mnist_bench.gui.kit.view import View
from mnist_bench.session.devices import DeviceState
from mnist_bench.session.devices_work import Done, Failed
from mnist_bench.session.failure import Failure
from mnist_bench.session.session import Session

_LIST_WIDTH: Final = 200
_STEPS: Final = (
    "1.  On the phone, open Settings > About phone and tap “Build number” seven times.",
    "2.  In Settings > System > Developer options, turn on “USB debugging”.",
    "3.  Plug the phone in, with a cable that carries data, and tap Allow on its screen.",
)
_WITHOUT_CABLE: Final = "Without a cable: turn on “Wireless debugging” in the same place, then pair, then connect."

Begin = Callable[[str, str, Done, Failed], Callable[[], None]]
"""Begins what a dialog is for, with the address and the code; what is returned gives it up."""


class DevicesView(View):
    """Shows the devices, and has done what a person asks of them.

    Attributes:
        detail: the selected device.
        log: what was done over adb.

    Signals:
        selected: the id of the device that is selected now, or still when the tab comes into sight; empty for none.
    """

    selected = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._states: tuple[DeviceState, ...] = ()
        self._list, self.detail, self.log = QListWidget(), DeviceDetail(), LogView()
        self._empty_title, self._empty_words = Label(role="title", wrap=True), Label(wrap=True)
        self._is_busy = session.jobs.is_busy
        self._adb_log = AdbLog(session.inbox, self.log.add)
        self._lay_out()
        self._connect()
        self.show_trouble(session.devices.trouble)
        self._show(session.devices.states)

    def _connect(self) -> None:
        session, detail, work = self._session, self.detail, self._session.devices_work
        self.installEventFilter(self)
        self._list.currentRowChanged.connect(lambda _row: self.selected.emit(self.device_id))
        self.selected.connect(self._read_selected)
        detail.deploy_requested.connect(lambda: self._with_selected(work.deploy))
        detail.remove_requested.connect(lambda: self._with_selected(work.remove))
        detail.disconnect_requested.connect(lambda: self._with_selected(work.disconnect))
        detail.core_chosen.connect(self._choose_core)
        session.devices.changed.subscribe(self._show)
        session.devices.troubled.subscribe(self.show_trouble)
        session.jobs.progressed.subscribe(lambda progress: self._show_busy(is_busy=progress is not None))

    def _lay_out(self) -> None:
        self._list.setAccessibleName("Devices")
        self._list.setMinimumWidth(_LIST_WIDTH)
        self._list.setMaximumWidth(_LIST_WIDTH)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tip = "Connect to a phone by its address, without a cable"
        connect = push_button("Connect …", self.ask_for_address, tip=tip, role="chip")
        tip = "Needed once, before the first wireless connection"
        pair = push_button("Pair …", self.ask_for_code, tip=tip, role="chip")
        left = vbox((self._list, 1), hbox(connect, pair), spacing=theme.GRID // 2)
        self._how_to = scroll_area(holding(vbox(self._empty_title, self._empty_words, 1)))
        right = vbox((self.detail, 1), (self._how_to, 1))
        devices = holding(hbox(left, (right, 1), spacing=2 * theme.GRID))
        divider = splitter(Qt.Orientation.Vertical, devices, self.log, stretch=(1, 1), name="devices and log")
        divider.setSizes([360, 120])
        self.setLayout(vbox(divider, margins=theme.GRID))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tells which device is in sight, and draws the signs again in the colours of another look."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.selected.emit(self.device_id if event.type() is QEvent.Type.Show else "")
        elif event.type() is QEvent.Type.PaletteChange:
            for row, state in enumerate(self._states):
                self._fill(self._list.item(row), state)
        return super().eventFilter(watched, event)

    def end(self) -> None:
        """Listens to nobody any more."""
        self._adb_log.close()

    # What it shows.

    @property
    def device_id(self) -> str:
        """The id of the selected device; empty for none."""
        row = self._list.currentRow()
        return self._states[row].id if 0 <= row < len(self._states) else ""

    def show_devices(self, states: Sequence[DeviceState]) -> None:
        """Lists these, this computer first; the selected one stays so, but for this computer when others come."""
        before, stays = self.device_id, self._has_others
        self._states = tuple(states)
        ids = [state.id for state in states]
        others = [row for row, id_ in enumerate(ids) if id_]
        first = others[0] if others else len(ids) - 1
        with QSignalBlocker(self._list):
            while self._list.count() > len(states):
                self._list.takeItem(self._list.count() - 1)
            while self._list.count() < len(states):
                self._list.addItem(QListWidgetItem())
            for row, state in enumerate(states):
                self._fill(self._list.item(row), state)
            self._list.setCurrentRow(ids.index(before) if stays and before in ids else first)
        self._how_to.setVisible(not others)
        if self.device_id != before:
            self.selected.emit(self.device_id)

    @property
    def _has_others(self) -> bool:
        return any(state.id for state in self._states)

    def select(self, device_id: str) -> None:
        """Selects this device, if it is there."""
        for row, state in enumerate(self._states):
            if state.id == device_id:
                self._list.setCurrentRow(row)

    def show_trouble(self, failure: Failure | None) -> None:
        """Says why no device can be seen at all, in the place of how to connect one."""
        if failure is None:
            self._empty_title.setText("Connect a phone: turn on USB debugging")
            self._empty_words.setText("\n".join((*_STEPS, _WITHOUT_CABLE)))
        else:
            self._empty_title.setText(failure.sentence)
            self._empty_words.setText(failure.advice)

    def list_words(self) -> list[str]:
        """What the list says."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def empty_words(self) -> str:
        """What it says while there is no other device; empty while there is one."""
        if self._has_others:
            return ""
        return f"{self._empty_title.text()} {self._empty_words.text()}"

    def _fill(self, item: QListWidgetItem, state: DeviceState) -> None:
        seen = state.seen
        item.setIcon(sign_icon(seen.readiness, self.devicePixelRatioF()))
        item.setText("\n".join((state.title, " · ".join(filter(None, (seen.state, seen.way))))))
        set_tip(item, f"{state.title}, {seen.serial}: {seen.state}. {seen.next_step}".rstrip())

    def _show(self, states: tuple[DeviceState, ...]) -> None:
        self.show_devices((self._session.devices.here, *states))
        self._show_selected()

    def _read_selected(self, device_id: str) -> None:
        self._session.reading.look_at(device_id if self.isVisible() else "")
        self._show_selected()

    def _show_busy(self, *, is_busy: bool) -> None:
        if is_busy != self._is_busy:
            self._is_busy = is_busy
            self._show_selected()

    def _show_selected(self) -> None:
        self._with_selected(lambda state: self.detail.show_device(state, can_work=not self._is_busy))

    def _with_selected(self, do: Callable[[DeviceState], object]) -> None:
        if (state := self._session.devices.find(self.device_id)) is not None:
            do(state)

    def _choose_core(self, core: int | None) -> None:
        if (state := self._session.devices.find(self.device_id)) is not None and state.core != core:
            self._session.devices.choose_core(state.id, core)

    # What the person does.

    def show_item(self, item_id: str) -> None:
        """Brings a device into sight."""
        if item_id:
            self.select(item_id)
        self.wanted.emit()

    def run(self) -> None:
        """Connects a device."""
        self.ask_for_address()

    def ask_for_address(self) -> AddressDialog:
        """Opens the window in which an address is typed."""
        connect = self._session.devices_work.connect
        return self._ask(CONNECT, lambda address, _code, done, failed: connect(address, done, failed))

    def ask_for_code(self) -> AddressDialog:
        """Opens the window in which an address and a code are typed."""
        return self._ask(PAIR, self._session.devices_work.pair, self._ask_for_port)

    def _ask_for_port(self, paired: str) -> None:
        """A device listens for connections at another port than for pairing."""
        self.ask_for_address().field.setText(f"{paired.rpartition(':')[0]}:")

    def _ask(self, purpose: Purpose, begin: Begin, then: Callable[[str], object] = lambda _: None) -> AddressDialog:
        """Opens a dialog that closes when it has worked; closing it before gives it up."""
        dialog = AddressDialog(purpose, self)

        def submit(address: str, code: str) -> None:
            def done(sentence: str) -> None:
                dialog.finish()
                self._session.message.publish(sentence)
                then(address)

            dialog.given_up.connect(begin(address, code, done, dialog.show_failure))

        dialog.submitted.connect(submit)
        dialog.open()
        return dialog
