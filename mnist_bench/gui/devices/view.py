"""Joins the Devices tab to the session, and carries out its requests."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.devices.devices_tab import DevicesTab
from mnist_bench.gui.devices.dialogs import CONNECT, PAIR, AddressDialog
from mnist_bench.gui.devices.log_view import AdbLog
from mnist_bench.gui.kit.view import View
from mnist_bench.session.devices import DeviceState
from mnist_bench.session.devices_work import Done, Failed
from mnist_bench.session.session import Session

Begin = Callable[[Done, Failed], Callable[[], None]]
"""Begins what a dialog is for; what is returned gives it up."""


class DevicesView(View):
    """Shows the devices."""

    tab: DevicesTab

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(DevicesTab(), window)
        self._session = session
        self._window = window
        self._log = AdbLog(session.inbox, self.tab.log.add)
        detail = self.tab.detail
        detail.deploy_requested.connect(lambda: self._with_selected(session.devices_work.deploy))
        detail.remove_requested.connect(lambda: self._with_selected(session.devices_work.remove))
        detail.disconnect_requested.connect(lambda: self._with_selected(session.devices_work.disconnect))
        detail.core_chosen.connect(self._choose_core)
        self.tab.connect_requested.connect(self.ask_for_address)
        self.tab.pair_requested.connect(self.ask_for_code)
        self.tab.selected.connect(self._selected)
        session.devices.changed.subscribe(self._show)
        session.devices.troubled.subscribe(self.tab.show_trouble)
        self._is_busy = session.jobs.is_busy
        session.jobs.progressed.subscribe(lambda progress: self._show_busy(is_busy=progress is not None))
        self.tab.show_trouble(session.devices.trouble)
        self._show(session.devices.states)

    def end(self) -> None:
        """Listens to nobody any more."""
        self._log.close()

    def show_item(self, item_id: str) -> None:
        """Brings a device into sight."""
        if item_id:
            self.tab.select(item_id)
        self.wanted.emit()

    def run(self) -> None:
        """Connects a device."""
        self.ask_for_address()

    def ask_for_address(self) -> AddressDialog:
        """Opens the window in which an address is typed."""
        dialog = AddressDialog(CONNECT, self._window)
        work = self._session.devices_work
        dialog.submitted.connect(lambda address, _: self._submit(dialog, partial(work.connect, address)))
        dialog.open()
        return dialog

    def ask_for_code(self) -> AddressDialog:
        """Opens the window in which an address and a code are typed."""
        dialog = AddressDialog(PAIR, self._window)

        def submit(address: str, code: str) -> None:
            begin = partial(self._session.devices_work.pair, address, code)
            self._submit(dialog, begin, lambda: self._ask_for_port(address))

        dialog.submitted.connect(submit)
        dialog.open()
        return dialog

    def _ask_for_port(self, paired: str) -> None:
        """A device listens for connections at another port than for pairing."""
        self.ask_for_address().field.setText(f"{paired.rpartition(':')[0]}:")

    def _submit(self, dialog: AddressDialog, begin: Begin, then: Callable[[], object] = lambda: None) -> None:
        """Does it, and closes the dialog when it has worked; closing that before gives it up."""

        def done(sentence: str) -> None:
            dialog.finish()
            self._session.message.publish(sentence)
            then()

        dialog.given_up.connect(begin(done, dialog.show_failure))

    def _show(self, states: tuple[DeviceState, ...]) -> None:
        self.tab.show_devices((self._session.devices.here, *states))
        self._show_selected()

    def _selected(self, device_id: str) -> None:
        self._session.reading.look_at(device_id if self.tab.isVisible() else "")
        self._show_selected()

    def _show_busy(self, *, is_busy: bool) -> None:
        if is_busy != self._is_busy:
            self._is_busy = is_busy
            self._show_selected()

    def _show_selected(self) -> None:
        self._with_selected(lambda state: self.tab.detail.show_device(state, can_work=not self._is_busy))

    def _with_selected(self, do: Callable[[DeviceState], object]) -> None:
        if (state := self._session.devices.find(self.tab.device_id)) is not None:
            do(state)

    def _choose_core(self, core: int | None) -> None:
        if (state := self._session.devices.find(self.tab.device_id)) is not None and state.core != core:
            self._session.devices.choose_core(state.id, core)


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return DevicesView(session, window)
