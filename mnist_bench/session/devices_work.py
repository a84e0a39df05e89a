"""Work on devices: what a person asks for, reading their condition, and restarting backends when they are back."""

import threading
from collections.abc import Callable
from functools import partial

from mnist_bench.devices.access import About, Readiness
from mnist_bench.session.backend_state import BackendState, Status, Waiting
from mnist_bench.session.devices import Devices, DeviceState
from mnist_bench.session.inbox import Inbox, Timer, Topic, Worker
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.live import Live

_REST_S = 0.3
_LOOK_AGAIN_S = 15.0
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 4.0
_TRIES_ON = "It will be tried again automatically."
_GOES_ON = "This backend then resumes automatically."

Done = Callable[[str], object]
Failed = Callable[[Exception], object]


class DevicesWork:
    """Deploys and removes as jobs, and connects and pairs beside them.

    Topics:
        message: a sentence for the status bar.
        failed: the exception of something that failed.
        changed: the id of a device that the runner was put on or taken from.
    """

    def __init__(self, inbox: Inbox, jobs: Jobs, devices: Devices) -> None:
        self.message: Topic[str] = Topic()
        self.failed: Topic[Exception] = Topic()
        self.changed: Topic[str] = Topic()
        self._jobs = jobs
        self._devices = devices
        self._worker = Worker(inbox, "devices' work")

    def deploy(self, state: DeviceState) -> None:
        """Put the runner there, whole."""
        title, access = f"Deploying to {state.title}", self._devices.access_to(state.id)

        def work(task: Task) -> str:
            return access.deploy(state.seen.device, partial(task.report, title), lambda: task.is_cancelled)

        self._jobs.run(title, work, partial(self._changed, state))

    def remove(self, state: DeviceState) -> None:
        """Take everything of ours from it."""
        access = self._devices.access_to(state.id)
        title = f"Removing mnist-bench from {state.title}"
        self._jobs.run(title, lambda _task: access.remove(state.seen.device), partial(self._changed, state))

    def disconnect(self, state: DeviceState) -> None:
        """End a connection by address, and forget the address."""
        access = self._devices.access_to(state.id)
        self._worker.do(
            lambda: access.disconnect(state.seen.device),
            lambda _: self.message.publish(f"Disconnected {state.title} and forgot its address."),
            self.failed.publish,
        )

    def connect(self, address: str, done: Done, failed: Failed) -> Callable[[], None]:
        """Connect to a device by HOST[:PORT]; what is returned gives it up."""
        said = f"Connected to {address}. It will be reconnected automatically."
        return self._ask(lambda given_up: self._devices.wireless.connect(address, given_up), lambda: done(said), failed)

    def pair(self, address: str, code: str, done: Done, failed: Failed) -> Callable[[], None]:
        """Pair this computer with a device that shows this code; what is returned gives it up."""
        said, work = f"Paired with {address}. Now connect to it; the port is a different one.", self._devices.wireless
        return self._ask(lambda given_up: work.pair(address, code, given_up), lambda: done(said), failed)

    def close(self, limit_s: float) -> None:
        """Tell nobody of what still runs."""
        self._worker.close(limit_s)

    def _changed(self, state: DeviceState, sentence: str) -> None:
        self.message.publish(sentence)
        self.changed.publish(state.id)

    def _ask(
        self, job: Callable[[Callable[[], bool]], object], then: Callable[[], object], failed: Failed
    ) -> Callable[[], None]:
        given_up = threading.Event()

        def give_up() -> None:
            given_up.set()
            self._worker.forget()

        self._worker.do_latest(lambda: job(given_up.is_set), lambda _: then(), failed)
        return give_up


class DeviceReading:
    """Reads the device in sight when it comes into sight, becomes ready, has worked, and every 15 s.

    It waits until the person has not drawn for a moment and nothing lasting runs there, and then takes its turn on the
    device's lane, as every inference does: the two never disturb each other.
    """

    def __init__(self, inbox: Inbox, live: Live, devices: Devices) -> None:
        self._inbox = inbox
        self._live = live
        self._devices = devices
        self._worker = Worker(inbox, "reading devices")
        self._in_sight = ""
        self._wants_all = False
        self._was_ready = False
        self._is_given_up = False
        self._rest: Timer | None = None
        self._busy: frozenset[str] = frozenset()
        live.answered.subscribe(lambda _state: self._wait_longer())
        live.changed.subscribe(self._backend_changed)
        devices.changed.subscribe(self._devices_changed)

    def look_at(self, device_id: str) -> None:
        """Read this device from now on, which has come into sight; none where it is empty."""
        if device_id != self._in_sight:
            self._in_sight = device_id
            self._give_up()
        self._was_ready = self._is_ready()
        self.read_again(everything=True)

    def read_again(self, *, everything: bool = False) -> None:
        """Read the device in sight, or how it is just now, as soon as that disturbs nobody."""
        self._wants_all = self._wants_all or everything
        if self._is_ready():
            self._rest_for(_REST_S)

    def close(self, limit_s: float) -> None:
        """Read nothing more."""
        self._in_sight = ""
        self._give_up()
        self._worker.close(limit_s)

    def _state(self) -> DeviceState | None:
        return self._devices.find(self._in_sight) if self._in_sight else None

    def _is_ready(self) -> bool:
        state = self._state()
        return state is not None and state.seen.is_ready

    def _devices_changed(self, _states: tuple[DeviceState, ...]) -> None:
        was_ready, self._was_ready = self._was_ready, self._is_ready()
        if self._was_ready and not was_ready:
            self.read_again(everything=True)

    def _backend_changed(self, _state: BackendState) -> None:
        """After a start or long work the device is warmer, its clock another, and the runner on it."""
        lasting = (Status.RUNNING, Status.STARTING)
        busy = frozenset(one.backend.device.id for one in self._live.backends if one.status in lasting)
        was_busy, self._busy = self._busy, busy
        if self._in_sight in was_busy - busy:
            self.read_again(everything=True)

    def _wait_longer(self) -> None:
        if self._rest is not None and self._rest.is_pending:
            self._rest_for(_REST_S)

    def _rest_for(self, seconds: float) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = self._inbox.later(seconds, self._read)

    def _give_up(self) -> None:
        self._is_given_up = True
        self._worker.forget()
        if self._rest is not None:
            self._rest.cancel()
        if (state := self._state()) is not None:
            state.seen.device.lane.look_again()

    def _read(self) -> None:
        state = self._state()
        if state is None or not state.seen.is_ready or self._worker.is_busy or state.id in self._busy:
            return
        known = None if self._wants_all else state.about
        self._wants_all, self._is_given_up = False, False
        access, device = self._devices.access_to(state.id), state.seen.device

        def read() -> About:
            with device.lane.turn(lambda: self._is_given_up):
                return access.read(device, known)

        self._worker.do_latest(
            read, lambda about: self._told(state.id, about), lambda error: self._failed(state.id, error)
        )

    def _told(self, device_id: str, about: About) -> None:
        self._devices.tell(device_id, about)
        self._rest_for(_REST_S if self._wants_all else _LOOK_AGAIN_S)

    def _failed(self, device_id: str, error: Exception) -> None:
        self._devices.tell(device_id, None, str(error))
        self._rest_for(_LOOK_AGAIN_S)


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
