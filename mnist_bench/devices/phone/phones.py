"""A phone as adb lists it, and the list read from adb's text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_bench.base.text import one_line
from mnist_bench.devices.phone.errors import NoPhone, SeveralPhones
from mnist_bench.devices.phone.states import PhoneState

_STATES = {
    "device": PhoneState.DEVICE,
    "unauthorized": PhoneState.UNAUTHORIZED,
    "authorizing": PhoneState.AUTHORIZING,
    "offline": PhoneState.OFFLINE,
    "connecting": PhoneState.CONNECTING,
    "no permissions": PhoneState.NO_PERMISSIONS,
    "recovery": PhoneState.RECOVERY,
    "sideload": PhoneState.SIDELOAD,
    "bootloader": PhoneState.BOOTLOADER,
}
_UNKNOWN_STATES = ("host", "rescue", "detached", "unknown")

# A serial may hold spaces (those that adb makes up for phones found by mDNS do); it ends where a state follows.
_LINE = re.compile(rf"(\S.*?)\s+({'|'.join((*_STATES, *_UNKNOWN_STATES))})(?:\s+(.*))?$")
_MODEL = re.compile(r"(?:^|\s)model:(\S+)")
_MOST_PHONES = 64
_LONGEST_MODEL = 60  # characters


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that adb lists. `serial` is adb's name for it: for one connected by address, HOST:PORT."""

    serial: str
    state: PhoneState
    model: str = ""

    @property
    def title(self) -> str:
        """What a person calls it: its model where it is known, else its serial."""
        return self.model or self.serial

    @property
    def is_wireless(self) -> bool:
        """Whether it is reached over the network."""
        return self.has_address or "._tcp" in self.serial

    @property
    def has_address(self) -> bool:
        """Whether it was connected by HOST:PORT; one that adb found in the network by itself was not."""
        return re.search(r":[0-9]+$", self.serial) is not None

    @property
    def is_ready(self) -> bool:
        """Whether programs can be run on it."""
        return self.state is PhoneState.DEVICE


def parse_phones(text: str) -> tuple[Phone, ...]:
    """The phones in adb's list (`devices -l`), in its order; lines that say nothing of a phone are left out."""
    found = filter(None, (_LINE.match(line.strip()) for line in text.splitlines()))
    phones = (_phone(*match.groups(default="")) for match in found)
    return tuple(phone for phone in phones if phone.serial == one_line(phone.serial))[:_MOST_PHONES]


def _phone(serial: str, state: str, rest: str) -> Phone:
    match = _MODEL.search(rest)
    model = one_line(match[1].replace("_", " "), _LONGEST_MODEL) if match else ""
    return Phone(serial, _STATES.get(state, PhoneState.OTHER), model)


def choose_phone(phones: Sequence[Phone], serial: str | None = None) -> Phone:
    """The phone with this serial or, without one, the only phone; NoPhone or SeveralPhones if there is none."""
    if serial is not None:
        named = next((phone for phone in phones if phone.serial == serial), None)
        if named is None:
            there = f" There is {_listed(phones)}." if phones else ""
            raise NoPhone(f"There is no phone with the serial {serial}.{there}")
        return named
    if not phones:
        raise NoPhone("There is no phone.")
    if len(phones) > 1:
        raise SeveralPhones(f"There are several phones: {_listed(phones)}.")
    return phones[0]


def _listed(phones: Sequence[Phone]) -> str:
    return ", ".join(f"{phone.serial} ({phone.model or 'model unknown'}, {phone.state.words})" for phone in phones)
