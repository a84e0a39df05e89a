"""Brings the cards of devices back to life: each starts again as soon as its device can be reached again."""

from PySide6.QtCore import QObject, Slot

from mnist_bench.devices.phone.device import serial_of
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.live.controller import LiveController
from mnist_bench.gui.live.place import Place
from mnist_bench.gui.phones.watch import PhoneWatch

_FIRST_PAUSE_MS = 250
_LONGEST_PAUSE_MS = 4000
_WAITS = "waiting"
_TRIES_ON = "It is tried again by itself."
_GOES_ON = "This card goes on by itself then."


class Revival(QObject):
    """Looks after the places whose device is gone.

    A phone that has become ready is used at once, even where its runner had failed before. Where adb says that a phone
    is ready and it still cannot be reached (adb has not noticed yet, or its server is just starting), it is tried again
    after pauses that get longer, and so is any other device: nobody follows those.
    """

    def __init__(self, watch: PhoneWatch, live: LiveController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watch = watch
        self._live = live
        self._ready: frozenset[str] = frozenset()
        self._pauses: dict[Place, _Pause] = {}
        watch.changed.connect(self._phones_changed)
        live.states_changed.connect(self._look)

    @Slot()
    def _phones_changed(self) -> None:
        ready = frozenset(phone.serial for phone in self._watch.phones if phone.is_ready)
        back, gone, self._ready = ready - self._ready, self._ready - ready, ready
        for place in self._in(CardState.PHONE_GONE, CardState.FAILED):
            if _serial(place) in back:
                self._stop_pause(place)
                place.restart()
        for place in self._in(CardState.READY):
            if _serial(place) in gone:
                place.restart()  # which fails where the phone is gone; a card without a question would not notice
        self._look()

    @Slot()
    def _look(self) -> None:
        for place in list(self._pauses):
            if place not in self._live.places or place.state is CardState.READY:
                self._stop_pause(place)
        for place in self._live.places:
            if place.state is CardState.PHONE_GONE:
                self._wait_for_device(place)

    def _wait_for_device(self, place: Place) -> None:
        if serial_of(place.backend.device) is not None:
            phone = self._phone(_serial(place))
            self._say(place, phone)
            if not phone.is_ready:
                self._stop_pause(place)
                return
        elif place.failure is not None:
            place.card.show_phone_gone(f"! {place.failure.sentence}", place.failure.advice, _TRIES_ON, _WAITS)
        if place not in self._pauses:
            self._pauses[place] = _Pause(place, self)
        self._pauses[place].begin()

    def _in(self, *states: CardState) -> list[Place]:
        """The places of phones that are in one of these states."""
        places = (place for place in self._live.places if serial_of(place.backend.device) is not None)
        return [place for place in places if place.state in states]

    def _phone(self, serial: str) -> Phone:
        seen = (phone for phone in self._watch.phones if phone.serial == serial)
        return next(seen, Phone(serial, PhoneState.GONE))

    def _say(self, place: Place, phone: Phone) -> None:
        if self._watch.trouble is not None:
            trouble = self._watch.trouble
            place.card.show_phone_gone("! Phones cannot be reached", trouble.message, trouble.advice, _WAITS)
        elif phone.is_ready and place in self._pauses and place.failure is not None:
            place.card.show_phone_gone("! The phone does not answer", place.failure.sentence, _TRIES_ON, _WAITS)
        elif phone.is_ready:
            place.card.show_phone_gone("The phone is back", "Its runner is being started again …", "", _WAITS)
        elif phone.state is PhoneState.GONE:
            sentence = "The phone is gone: waiting for it to come back."
            place.card.show_phone_gone("○ Waiting for the phone", sentence, phone.state.next_step)
        else:
            place.card.show_phone_gone(f"! The phone is {phone.state.words}", phone.state.next_step, _GOES_ON, _WAITS)

    def _stop_pause(self, place: Place) -> None:
        if (pause := self._pauses.pop(place, None)) is not None:
            pause.end()


class _Pause(QObject):
    """The time before one place is tried again, longer after each time."""

    def __init__(self, place: Place, parent: QObject) -> None:
        super().__init__(parent)
        self._next_ms = _FIRST_PAUSE_MS
        self._timer = timer(self, place.restart, once=True)

    def begin(self) -> None:
        """Tries again after the pause, if that is not on its way already."""
        if not self._timer.isActive():
            self._timer.start(self._next_ms)
            self._next_ms = min(2 * self._next_ms, _LONGEST_PAUSE_MS)

    def end(self) -> None:
        """Does not try again."""
        self._timer.stop()
        self.deleteLater()


def _serial(place: Place) -> str:
    """The serial of the place's phone; only places of phones wait for one."""
    return serial_of(place.backend.device) or ""
