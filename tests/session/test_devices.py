"""Devices of any kind: names, cores, and backends that wait for a device and go on with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_bench.devices.access import Readiness
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import find_backend
from mnist_bench.session.backend_state import Status
from mnist_bench.session.choices import Choices
from mnist_bench.session.devices import Devices
from mnist_bench.session.devices_work import DeviceReading, Revival
from mnist_bench.session.inbox import Inbox, Worker
from mnist_bench.session.live import Live
from tests import made_up as made_up_kinds
from tests.made_up import ShelfAccess, Shelves
from tests.networks import tiny_network
from tests.session.conftest import Waiting

TITLES = {"shelf:top": "Top shelf"}


class Room:
    """What devices need around them."""

    def __init__(self, inbox: Inbox, folder: Path) -> None:
        self.worker = Worker(inbox, "choices")
        self.live = Live(inbox)
        self.access = ShelfAccess()
        self.choices = Choices(self.worker, folder / "choices.json")
        self.devices = Devices(inbox, self.live, self.choices, {"shelf": self.access})
        self.revival = Revival(inbox, self.live, self.devices)
        self.reading = DeviceReading(inbox, self.live, self.devices)

    def close(self) -> None:
        self.revival.close()
        self.reading.close(2.0)
        self.devices.close(2.0)
        assert self.live.close(5.0)
        assert self.worker.close(5.0)


@pytest.fixture
def shelves(made_up: Shelves) -> Shelves:
    return made_up_kinds.SHELVES


@pytest.fixture
def room(shelves: Shelves, inbox: Inbox, tmp_path: Path) -> Iterator[Room]:
    room = Room(inbox, tmp_path)
    yield room
    room.close()


def on_shelf(text: str = "native-int8@shelf:top") -> Backend:
    return find_backend(text, {})


def test_a_backend_gets_its_devices_own_name_and_keeps_its_state(room: Room, wait: Waiting) -> None:
    room.live.choose([on_shelf()])
    room.live.use_network(tiny_network())
    wait.until(lambda: room.live.backends[0].status is Status.READY)
    assert room.live.backends[0].backend.title == "top · Native int8"
    room.devices.begin()
    wait.until(lambda: room.live.backends[0].backend.title == "Top shelf · Native int8")
    assert room.live.backends[0].status is Status.READY
    assert room.choices.pairs("device titles") == TITLES
    device = room.devices.find("shelf:top")
    assert device is not None
    assert device.chosen == {"native-int8@shelf:top"}


@pytest.mark.parametrize(
    ("names", "titles"),
    [
        (("first-one", "second-two"), ["Shelf (…-one)", "Shelf (…-two)"]),
        (("first-one", "adb-first-two._adb-tls-connect._tcp"), ["Shelf (…-one)", "Shelf (…-two)"]),
        (("10.0.0.1:5555", "10.0.0.2:5555"), ["Shelf (10.0.0.1:5555)", "Shelf (10.0.0.2:5555)"]),
        (("1a2b", "first-one"), ["Shelf (1a2b)", "Shelf (…-one)"]),
    ],
)
def test_devices_of_one_name_are_told_apart(
    room: Room, shelves: Shelves, wait: Waiting, names: tuple[str, str], titles: list[str]
) -> None:
    shelves.titles = {**dict.fromkeys(names, "Shelf"), "third": "Board"}
    room.live.choose([find_backend("native-fp32")])
    room.devices.begin()
    wait.until(lambda: len(room.devices.states) == 3)
    assert [state.title for state in room.devices.states] == [*titles, "Board"]


def test_a_ready_device_that_nobody_uses_is_announced(room: Room, wait: Waiting) -> None:
    said: list[str] = []
    room.devices.message.subscribe(said.append)
    room.live.choose([find_backend("native-fp32")])
    room.devices.begin()
    wait.until(lambda: bool(said))
    assert said == ["Top shelf is ready. Add it from the Devices menu."]


def test_another_core_is_taken_by_all_that_runs_there(room: Room, wait: Waiting) -> None:
    room.live.choose([on_shelf(), on_shelf("native-fp32@shelf:top"), find_backend("torch-fp32")])
    room.devices.begin()
    wait.until(lambda: bool(room.devices.states))
    room.devices.choose_core("shelf:top", 2)
    assert [state.id for state in room.live.backends] == [
        "torch-fp32",
        "native-fp32:core2@shelf:top",
        "native-int8:core2@shelf:top",
    ]
    device = room.devices.find("shelf:top")
    assert device is not None
    assert device.core == 2
    assert len(device.chosen) == 2


def test_a_backend_waits_for_its_device_and_goes_on_with_it(room: Room, shelves: Shelves, wait: Waiting) -> None:
    shelves.gone.add("top")
    room.live.choose([on_shelf()])
    room.live.use_network(tiny_network())
    room.devices.begin()
    wait.until(lambda: room.live.backends[0].status is Status.WAITING)
    waiting = room.live.backends[0].waiting
    assert waiting is not None
    assert (waiting.sentence, waiting.advice) == ("It is not connected.", "Put the shelf back.")
    shelves.gone.clear()
    room.access.look()
    wait.until(lambda: room.live.backends[0].status is Status.READY)


def test_a_backend_that_nobody_asks_is_tried_when_its_device_goes(room: Room, shelves: Shelves, wait: Waiting) -> None:
    room.live.choose([on_shelf()])
    room.live.use_network(tiny_network())
    room.devices.begin()
    wait.until(lambda: room.live.backends[0].status is Status.READY and bool(room.devices.states))
    statuses: list[Status] = []
    room.live.changed.subscribe(lambda state: statuses.append(state.status))
    shelves.gone.add("top")
    room.access.look()
    # A stream to it would be broken by now; this one's runner still answers.
    wait.until(lambda: statuses[:1] == [Status.STARTING] and statuses[-1] is Status.READY)


def test_a_device_that_is_said_to_be_ready_and_is_not_is_tried_again(
    room: Room, shelves: Shelves, wait: Waiting
) -> None:
    room.live.choose([on_shelf()])
    room.devices.begin()
    wait.until(lambda: bool(room.devices.states))
    shelves.gone.add("top")  # nobody has noticed yet
    room.live.use_network(tiny_network())
    wait.until(lambda: room.live.backends[0].status is Status.WAITING)
    starts: list[Status] = []
    room.live.changed.subscribe(lambda state: starts.append(state.status))
    wait.until(lambda: starts.count(Status.STARTING) >= 2)
    waiting = room.live.backends[0].waiting
    assert waiting is None or "Top shelf" in waiting.headline
    shelves.gone.clear()
    wait.until(lambda: room.live.backends[0].status is Status.READY)


def test_the_device_in_sight_is_read_when_it_is_there(room: Room, wait: Waiting) -> None:
    room.live.choose([find_backend("native-fp32")])
    room.devices.begin()
    room.reading.look_at("shelf:top")
    wait.until(lambda: (device := room.devices.find("shelf:top")) is not None and device.about is not None)
    assert room.access.done == ["Read Top shelf."]


def test_reading_waits_for_what_runs_on_the_device(room: Room, wait: Waiting) -> None:
    room.live.choose([find_backend("native-fp32")])
    room.devices.begin()
    wait.until(lambda: bool(room.devices.states))
    device = room.devices.states[0].seen.device
    with device.lane.turn():
        room.reading.look_at("shelf:top")
        assert not wait.inbox.wait_until(lambda: bool(room.access.done), 0.6)
    wait.until(lambda: bool(room.access.done))


def test_what_cannot_be_read_says_why_and_keeps_what_was_known(
    room: Room, wait: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.live.choose([find_backend("native-fp32")])
    room.devices.begin()
    room.reading.look_at("shelf:top")
    wait.until(lambda: (device := room.devices.find("shelf:top")) is not None and device.about is not None)

    def fail(*_: object) -> None:
        raise made_up_kinds.ShelfGone("Top shelf is gone.")

    monkeypatch.setattr(room.access, "read", fail)
    room.reading.read_again()
    wait.until(lambda: (device := room.devices.find("shelf:top")) is not None and bool(device.problem))
    device = room.devices.find("shelf:top")
    assert device is not None
    assert device.problem == "Top shelf is gone. Put the shelf back."
    assert device.about is not None


def test_two_cores_of_one_device_become_one_backend_when_another_core_is_chosen(room: Room, wait: Waiting) -> None:
    room.live.choose([on_shelf("native-int8:core1@shelf:top"), on_shelf()])
    room.devices.begin()
    wait.until(lambda: bool(room.devices.states))
    room.devices.choose_core("shelf:top", 2)
    assert [state.id for state in room.live.backends] == ["native-int8:core2@shelf:top"]


def test_a_device_that_does_not_tell_its_name_now_goes_by_the_one_that_it_told_before(
    room: Room, shelves: Shelves, wait: Waiting
) -> None:
    room.devices.titles["shelf:top"] = "Old shelf"
    shelves.gone.add("top")
    room.live.choose([on_shelf()])
    assert [(state.title, state.seen.readiness) for state in room.devices.states] == [("Old shelf", Readiness.GONE)]
