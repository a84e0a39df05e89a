"""What can be asked of all devices of one kind: which there are, what each is, and to bring the runner there.

All of it blocks, for threads that may wait, and raises MnistBenchError where a device does not do what was asked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.devices.device import Device


class Readiness(StrEnum):
    """Whether a device can be used: yes, soon by itself, once a person has done something, or it is not there."""

    READY = "ready"
    SOON = "soon"
    NEEDS_ACTION = "needs action"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A device as it was seen last.

    Attributes:
        state, next_step: its state in a word or two, and what a person does next; empty for a ready one.
        is_named: whether its title is its own name, and not a serial or an address.
        serial: what else tells it from others, for people.
        way: how it is reached, such as "USB"; empty where there is nothing to say.
        can_disconnect: whether it was connected by an address, which can be forgotten.
        can_deploy: whether the runner has to be put there, and can be taken away again.
    """

    device: Device
    readiness: Readiness
    state: str
    next_step: str = ""
    is_named: bool = True
    serial: str = ""
    way: str = ""
    can_disconnect: bool = False
    can_deploy: bool = True

    @property
    def id(self) -> str:
        """The device's id."""
        return self.device.id

    @property
    def is_ready(self) -> bool:
        """Whether it can be used now."""
        return self.readiness is Readiness.READY


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a device, or about this computer.

    Attributes:
        name, words: what it is, and what there is to say of it.
        tip: more to say.
        is_long: whether it wants a line of its own.
        is_problem: whether something does not work because of it; the words say what to do.
    """

    name: str
    words: str
    tip: str = ""
    is_long: bool = False
    is_problem: bool = False


class About(Protocol):
    """What a device has told of itself, and what is known of the runner on it."""

    def facts(self) -> list[Fact]:
        """All that is known, in the order in which it is shown."""

    def cores(self) -> list[tuple[int, str]]:
        """The cores that a runner can be pinned to: each one's number and what there is to say of it."""

    def runner_words(self) -> str:
        """About the runner on the device; may be empty."""

    def as_it_was(self) -> "About":
        """What still holds while the device cannot be asked."""


OnSeen = Callable[[tuple[SeenDevice, ...]], None]
OnTrouble = Callable[[MnistBenchError | None], None]


class Follower(Protocol):
    """What follows the devices of a kind on a thread of its own."""

    def start(self) -> None:
        """Begin; returns at once."""

    def close(self, limit_s: float) -> object:
        """End it; waits for `limit_s` at most."""


class DeviceAccess(Protocol):
    """The way to the devices of one kind. Calls block; `follower` alone returns at once."""

    def needs(self) -> Iterable[Fact]:
        """What devices of this kind need on this computer, and whether it is there. Nothing is started for it."""

    def follower(self, on_seen: OnSeen, on_trouble: OnTrouble) -> Follower:
        """What tells of every change, on its own thread: all devices, and why they cannot be seen (None: they can)."""

    def gone(self, device: Device) -> SeenDevice:
        """A device that is not there."""

    def deploy(self, device: Device, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str:
        """Put the runner there, whole; a sentence that says so. `progress` is told bytes done, of how many."""

    def remove(self, device: Device) -> str:
        """Take everything of ours from it; a sentence that says so."""

    def connect(self, address: str, cancelled: Callable[[], bool]) -> str:
        """Connect to a device by HOST[:PORT], and do so again whenever it is gone; its id."""

    def disconnect(self, device: Device) -> None:
        """End such a connection, and forget the address."""

    def pair(self, address: str, code: str, cancelled: Callable[[], bool]) -> None:
        """Pair this computer with a device that shows this code."""

    def read(self, device: Device, known: About | None = None) -> About:
        """What a device tells of itself now; where it is `known`, only how it is just now is asked."""
