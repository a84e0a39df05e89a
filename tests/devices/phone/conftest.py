"""Odd programs to bring to a phone, a follower that is listened to, and nothing left behind."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.devices.phone.adb import Adb, this_adb
from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.follower import PhoneFollower
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from tests.phone.adb_server import AdbServer

_HEAD = '#!/system/bin/sh\n[ "$1" = --version ] && exit 0\n'

Ship = Callable[[str | bytes], bytes]


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a thread behind, and name it."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and thread.name != "watchdog"]
    for thread in left:
        thread.join(2)
    assert not [thread.name for thread in left if thread.is_alive()]


@pytest.fixture
def own_adb(adb: AdbServer) -> Adb:
    """The product's adb, on the tests' server."""
    return this_adb()


@pytest.fixture
def ship(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ship:
    """Makes a shell script the program that is brought to phones; returns its bytes."""

    def ship(script: str | bytes) -> bytes:
        text = script if isinstance(script, bytes) else f"{_HEAD}{script}\n".encode()
        program = tmp_path / "shipped"
        program.write_bytes(text)
        monkeypatch.setattr(locations, "runner_program", lambda *_: program)
        return text

    return ship


class Listening:
    """What a follower told, and a way to wait for it."""

    def __init__(self) -> None:
        self.told: list[tuple[Phone, ...]] = []
        self.troubles: list[PhoneError | None] = []
        self._changed = threading.Condition()

    def on_change(self, phones: tuple[Phone, ...]) -> None:
        with self._changed:
            self.told.append(phones)
            self._changed.notify_all()

    def on_trouble(self, trouble: PhoneError | None) -> None:
        with self._changed:
            self.troubles.append(trouble)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, seconds), f"{self.told} {self.troubles}"

    def wait_for_state(self, serial: str, state: PhoneState | None, seconds: float = 15) -> None:
        """Until the phone is told in this state; None: until it is not told any more."""
        self.wait_for(lambda: bool(self.told) and self.state(serial) is state, seconds)

    def state(self, serial: str) -> PhoneState | None:
        """The state that was told last."""
        return next((phone.state for phone in self.told[-1] if phone.serial == serial), None)


@pytest.fixture
def following(own_adb: Adb) -> Iterator[Listening]:
    """A follower, started; what it tells."""
    listening = Listening()
    follower = PhoneFollower(listening.on_change, listening.on_trouble, own_adb)
    follower.start()
    yield listening
    follower.close()
