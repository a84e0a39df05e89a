"""An Android phone as a device: its runners are programs, started over adb.

adb's modules are imported where they are used: naming a phone must not cost a window its first paint.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mnist_bench.base.errors import MnistBenchError, UsageError
from mnist_bench.devices import libraries
from mnist_bench.devices.device import MAX_CORE, Device, DeviceCondition, Launch, never
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.lane import Lane, lane_of
from mnist_bench.devices.libraries import ANDROID
from mnist_bench.devices.phone.errors import NoPhone, PhoneAway, PhoneError, SeveralPhones, state_error
from mnist_bench.devices.phone.phones import Phone, choose_phone, one_of_each, own_serial
from mnist_bench.devices.transport import Transport

PREFIX = "android"


@dataclass(frozen=True, slots=True)
class AndroidPhone:
    """The phone with this adb serial (docs of its members: devices/device.py)."""

    serial: str
    title: str = field(compare=False)
    runs_python: bool = False
    max_core: int | None = MAX_CORE
    start_seconds: float = 10.0  # a radio link may be slow

    @property
    def id(self) -> str:
        """`android:SERIAL`."""
        return f"{PREFIX}:{self.serial}"

    @property
    def lane(self) -> Lane:
        """One for each phone, also for one that adb lists both by cable and as found in the network."""
        return lane_of(f"{PREFIX}:{own_serial(self.serial)}")

    def titled(self, title: str) -> "AndroidPhone":
        """The same phone under another title."""
        return replace(self, title=title)

    def missing(self, launch: Launch) -> str | None:
        """That a library is installed for no phone; else only starting it tells, by the phone's error."""
        library = launch.library
        if library is None or any(libraries.look(library.name, abi) for abi in library.abis if abi.startswith(ANDROID)):
            return None
        return f"{library.title} is not installed for phones. {library.advice(self.id)}"

    def caution(self, launch: Launch) -> str:  # noqa: ARG002
        """Nothing: a program is tried when it is brought to a phone."""
        return ""

    def open(self, launch: Launch, given_up: Callable[[], bool] = never) -> Transport:
        """Bring the program, and the library that it opens, to the phone where they are not there, and start it.

        Raises PhoneError: what the phone's state tells, or why it cannot run it; RunnerUnavailable where the library is
        not installed for this phone; Cancelled once `given_up` is true.
        """
        from mnist_bench.devices.phone.transport import open_runner

        if not launch.program:
            raise RunnerUnavailable(f"{self.title} runs programs, and no Python.", advice="Choose another backend.")
        return open_runner(
            self.serial,
            self.title,
            launch.arguments,
            program=launch.program,
            library=launch.library,
            cancelled=given_up,
        )

    def is_away(self, error: Exception) -> bool:
        """Whether `error` ends by itself once the phone can be reached again."""
        return isinstance(error, PhoneAway)

    def read_facts(self) -> dict[str, str]:
        """What the phone is, for people; empty where it does not tell."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.facts import read_facts

        try:
            facts = read_facts(this_adb(), self.serial)
        except MnistBenchError:
            return {}
        told = {
            "maker": facts.maker,
            "model": facts.model,
            "SoC": facts.soc,
            "Android": facts.android,
            "emulated": "yes" if facts.emulated else None,
        }
        return {f"phone {name}": value for name, value in told.items() if value}

    def read_condition(self) -> DeviceCondition | None:
        """How it is now; None where it does not tell: using it will say why."""
        from mnist_bench.devices.phone.adb import this_adb
        from mnist_bench.devices.phone.facts import read_condition

        try:
            condition = read_condition(this_adb(), self.serial)
        except MnistBenchError:
            return None
        return DeviceCondition(
            condition.battery_percent,
            condition.battery_celsius,
            condition.thermal_status,
            {str(core.number): float(core.now_mhz) for core in condition.cores if core.now_mhz is not None},
        )


def as_device(phone: Phone) -> AndroidPhone:
    """The device that a phone of adb's list is."""
    return AndroidPhone(phone.serial, phone.title)


def serial_of(device: Device) -> str | None:
    """Adb's serial of a device that is a phone; None for any other."""
    return device.serial if isinstance(device, AndroidPhone) else None


def the_phone(serial: str | None = None) -> Phone:
    """The phone with this serial; without one the only phone that there is, or the only one that is ready.

    One phone that adb lists by cable and by its address is one: the cable is taken. Raises UsageError that lists the
    phones where it is none of them, or where there is not exactly one, and PhoneError where adb does not work.
    """
    from mnist_bench.devices.phone.adb import this_adb

    phones = this_adb().phones()
    try:
        return choose_phone(phones, serial)
    except SeveralPhones as error:
        if (one := _same_phone(phones)) is not None:
            return one
        raise UsageError(error.message, advice=error.advice) from error
    except NoPhone as error:  # what the person asked for cannot be meant
        raise UsageError(error.message, advice=error.advice) from error


def _same_phone(phones: Sequence[Phone]) -> Phone | None:
    """The phone that all ready ones are, as they say themselves; None where they are several, or one does not say."""
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.facts import read_facts

    ready = [phone for phone in phones if phone.is_ready]
    try:
        told = {(facts.serial, facts.model) for facts in (read_facts(this_adb(), phone.serial) for phone in ready)}
    except PhoneError:
        return None
    is_one = len(told) == 1 and all(serial for serial, _ in told)
    return min(ready, key=lambda phone: phone.is_wireless) if is_one else None


def seen_phones() -> Iterator[tuple[AndroidPhone, MnistBenchError | None]]:
    """The phones that adb's server knows, if it runs, each with the reason why it cannot be used now."""
    from mnist_bench.devices.phone.adb import this_adb

    try:
        phones = this_adb().phones(start=False)
    except PhoneError:
        return
    for phone in one_of_each(phones):
        yield as_device(phone), None if phone.is_ready else state_error(phone.state, phone.title)
