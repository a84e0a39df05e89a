"""The way to Android phones, all of it over adb (docs of its methods: devices/access.py).

What reads adb's library is imported where it is used: by then a window is on the screen.
"""

from collections.abc import Callable, Iterable

from mnist_bench.base import words
from mnist_bench.devices.access import About, Fact, Follower, OnSeen, OnTrouble, Readiness, SeenDevice
from mnist_bench.devices.device import Device
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.device import AndroidPhone, as_device, serial_of
from mnist_bench.devices.phone.phones import Phone, one_of_each
from mnist_bench.devices.phone.states import PhoneState

_SOON = (PhoneState.CONNECTING, PhoneState.AUTHORIZING)


class PhoneAccess:
    """All its methods raise PhoneError where the phone or adb does not do what was asked."""

    def needs(self) -> Iterable[Fact]:
        """adb, its server, and the right to open USB devices."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.needs import needs

        return needs(this_adb())

    def follower(self, on_seen: OnSeen, on_trouble: OnTrouble) -> Follower:
        """What tells of every change, on its own thread."""
        from mnist_bench.devices.phone.follower import PhoneFollower

        return PhoneFollower(lambda phones: on_seen(tuple(map(as_seen, one_of_each(phones)))), on_trouble)

    def gone(self, device: Device) -> SeenDevice:
        """A phone that adb does not list."""
        return as_seen(Phone(_serial(device), PhoneState.GONE))

    def deploy(self, device: Device, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str:
        """Put the runner on the phone, and the engines that are installed for it."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.deploy import deploy_all

        deployed, engines = deploy_all(this_adb().cancelled_by(cancelled), _serial(device), progress)
        what = f"The runner ({deployed.abi}, {words.size(deployed.bytes)})"
        said = f"{what} is on {device.title}." if deployed.pushed else f"{what} was on {device.title} already."
        with_it = ", ".join(engine.words for engine in engines)
        return f"{said} With it: {with_it}." if engines else said

    def remove(self, device: Device) -> str:
        """Take everything of ours from the phone."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.deploy import remove

        was_there = remove(this_adb(), _serial(device))
        return f"Removed mnist-bench from {device.title}." if was_there else f"mnist-bench isn't on {device.title}."

    def connect(self, address: str, cancelled: Callable[[], bool]) -> str:
        """Connect to a phone by HOST[:PORT], and do so again whenever it is gone."""
        from mnist_bench.devices.phone.adb import this_adb

        serial = this_adb().cancelled_by(cancelled).connect(address)
        return AndroidPhone(serial, serial).id

    def disconnect(self, device: Device) -> None:
        """End such a connection, and forget the address."""
        from mnist_bench.devices.phone.adb import this_adb

        this_adb().disconnect(_serial(device))

    def pair(self, address: str, code: str, cancelled: Callable[[], bool]) -> None:
        """Pair this computer with a phone that shows this code."""
        from mnist_bench.devices.phone.adb import this_adb

        this_adb().cancelled_by(cancelled).pair(address, code)

    def read(self, device: Device, known: About | None = None) -> About:
        """Everything that a phone tells of itself now, or how it is just now."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.deploy import is_deployed
        from mnist_bench.devices.phone.facts import read_condition, read_facts

        adb, serial = this_adb(), _serial(device)
        if isinstance(known, PhoneAbout):
            return known.with_condition(read_condition(adb, serial))
        return PhoneAbout(read_facts(adb, serial), read_condition(adb, serial), is_deployed(adb, serial))


def as_seen(phone: Phone) -> SeenDevice:
    """What there is to say of a phone of adb's list."""
    readiness = Readiness.NEEDS_ACTION
    if phone.is_ready:
        readiness = Readiness.READY
    elif phone.state in _SOON:
        readiness = Readiness.SOON
    elif phone.state is PhoneState.GONE:
        readiness = Readiness.GONE
    return SeenDevice(
        as_device(phone),
        readiness,
        phone.state.words,
        phone.state.next_step,
        is_named=bool(phone.model),
        serial=phone.serial,
        way="wireless" if phone.is_wireless else "USB",
        can_disconnect=phone.has_address,
    )


def _serial(device: Device) -> str:
    serial = serial_of(device)
    assert serial is not None  # noqa: S101 - only phones come here
    return serial
