"""Restarts backends as soon as their device can be reached again."""

from mnist_bench.devices.access import Readiness
from mnist_bench.session.backend_state import BackendState, Status, Waiting
from mnist_bench.session.devices import Devices, DeviceState
from mnist_bench.session.inbox import Inbox, Timer
from mnist_bench.session.live import Live

_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 4.0
_TRIES_ON = "It will be tried again automatically."
_GOES_ON = "This backend then resumes automatically."


class Revival:
    """Looks after the backends whose device is away.

    A device that has become ready is used at once, even where its runner had failed before. Where a device is said to
    be ready and still cannot be reached (nobody has noticed yet, or a server is just starting), it is tried again after
    pauses that get longer.
    """

    def __init__(self, inbox: Inbox, live: Live, devices: Devices) -> None:
        self._inbox = inbox
        self._live = live
        self._devices = devices
        self._ready: frozenset[str] = frozenset()
        self._timers: dict[str, Timer] = {}
        self._pauses: dict[str, float] = {}
        devices.changed.subscribe(self._devices_changed)
        devices.troubled.subscribe(lambda _trouble: self._look_at_all())
        live.changed.subscribe(self._look)
        live.chosen.subscribe(lambda _states: self._forget_removed())

    def close(self) -> None:
        """Try nothing again."""
        for backend_id in tuple(self._timers):
            self._stop(backend_id)

    def _devices_changed(self, states: tuple[DeviceState, ...]) -> None:
        ready = frozenset(state.id for state in states if state.seen.is_ready)
        back, gone, self._ready = ready - self._ready, self._ready - ready, ready
        for state in self._live.backends:
            device_id = state.backend.device.id
            if device_id in back and state.status in (Status.WAITING, Status.FAILED):
                self._stop(state.id)
                self._live.restart(state.id)
            elif device_id in gone and state.status is Status.READY:
                self._live.restart(state.id)  # which fails where the device is gone; without a question none notices
        self._look_at_all()

    def _look_at_all(self) -> None:
        for state in self._live.backends:
            self._look(state)

    def _forget_removed(self) -> None:
        for backend_id in tuple(self._timers):
            if self._live.find(backend_id) is None:
                self._stop(backend_id)

    def _look(self, state: BackendState) -> None:
        if state.status is Status.READY:
            self._stop(state.id)
        if state.status is not Status.WAITING:
            return
        device = self._devices.find(state.backend.device.id)
        is_ready = device is not None and device.seen.is_ready
        self._live.wait_for_device(state.id, self._words(state, device))
        if not is_ready:
            self._stop(state.id)
        elif state.id not in self._timers or not self._timers[state.id].is_pending:
            pause = self._pauses.get(state.id, _FIRST_PAUSE_S)
            self._pauses[state.id] = min(2 * pause, _LONGEST_PAUSE_S)
            self._timers[state.id] = self._inbox.later(pause, lambda: self._try(state.id))

    def _try(self, backend_id: str) -> None:
        if (state := self._live.find(backend_id)) is not None and state.status is Status.WAITING:
            self._live.restart(backend_id)

    def _stop(self, backend_id: str) -> None:
        self._pauses.pop(backend_id, None)
        if (timer := self._timers.pop(backend_id, None)) is not None:
            timer.cancel()

    def _words(self, state: BackendState, device: DeviceState | None) -> Waiting:
        title = state.backend.device.title
        if (trouble := self._devices.trouble) is not None:
            return Waiting("Devices can't be reached", trouble.sentence, trouble.advice)
        if device is None:
            return Waiting(f"Waiting for {title}", "It is not connected.")
        if device.seen.is_ready and state.id in self._pauses and state.failure is not None:
            return Waiting(f"{title} doesn't answer", state.failure.sentence, _TRIES_ON)
        if device.seen.is_ready:
            return Waiting(f"{title} is back", "Its runner is starting again.")
        if device.seen.readiness is Readiness.GONE:
            return Waiting(f"Waiting for {title}", "It is not connected.", device.seen.next_step)
        return Waiting(f"{title} is {device.seen.state}", device.seen.next_step, _GOES_ON)
