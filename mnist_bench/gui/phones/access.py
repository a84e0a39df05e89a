"""The window's way to the phones: everything that is done over adb, each call blocking, for threads of their own.

What reads adb's library is imported where it is used: by then the window is on the screen.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.gui.phones.fact_words import PhoneAbout

if TYPE_CHECKING:
    from mnist_bench.devices.phone.deploy import Deployed
    from mnist_bench.devices.phone.facts import PhoneCondition

OnChange = Callable[[tuple[Phone, ...]], None]
OnTrouble = Callable[[PhoneError | None], None]


class Follower(Protocol):
    """What follows the phones on a thread of its own."""

    def start(self) -> None:
        """Begins."""

    def close(self, limit_s: float) -> object:
        """Ends it; waits for `limit_s` at most."""


class PhoneAccess:
    """The real one. All its methods raise PhoneError where the phone or adb does not do what was asked."""

    def follower(self, on_change: OnChange, on_trouble: OnTrouble) -> Follower:
        """What tells of every change, on its own thread."""
        from mnist_bench.devices.phone.follower import PhoneFollower

        return PhoneFollower(on_change, on_trouble)

    def deploy(self, serial: str, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> "Deployed":
        """Puts the runner on the phone; `progress` is told bytes done, of how many."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.deploy import deploy

        return deploy(this_adb().cancelled_by(cancelled), serial, progress)

    def remove(self, serial: str) -> bool:
        """Takes everything of ours from the phone; whether there was something."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.deploy import remove

        return remove(this_adb(), serial)

    def connect(self, address: str, cancelled: Callable[[], bool]) -> str:
        """Connects to a phone by HOST[:PORT], and will do so again whenever it is gone; its serial."""
        from mnist_bench.devices.phone.adb import this_adb

        return this_adb().cancelled_by(cancelled).connect(address)

    def disconnect(self, serial: str) -> None:
        """Ends such a connection, and forgets the address."""
        from mnist_bench.devices.phone.adb import this_adb

        this_adb().disconnect(serial)

    def pair(self, address: str, code: str, cancelled: Callable[[], bool]) -> None:
        """Pairs this computer with a phone that shows this code."""
        from mnist_bench.devices.phone.adb import this_adb

        this_adb().cancelled_by(cancelled).pair(address, code)

    def read(self, serial: str) -> PhoneAbout:
        """Everything that a phone tells of itself now."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.deploy import is_deployed
        from mnist_bench.devices.phone.facts import read_facts

        adb = this_adb()
        return PhoneAbout(read_facts(adb, serial), self.read_condition(serial), is_deployed(adb, serial))

    def read_condition(self, serial: str) -> "PhoneCondition":
        """How a phone is just now: battery, temperature, clocks."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.facts import read_condition

        return read_condition(this_adb(), serial)
