"""A phone as adb lists it, and the list read from adb's text.

Source of the format: AOSP, packages/modules/adb, transport.cpp (append_transport) and diagnose_usb.cpp. A line is the
serial, the state, and KEY:VALUE pairs; "no permissions" is followed by a reason in brackets, by "; see [URL]", by both
or by nothing, depending on adb's version and on whether this computer has a group plugdev.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mnist_bench.base.text import one_line, whole_number
from mnist_bench.devices.phone.errors import NoPhone, SeveralPhones
from mnist_bench.devices.phone.states import PhoneState

_NO_PERMISSIONS = str(PhoneState.NO_PERMISSIONS)
_STATES = {
    str(state): state
    for state in (
        PhoneState.DEVICE,
        PhoneState.UNAUTHORIZED,
        PhoneState.AUTHORIZING,
        PhoneState.OFFLINE,
        PhoneState.CONNECTING,
        PhoneState.RECOVERY,
        PhoneState.SIDELOAD,
        PhoneState.RESCUE,
        PhoneState.BOOTLOADER,
        PhoneState.DETACHED,
        PhoneState.HOST,
    )
}
_NAMES = "|".join((*_STATES, "unknown"))

# A serial may hold spaces, and words that are states: it ends at a state that is followed by pairs or by nothing. A
# state that is not known here is one where adb says which transport it means.
_LINES = (
    re.compile(rf"(\S.*?)\s+({_NO_PERMISSIONS})\b(.*)$"),
    re.compile(rf"(\S.*?)\s+({_NAMES}|[a-z]+(?=\s.*\btransport_id:))(\s+\S*:.*)?$"),
    re.compile(rf"(\S.*?)\s+({_NAMES})(\s.*)?$"),
)
_ANNOUNCED = re.compile(r"adb-(.+)-[A-Za-z0-9]+(?: \([0-9]+\))?\._adb-tls-connect\._tcp\.?")
_MODEL = re.compile(r"(?:^|\s)model:(\S+)")
_TRANSPORT_ID = re.compile(r"\stransport_id:([0-9]+)")
_MOST_PHONES = 64
_LONGEST_LINE = 500  # characters
_LONGEST_MODEL = 60  # characters
_ANY_ID = range(1, 10**9)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that adb lists. `serial` is adb's name for it: for one connected by address, HOST:PORT.

    `transport_id` is the number of adb's way to it, which adb 1.0.40 and later tell; another one after each connection.
    """

    serial: str
    state: PhoneState
    model: str = ""
    transport_id: int | None = field(default=None, compare=False)

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


def is_serial(text: str) -> bool:
    """Whether a phone that `parse_phones` lists can have this serial."""
    return bool(text) and text == one_line(text)


def own_serial(serial: str) -> str:
    """A phone's own serial, by which adb lists it on a cable, where it announces itself in the network by that."""
    match = _ANNOUNCED.fullmatch(serial)
    return match[1] if match else serial


def parse_phones(text: str) -> tuple[Phone, ...]:
    """The phones in adb's list (`devices -l`), in its order; lines that say nothing of a phone are left out.

    Of several ready phones with one serial, none is ready: adb itself cannot tell which one is meant.
    """
    lines = (" ".join(line[:_LONGEST_LINE].split()) for line in text.splitlines()[: 2 * _MOST_PHONES])
    found = (next(filter(None, (pattern.match(line) for pattern in _LINES)), None) for line in lines)
    named = (match for match in found if match is not None and one_line(match[1]))
    phones = tuple(_phone(*match.groups(default="")) for match in named)[:_MOST_PHONES]
    ready = Counter(phone.serial for phone in phones if phone.is_ready)
    return tuple(
        replace(phone, state=PhoneState.SAME_SERIAL) if phone.is_ready and ready[phone.serial] > 1 else phone
        for phone in phones
    )


def _phone(serial: str, state: str, rest: str) -> Phone:
    model, transport = _MODEL.search(rest), _TRANSPORT_ID.search(rest)
    return Phone(
        one_line(serial),
        _state(state, rest),
        one_line(model[1].replace("_", " "), _LONGEST_MODEL) if model else "",
        whole_number(transport[1], _ANY_ID) if transport else None,
    )


def _state(name: str, rest: str) -> PhoneState:
    return no_permissions(rest) if name == _NO_PERMISSIONS else _STATES.get(name, PhoneState.OTHER)


def no_permissions(reason: str) -> PhoneState:
    """What adb's reason for "no permissions" asks of a person: rules, or to join the group that the rules name."""
    is_outside = "plugdev" in reason and re.search(r"not in|requires", reason) is not None
    return PhoneState.NOT_IN_GROUP if is_outside else PhoneState.NO_PERMISSIONS


def find_phone(phones: Sequence[Phone], serial: str) -> Phone | None:
    """The phone with this serial; of several the one that is ready."""
    named = [phone for phone in phones if phone.serial == serial]
    return next((phone for phone in named if phone.is_ready), named[0] if named else None)


def one_of_each(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """The phones, one for each serial: a device's id is its serial."""
    found = (find_phone(phones, serial) for serial in dict.fromkeys(phone.serial for phone in phones))
    return tuple(phone for phone in found if phone is not None)


def choose_phone(phones: Sequence[Phone], serial: str | None = None) -> Phone:
    """The phone with this serial or, without one, the only phone, or the only one that is ready.

    Raises NoPhone or SeveralPhones where that is not one.
    """
    if serial is not None:
        named = find_phone(phones, serial)
        if named is None:
            there = f" There is {_listed(phones)}." if phones else ""
            raise NoPhone(f"There is no phone with the serial {serial}.{there}")
        return named
    if not phones:
        raise NoPhone("There is no phone.")
    choice = [phone for phone in phones if phone.is_ready] or phones
    if len({phone.serial for phone in choice}) > 1:
        raise SeveralPhones(f"There are several phones: {_listed(phones)}.")
    return choice[0]


def _listed(phones: Sequence[Phone]) -> str:
    return ", ".join(f"{phone.serial} ({phone.model or 'model unknown'}, {phone.state.words})" for phone in phones)
