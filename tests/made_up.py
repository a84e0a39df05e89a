"""A made-up engine kind and a made-up device kind, which a fixture adds to the tables.

What works with both works with any: nothing above engines/ and devices/ may know a kind by its name.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mnist_bench.base.errors import MnistBenchError, UsageError
from mnist_bench.devices.access import About, Fact, OnSeen, OnTrouble, Readiness, SeenDevice
from mnist_bench.devices.device import Device, DeviceCondition, Launch, never
from mnist_bench.devices.devices import DEVICE_KINDS, DeviceKind
from mnist_bench.devices.lane import Lane, lane_of
from mnist_bench.devices.this_computer import THIS_COMPUTER
from mnist_bench.devices.transport import Transport
from mnist_bench.engines.kinds.kind import EngineKind, Mode, Options
from mnist_bench.engines.kinds.table import ENGINE_KINDS
from mnist_bench.network.network import Precision


def _launch(_precision: Precision, options: Options, awake: bool) -> Launch:
    mode = ("--mode", options.mode or "beads", "--threads", str(options.threads))
    core = () if options.core is None else ("--core", str(options.core))
    arguments = (*mode, *core, *(("--awake",) if awake else ()))
    return Launch("abacus runner", arguments, module="tests.made_up_runner", threads=options.threads)


ABACUS = EngineKind(
    name="abacus",
    title="Abacus",
    precisions=(Precision.FP32, Precision.INT8),
    modes=(Mode("beads", "wooden beads"), Mode("rods", "rods", has_layers=False)),
    start_seconds=30.0,
    launch=_launch,
    max_threads=2,
    can_pin=True,
    needs_python=True,
)


class ShelfGone(MnistBenchError):
    """The made-up device is not there."""

    advice = "Put the shelf back."


@dataclass
class Shelves:
    """The shelves that there are, by their names with their titles; those in `gone` cannot be reached."""

    titles: dict[str, str] = field(default_factory=lambda: {"top": "Top shelf"})
    gone: set[str] = field(default_factory=set)


SHELVES = Shelves()


@dataclass(frozen=True, slots=True)
class Shelf:
    """A device that runs what this computer runs, in a lane of its own."""

    name: str
    title: str = field(compare=False)
    runs_python: bool = True
    max_core: int | None = 3
    start_seconds: float = 5.0

    @property
    def id(self) -> str:
        return f"shelf:{self.name}"

    @property
    def lane(self) -> Lane:
        return lane_of(self.id)

    def titled(self, title: str) -> "Shelf":
        return replace(self, title=title)

    def missing(self, launch: Launch) -> str | None:
        return THIS_COMPUTER.missing(launch)

    def caution(self, launch: Launch) -> str:
        return "wobbly"

    def open(self, launch: Launch, given_up: Callable[[], bool] = never) -> Transport:
        if self.name in SHELVES.gone:
            raise ShelfGone(f"{self.title} is gone.")
        return THIS_COMPUTER.open(launch, given_up)

    def is_away(self, error: Exception) -> bool:
        return isinstance(error, ShelfGone)

    def read_facts(self) -> dict[str, str]:
        return {"wood": "oak"}

    def read_condition(self) -> DeviceCondition | None:
        return None if self.name in SHELVES.gone else DeviceCondition(thermal_status=0)


@dataclass(frozen=True, slots=True)
class WhatShelvesTell:
    """What a shelf tells of itself (docs of its methods: devices/access.py)."""

    def facts(self) -> list[Fact]:
        return [Fact("Wood", "oak"), Fact("Marks", "<b>a scratch</b>", is_long=True)]

    def cores(self) -> list[tuple[int, str]]:
        return [(number, f"board {number}") for number in range(4)]

    def runner_words(self) -> str:
        return "The abacus stands on it."

    def as_it_was(self) -> "WhatShelvesTell":
        return self


class ShelfAccess:
    """The way to the shelves, which are looked at once, and whenever `look` is called."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._on_seen: OnSeen | None = None

    def needs(self) -> list[Fact]:
        return [Fact("nails", "two")]

    def follower(self, on_seen: OnSeen, on_trouble: OnTrouble) -> "ShelfAccess":
        self._on_seen = on_seen
        return self

    def start(self) -> None:
        self.look()

    def close(self, limit_s: float) -> None:
        self.done.append("close")

    def look(self) -> None:
        """Tell which shelves there are now."""
        assert self._on_seen is not None
        shelves = [Shelf(name, title) for name, title in SHELVES.titles.items() if name not in SHELVES.gone]
        self._on_seen(tuple(SeenDevice(shelf, Readiness.READY, "standing", serial=shelf.name) for shelf in shelves))

    def gone(self, device: Device) -> SeenDevice:
        return SeenDevice(device, Readiness.GONE, "not here", "Put the shelf back.", is_named=False)

    def deploy(self, device: Device, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str:
        progress(0 if cancelled() else 1, 1)
        return self._do(f"The abacus is on {device.title}.")

    def remove(self, device: Device) -> str:
        return self._do(f"Removed the abacus from {device.title}.")

    def connect(self, address: str, cancelled: Callable[[], bool]) -> str:
        raise ShelfGone(f"No shelf is at {address}.")

    def disconnect(self, device: Device) -> None:
        self._do(f"Disconnected {device.title}.")

    def pair(self, address: str, code: str, cancelled: Callable[[], bool]) -> None:
        raise ShelfGone(f"No shelf is at {address}.")

    def read(self, device: Device, known: About | None = None) -> About:
        self._do(f"Read {device.title}.")
        return WhatShelvesTell()

    def _do(self, sentence: str) -> str:
        self.done.append(sentence)
        return sentence


def _only_shelf() -> Shelf:
    if len(SHELVES.titles) != 1:
        raise UsageError("There is not exactly one shelf.", advice="Name one.")
    ((name, title),) = SHELVES.titles.items()
    return Shelf(name, title)


def _seen() -> Iterator[tuple[Shelf, MnistBenchError | None]]:
    for name, title in SHELVES.titles.items():
        yield Shelf(name, title), ShelfGone(f"{title} is gone.") if name in SHELVES.gone else None


SHELF = DeviceKind(
    prefix="shelf",
    form="shelf[:NAME]",
    advice="Use @shelf:NAME.",
    is_name=lambda name: re.fullmatch(r"[a-z][a-z0-9.@: ]{0,40}", name) is not None,
    make=Shelf,
    find_only=_only_shelf,
    seen=_seen,
    access=ShelfAccess,
)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Shelves:
    """The tables have the abacus and the shelf too; the shelves, of which there is one."""
    monkeypatch.setitem(ENGINE_KINDS, ABACUS.name, ABACUS)
    monkeypatch.setitem(DEVICE_KINDS, SHELF.prefix, SHELF)
    monkeypatch.setattr("tests.made_up.SHELVES", Shelves())
    return SHELVES


@pytest.fixture
def made_up_in_children(made_up: Shelves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of processes that are started have both, too: what measures is one."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("from tests import made_up; made_up.add_to_tables()")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH")))))


def add_to_tables() -> None:
    """Add both for as long as this process lives."""
    ENGINE_KINDS[ABACUS.name] = ABACUS
    DEVICE_KINDS[SHELF.prefix] = SHELF
