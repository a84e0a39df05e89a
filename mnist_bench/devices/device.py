"""What a device is: where a runner runs, whatever engine kind it belongs to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mnist_bench.devices.lane import Lane
from mnist_bench.devices.transport import Transport

MAX_CORE = 1023  # sched_setaffinity's own limit


def never() -> bool:
    """For those who never give up."""
    return False


@dataclass(frozen=True, slots=True)
class NeededLibrary:
    """A library that people install and a runner opens: a shared one, or a folder of Python's packages.

    Attributes:
        name: as devices/libraries.py knows it.
        title: what people call the engine in it.
        abis: what there is one for, as devices/libraries.py names them.
    """

    name: str
    title: str
    abis: tuple[str, ...]

    def advice(self, system: str = "") -> str:
        """How it is installed, for another `system` than this computer if one is named, as --for takes it."""
        where = f" --for {system}" if system else ""
        return f"Run `mnist-bench engines install {self.name}{where}`."


@dataclass(frozen=True, slots=True)
class Launch:
    """How a runner is started: a module of Python, or else a program that is built for each ABI.

    Attributes:
        what: what people call the runner, such as "native runner".
        arguments: its command line.
        module: the module that a Python of this very program runs; empty for a program.
        packages: what that Python needs besides this program: each package, and a sentence for where it is missing.
        program: its name, as `locations.runner_program` takes it; empty for a module.
        threads: how many it computes with.
        library: what the runner opens: its name and its path are the runner's first two arguments.
    """

    what: str
    arguments: tuple[str, ...] = ()
    module: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    program: str = ""
    threads: int = 1
    library: NeededLibrary | None = None


@dataclass(frozen=True, slots=True)
class DeviceCondition:
    """How a device is at one moment: battery in percent and degrees Celsius, Android's thermal status (0 to 6).

    None is what the device does not tell. `frequency_mhz` has each core's present clock by the core's number.
    """

    battery_percent: int | None = None
    battery_celsius: float | None = None
    thermal_status: int | None = None
    frequency_mhz: dict[str, float] = field(default_factory=dict)


class Device(Protocol):
    """Where a runner runs: a value that can be compared, hashed and kept. Its title takes no part in that."""

    @property
    def id(self) -> str:
        """What follows the @ in a backend's id, such as `android:SERIAL`; empty for this computer."""

    @property
    def title(self) -> str:
        """What people call it, such as "Pixel 7"."""

    @property
    def lane(self) -> Lane:
        """Where those that run on it take turns."""

    @property
    def runs_python(self) -> bool:
        """Whether runners can be modules of Python; programs can run on every device."""

    @property
    def max_core(self) -> int | None:
        """The highest number that a core may have; None where a runner cannot be pinned to one."""

    @property
    def start_seconds(self) -> float:
        """How long bringing a runner there may take, besides the runner's own start."""

    def titled(self, title: str) -> "Device":
        """The same device under another title."""

    def missing(self, launch: Launch) -> str | None:
        """Why this cannot even be tried, a sentence or two; None if it can. Nothing is started or asked for it."""

    def caution(self, launch: Launch) -> str:
        """A word of warning to go with how it runs, such as "untested"; mostly empty."""

    def open(self, launch: Launch, given_up: Callable[[], bool] = never) -> Transport:
        """Bring the runner there if need be, and start it.

        Raises RunnerUnavailable or another MnistBenchError where that cannot be, Cancelled once `given_up` is true.
        """

    def is_away(self, error: Exception) -> bool:
        """Whether `error` ends by itself once the device can be reached again."""

    def read_facts(self) -> dict[str, str]:
        """What the device is, for people; empty where it does not tell, or the runner tells it all."""

    def read_condition(self) -> DeviceCondition | None:
        """How it is now; None where it does not tell. Costs the device some work: ask between measurements."""
