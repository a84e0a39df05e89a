"""Joins the phones to the window: those that adb sees to their cards, the Devices menu and the Devices tab."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from mnist_bench.devices.phone.device import as_device, serial_of
from mnist_bench.engines.backend import Backend
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.errors import describe
from mnist_bench.gui.live.controller import LiveController
from mnist_bench.gui.phones.access import PhoneAccess
from mnist_bench.gui.phones.detail import PhoneShown
from mnist_bench.gui.phones.fact_words import PhoneAbout
from mnist_bench.gui.phones.known_phones import KnownPhone, known_phones
from mnist_bench.gui.phones.log_view import AdbLog
from mnist_bench.gui.phones.menu import PhonesButton
from mnist_bench.gui.phones.reader import PhoneReader
from mnist_bench.gui.phones.revival import Revival
from mnist_bench.gui.phones.tab import PhoneTab
from mnist_bench.gui.phones.watch import PhoneWatch

_LOOK_AGAIN_MS = 15_000


class Phones(QObject):
    """Knows the phones, and keeps everything that shows them up to date.

    Attributes:
        watch: what adb sees.
        tab, button: what shows the phones.
        known: the phones that are shown.
        titles: their models by their devices' ids, for phones that do not tell theirs now.

    Signals:
        tab_requested: the person wants to see the Devices tab.
        message: a sentence for the status bar.
    """

    tab_requested = Signal()
    message = Signal(str)

    def __init__(
        self, access: PhoneAccess, live: LiveController, titles: Mapping[str, str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.access = access
        self.watch = PhoneWatch(access, self)
        self.tab = PhoneTab()
        self.button = PhonesButton()
        self.known: tuple[KnownPhone, ...] = ()
        self.titles = dict(titles)
        self._live = live
        self._log = AdbLog(self)
        self._abouts: dict[str, PhoneAbout] = {}
        self._cores: dict[str, int | None] = {}  # by the devices' ids
        self._measuring: set[str] = set()
        self._can_work = True
        self._reader = PhoneReader(access, lambda serial: serial in self._busy_phones(), self)
        self._timer = timer(self, self.look_again, _LOOK_AGAIN_MS)
        self._connect()
        self._revival = Revival(self.watch, live, self)  # hears of a change when the cards have their names

    def begin(self) -> None:
        """Starts to follow the phones."""
        self.watch.start()
        self._timer.start()

    def close(self, limit_s: float) -> None:
        """Ends what was started; waits for `limit_s` at most."""
        self._timer.stop()
        self._reader.forget()
        self._log.close()
        self.watch.close(limit_s)

    def find(self, serial: str) -> KnownPhone | None:
        """The phone with this serial, if it is shown."""
        return next((phone for phone in self.known if phone.serial == serial), None)

    @Slot(bool)
    def set_busy(self, busy: bool) -> None:
        """Whether other long work runs: only one thing is deployed or removed at a time."""
        self._can_work = not busy
        self._show_selected()
        if not busy:
            self.read(self.tab.serial)

    def read(self, serial: str, *, known: PhoneAbout | None = None) -> None:
        """Reads what this phone tells of itself, once that disturbs nothing; only what is in sight is read.

        Where it is `known`, only its condition is.
        """
        phone = self.find(serial)
        in_sight = serial == self.tab.serial and self.tab.isVisible()
        if phone is not None and phone.phone.is_ready and in_sight:
            self._reader.read(serial, phone.backends[0].lane, known)

    def _connect(self) -> None:
        self.watch.changed.connect(self._phones_changed)
        self._live.places_changed.connect(self._update)
        self._live.states_changed.connect(self._states_changed)
        self._live.shown.connect(self._reader.wait_longer)
        self._log.said.connect(self.tab.log.add)
        self._reader.told.connect(self._told)
        self.tab.selected.connect(self._selected)
        self.tab.detail.core_chosen.connect(self._choose_core)
        self.button.toggled_backend.connect(self._toggle)
        self.button.tab_requested.connect(self._show_tab)

    # What changes.

    @Slot()
    def _phones_changed(self) -> None:
        before = {phone.serial for phone in self.known if phone.phone.is_ready}
        self.titles.update({as_device(phone).id: phone.model for phone in self.watch.phones if phone.model})
        trouble = self.watch.trouble
        self.tab.show_trouble(None if trouble is None else describe(trouble))
        self._update()
        if self.tab.serial not in before:
            self.read(self.tab.serial)
        for phone in self.known:
            if phone.phone.is_ready and phone.serial not in before and not phone.chosen:
                self.message.emit(f"{phone.title} is ready. Add its backends in the Devices menu.")

    @Slot()
    def _update(self) -> None:
        chosen = [place.backend for place in self._live.places]
        self._cores.update({one.device.id: one.core for one in chosen})
        self.known = known_phones(self.watch.phones, chosen, self.titles, self._cores)
        if renamed := self._renamed():
            self._live.exchange(renamed)  # which comes back here
            return
        self.button.show_phones(self.known, len(chosen))
        self.tab.show_phones(self.known)
        self._show_selected()

    def _renamed(self) -> dict[str, Backend]:
        """Chosen backends whose phone goes by another name now: it has told its model, or another has the same."""
        titles = {phone.device.id: phone.title for phone in self.known}
        return {
            backend.id: backend.titled(titles[backend.device.id])
            for backend in (place.backend for place in self._live.places)
            if backend.device.title != titles.get(backend.device.id, backend.device.title)
        }

    def _show_selected(self) -> None:
        if (phone := self.find(self.tab.serial)) is not None:
            about = self._abouts.get(phone.serial, PhoneAbout())
            self.tab.detail.show_phone(PhoneShown(phone, about, self._can_work))

    @Slot(str)
    def _selected(self, serial: str) -> None:
        self._show_selected()
        self.read(serial)

    @Slot(str, object)
    def _told(self, serial: str, about: PhoneAbout) -> None:
        known = self._abouts.get(serial, PhoneAbout())
        self._abouts[serial] = replace(known, problem=about.problem) if about.problem else about
        self._show_selected()

    @Slot()
    def _states_changed(self) -> None:
        """After a start or long work the phone is warmer, its clock another, and the runner on it."""
        before, self._measuring = self._measuring, self._busy_phones()
        for serial in before - self._measuring:
            self.read(serial)
        self._reader.look_again()

    @Slot()
    def look_again(self) -> None:
        """Reads the condition of the phone in sight again."""
        self.read(self.tab.serial, known=self._abouts.get(self.tab.serial))

    def _busy_phones(self) -> set[str]:
        """The serials of the phones on which something lasting runs, or is being started."""
        busy = [place.backend for place in self._live.places if place.state in (CardState.RUNNING, CardState.STARTING)]
        return {serial for backend in busy if (serial := serial_of(backend.device)) is not None}

    # What the person does.

    @Slot(object, bool)
    def _toggle(self, backend: Backend, wanted: bool) -> None:
        others = [place.backend for place in self._live.places if place.backend.id != backend.id]
        self._live.choose([*others, backend] if wanted else others)

    @Slot(object)
    def _choose_core(self, core: int | None) -> None:
        phone = self.find(self.tab.serial)
        if phone is None or phone.core == core:
            return
        self._cores[phone.device.id] = core
        backends = (place.backend for place in self._live.places)
        self._live.exchange(
            {backend.id: backend.with_core(core) for backend in backends if backend.device == phone.device}
        )

    @Slot(str)
    def _show_tab(self, serial: str) -> None:
        self.tab.select(serial)
        self.tab_requested.emit()
