"""The kinds of device that there are, and the words by which a person names one of them.

A new kind of device has its files beside this one and one row in DEVICE_KINDS.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mnist_bench.base.errors import MnistBenchError, UsageError
from mnist_bench.devices.access import DeviceAccess
from mnist_bench.devices.device import Device
from mnist_bench.devices.phone import device as phone
from mnist_bench.devices.phone.access import PhoneAccess
from mnist_bench.devices.phone.phones import is_serial
from mnist_bench.devices.this_computer import THIS_COMPUTER


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """How devices of one kind are named and found.

    Attributes:
        prefix: what their ids begin with, up to the first ":".
        form: how a person writes one, such as "android[:SERIAL]".
        advice: for somebody who wrote it wrong.
        is_name: whether this may follow the ":".
        make: the device of that name, with a title.
        find_only: the only device of this kind that is there; MnistBenchError where that is none or several.
        seen: those that are there now, each with the reason why it cannot be used; nothing is started for it.
        access: what follows them, and does with one of them what is asked.
    """

    prefix: str
    form: str
    advice: str
    is_name: Callable[[str], bool]
    make: Callable[[str, str], Device]
    find_only: Callable[[], Device]
    seen: Callable[[], Iterable[tuple[Device, MnistBenchError | None]]]
    access: Callable[[], DeviceAccess]


_ANDROID = DeviceKind(
    prefix=phone.PREFIX,
    form="android[:SERIAL]",
    advice="Use @android for the only phone, or @android:SERIAL; `mnist-bench phones` lists the serials.",
    is_name=is_serial,
    make=phone.AndroidPhone,
    find_only=lambda: phone.as_device(phone.the_phone()),
    seen=phone.seen_phones,
    access=PhoneAccess,
)

DEVICE_KINDS: dict[str, DeviceKind] = {kind.prefix: kind for kind in (_ANDROID,)}


def find_device(text: str, titles: Mapping[str, str] | None = None) -> Device:
    """The device that `text`, what follows an @, names; this computer where it is empty.

    `titles` are those that are known, by the devices' ids; where they are given, no device is asked or looked for, so
    that a kind alone ("the only phone") cannot be understood. Without them, those that are there tell theirs.

    Raises UsageError for words that cannot be understood, and what a kind's `find_only` raises.
    """
    if not text:
        return THIS_COMPUTER
    prefix, colon, name = text.partition(":")
    kind = DEVICE_KINDS.get(prefix)
    if kind is None:
        advice = f"Leave out @ for this computer, or use: {device_forms()}."
        raise UsageError(f"There is no device {text!r}.", advice=advice)
    if not colon and titles is None:
        return kind.find_only()
    if not kind.is_name(name):
        raise UsageError(f"{text!r} does not name a device.", advice=kind.advice)
    device = kind.make(name, name)
    if titles is None:
        titles = {one.id: one.title for one, _ in kind.seen()}
    return device.titled(titles.get(device.id, device.title))


def device_forms() -> str:
    """How each kind of device is written in a backend's id: "@android[:SERIAL]"."""
    return ", ".join(f"@{kind.form}" for kind in DEVICE_KINDS.values())


def seen_devices() -> Iterable[tuple[Device, MnistBenchError | None]]:
    """The devices besides this computer that are there now, each with the reason why it cannot be used."""
    return [found for kind in DEVICE_KINDS.values() for found in kind.seen()]


def device_access() -> dict[str, DeviceAccess]:
    """The way to the devices of each kind, by the kind's prefix."""
    return {prefix: kind.access() for prefix, kind in DEVICE_KINDS.items()}
