"""The Devices tab: the devices, one of them in detail, how to connect another, and what was done over adb."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from mnist_bench.gui.devices.detail import DeviceDetail
from mnist_bench.gui.devices.log_view import LogView
from mnist_bench.gui.devices.signs import sign_icon
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox, holding, scroll_area, splitter, vbox
from mnist_bench.gui.kit.text import Label, plain_tip
from mnist_bench.session.devices import DeviceState
from mnist_bench.session.failure import Failure

_LIST_WIDTH: Final = 200
_STEPS: Final = (
    "1.  On the phone, open Settings > About phone and tap “Build number” seven times.",
    "2.  In Settings > System > Developer options, turn on “USB debugging”.",
    "3.  Plug the phone in, with a cable that carries data, and tap Allow on its screen.",
)
_WITHOUT_CABLE: Final = "Without a cable: turn on “Wireless debugging” in the same place, then pair, then connect."


class DevicesTab(QWidget):
    """Shows the devices and tells which one is selected.

    Attributes:
        detail: the selected device.
        log: what was done over adb.

    Signals:
        selected: the id of the device that is selected now, or still when the tab comes into sight; empty for none.
        connect_requested, pair_requested: the person wants to type an address.
    """

    selected = Signal(str)
    connect_requested = Signal()
    pair_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._states: tuple[DeviceState, ...] = ()
        self._list = QListWidget()
        self._list.setAccessibleName("Devices")
        self._list.setMinimumWidth(_LIST_WIDTH)
        self._list.setMaximumWidth(_LIST_WIDTH)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentRowChanged.connect(lambda _row: self.selected.emit(self.device_id))
        self.detail = DeviceDetail()
        self.log = LogView()
        self._empty_title = Label(role="title", wrap=True)
        self._empty_words = Label(wrap=True)
        self._lay_out()
        self.show_trouble(None)

    @property
    def device_id(self) -> str:
        """The id of the selected device; empty for none."""
        row = self._list.currentRow()
        return self._states[row].id if 0 <= row < len(self._states) else ""

    def show_devices(self, states: Sequence[DeviceState]) -> None:
        """Lists these, this computer first; the selected one stays so, but for this computer when others come."""
        before, stays = self.device_id, self._has_others
        self._states = tuple(states)
        self._list.blockSignals(True)
        while self._list.count() > len(states):
            self._list.takeItem(self._list.count() - 1)
        while self._list.count() < len(states):
            self._list.addItem(QListWidgetItem())
        for row, state in enumerate(states):
            self._fill(self._list.item(row), state)
        ids = [state.id for state in states]
        others = [row for row, id_ in enumerate(ids) if id_]
        first = others[0] if others else len(ids) - 1
        self._list.setCurrentRow(ids.index(before) if stays and before in ids else first)
        self._list.blockSignals(False)
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

    def showEvent(self, event: QShowEvent) -> None:
        """Tells that the selected device is in sight."""
        super().showEvent(event)
        self.selected.emit(self.device_id)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tells that none is in sight."""
        super().hideEvent(event)
        self.selected.emit("")

    def changeEvent(self, event: QEvent) -> None:
        """Draws the signs again in the colours of another look."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            for row, state in enumerate(self._states):
                self._fill(self._list.item(row), state)

    def _fill(self, item: QListWidgetItem, state: DeviceState) -> None:
        seen = state.seen
        item.setIcon(sign_icon(seen.readiness, self.devicePixelRatioF()))
        item.setText("\n".join((state.title, " · ".join(filter(None, (seen.state, seen.way))))))
        item.setToolTip(plain_tip(f"{state.title}, {seen.serial}: {seen.state}. {seen.next_step}".rstrip()))

    def _lay_out(self) -> None:
        tip = "Connect to a phone by its address, without a cable"
        connect = push_button("Connect …", self.connect_requested, tip=tip, role="chip")
        tip = "Needed once, before the first wireless connection"
        pair = push_button("Pair …", self.pair_requested, tip=tip, role="chip")
        left = vbox((self._list, 1), hbox(connect, pair), spacing=theme.GRID // 2)
        self._how_to = scroll_area(holding(vbox(self._empty_title, self._empty_words, 1)))
        right = vbox((self.detail, 1), (self._how_to, 1))
        devices = holding(hbox(left, (right, 1), spacing=2 * theme.GRID))
        divider = splitter(Qt.Orientation.Vertical, devices, self.log, stretch=(1, 0), name="devices and log")
        divider.setSizes([360, 160])
        self.setLayout(vbox(divider, margins=theme.GRID))
