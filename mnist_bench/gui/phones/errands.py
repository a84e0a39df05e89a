"""What the person asks to be done with phones: deploy, remove, connect, pair, disconnect."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from mnist_bench.base import words
from mnist_bench.gui.phones.controller import Phones
from mnist_bench.gui.phones.dialogs import AddressDialog, PairDialog
from mnist_bench.gui.phones.known_phones import KnownPhone
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import Task


class PhoneErrands(QObject):
    """Does them off the window's thread: deploying and removing as long work, the rest beside it.

    Signals:
        message: a sentence for the status bar.
        failed: the exception of what failed.
    """

    message = Signal(str)
    failed = Signal(object)

    def __init__(self, phones: Phones, work: LongWork, window: QWidget) -> None:
        super().__init__(window)
        self._phones = phones
        self._access = phones.access
        self._work = work
        self._window = window
        work.busy_changed.connect(phones.set_busy)
        detail = phones.tab.detail
        detail.deploy_requested.connect(self.deploy)
        detail.remove_requested.connect(self.remove)
        detail.disconnect_requested.connect(self.disconnect_phone)
        phones.tab.connect_requested.connect(self.ask_for_address)
        phones.tab.pair_requested.connect(self.ask_for_code)
        phones.button.connect_requested.connect(self.ask_for_address)

    @Slot()
    def deploy(self) -> None:
        """Puts the runner on the selected phone."""
        if (phone := self._selected()) is None:
            return
        title = f"Deploying to {phone.title}"

        def work(task: Task) -> str:
            task.report(title, 0, 0)
            deployed = self._access.deploy(
                phone.serial, lambda done, total: task.report(title, done, total), lambda: task.is_cancelled
            )
            what = f"{deployed.abi}, {words.size(deployed.bytes)}"
            where = f"on {phone.title}" if deployed.pushed else f"on {phone.title} already"
            return f"The runner ({what}) is {where}."

        self._work.run(Task(title, work), self.message.emit)

    @Slot()
    def remove(self) -> None:
        """Takes everything of ours from the selected phone."""
        if (phone := self._selected()) is None:
            return
        title = f"Removing the runner from {phone.title}"

        def work(task: Task) -> str:
            task.report(title, 0, 0)
            if self._access.remove(phone.serial):
                return f"Removed mnist-bench from {phone.title}."
            return f"mnist-bench was not on {phone.title}."

        self._work.run(Task(title, work), self.message.emit)

    @Slot()
    def disconnect_phone(self) -> None:
        """Ends the selected phone's connection by address."""
        if (phone := self._selected()) is None:
            return
        task = Task(f"Disconnecting {phone.serial}", lambda _: self._access.disconnect(phone.serial))
        task.succeeded.connect(lambda _: self.message.emit(f"Disconnected from {phone.title}."))
        task.failed.connect(self.failed)
        task.start()

    @Slot()
    def ask_for_address(self) -> AddressDialog:
        """Opens the window in which an address is typed."""
        dialog = AddressDialog(self._window)
        dialog.submitted.connect(lambda address: self._connect(dialog, address))
        dialog.open()
        return dialog

    @Slot()
    def ask_for_code(self) -> PairDialog:
        """Opens the window in which an address and a code are typed."""
        dialog = PairDialog(self._window)
        dialog.code_submitted.connect(lambda address, code: self._pair(dialog, address, code))
        dialog.open()
        return dialog

    def _connect(self, dialog: AddressDialog, address: str) -> None:
        def connected(serial: str) -> None:
            self.message.emit(f"Connected to {serial}. It will reconnect by itself.")

        task = Task(f"Connecting {address}", lambda task: self._access.connect(address, lambda: task.is_cancelled))
        task.succeeded.connect(connected)
        self._run_for(dialog, task)

    def _pair(self, dialog: PairDialog, address: str, code: str) -> None:
        def paired(_: object) -> None:
            self.message.emit(f"Paired with {address}. Now connect to it: its address has another port.")
            self.ask_for_address().field.setText(f"{address.rpartition(':')[0]}:")

        task = Task(f"Pairing {address}", lambda task: self._access.pair(address, code, lambda: task.is_cancelled))
        task.succeeded.connect(paired)
        self._run_for(dialog, task)

    def _run_for(self, dialog: AddressDialog, task: Task) -> None:
        """Runs `task`, and closes `dialog` when it has worked; closing it before gives the task up."""
        task.succeeded.connect(dialog.finish)
        task.failed.connect(dialog.show_failure)
        dialog.given_up.connect(task.cancel)
        task.start()

    def _selected(self) -> KnownPhone | None:
        return self._phones.find(self._phones.tab.serial)
