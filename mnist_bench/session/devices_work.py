"""Work on devices that a person asks for: deploying and removing as jobs, connecting and pairing in parallel."""

import threading
from collections.abc import Callable
from typing import TypeVar

from mnist_bench.session.devices import Devices, DeviceState
from mnist_bench.session.inbox import Inbox
from mnist_bench.session.jobs import Jobs, Task
from mnist_bench.session.topic import Topic
from mnist_bench.session.worker import Worker

T = TypeVar("T")

Done = Callable[[str], object]
Failed = Callable[[Exception], object]


class DevicesWork:
    """Does it off the session's thread.

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
            def moved(done: int, total: int) -> None:
                task.report(title, done, total)

            return access.deploy(state.seen.device, moved, lambda: task.is_cancelled)

        self._jobs.run(title, work, lambda sentence: self._changed(state, sentence))

    def remove(self, state: DeviceState) -> None:
        """Take everything of ours from it."""
        access = self._devices.access_to(state.id)
        title = f"Removing mnist-bench from {state.title}"
        self._jobs.run(
            title,
            lambda _task: access.remove(state.seen.device),
            lambda sentence: self._changed(state, sentence),
        )

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

        def connected(_device_id: str) -> None:
            done(f"Connected to {address}. It will be reconnected automatically.")

        return self._ask(lambda given_up: self._devices.wireless.connect(address, given_up), connected, failed)

    def pair(self, address: str, code: str, done: Done, failed: Failed) -> Callable[[], None]:
        """Pair this computer with a device that shows this code; what is returned gives it up."""

        def paired(_nothing: None) -> None:
            done(f"Paired with {address}. Now connect to it; the port is a different one.")

        return self._ask(lambda given_up: self._devices.wireless.pair(address, code, given_up), paired, failed)

    def close(self, limit_s: float) -> None:
        """Tell nobody of what still runs."""
        self._worker.close(limit_s)

    def _changed(self, state: DeviceState, sentence: str) -> None:
        self.message.publish(sentence)
        self.changed.publish(state.id)

    def _ask(
        self, job: Callable[[Callable[[], bool]], T], then: Callable[[T], object], failed: Failed
    ) -> Callable[[], None]:
        given_up = threading.Event()

        def give_up() -> None:
            given_up.set()
            self._worker.forget()

        self._worker.do_latest(lambda: job(given_up.is_set), then, failed)
        return give_up
