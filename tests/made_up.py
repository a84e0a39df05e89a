"""A made-up engine kind and a made-up device kind, which a fixture adds to the tables.

What works with both works with any: nothing above engines/ and devices/ may know a kind by its name.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from mnist_bench.base.errors import MnistBenchError, UsageError
from mnist_bench.devices.device import DeviceCondition, Launch, never
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

    def caution(self, launch: Launch) -> str:  # noqa: ARG002
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
    name=re.compile(r"[a-z][a-z0-9.@: ]{0,40}"),
    make=Shelf,
    find_only=_only_shelf,
    seen=_seen,
)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Shelves:
    """The tables have the abacus and the shelf too; the shelves, of which there is one."""
    monkeypatch.setitem(ENGINE_KINDS, ABACUS.name, ABACUS)
    monkeypatch.setitem(DEVICE_KINDS, SHELF.prefix, SHELF)
    monkeypatch.setattr("tests.made_up.SHELVES", Shelves())
    return SHELVES
