"""The phones that the window shows: those that adb sees, and those that are gone but have a card."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mnist_bench.devices.device import Device
from mnist_bench.devices.phone.device import as_device, serial_of
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import backends_on

_END_OF_SERIAL = 4


@dataclass(frozen=True, slots=True)
class KnownPhone:
    """A phone and its backends, as they are chosen or would be.

    `title` is unlike every other phone's; `chosen` are the ids of those of its backends that have a card.
    """

    phone: Phone
    title: str
    backends: tuple[Backend, ...]
    chosen: frozenset[str] = frozenset()

    @property
    def serial(self) -> str:
        """What adb calls it."""
        return self.phone.serial

    @property
    def device(self) -> Device:
        """It, as its backends have it."""
        return self.backends[0].device

    @property
    def state(self) -> PhoneState:
        """What adb says of it."""
        return self.phone.state

    @property
    def core(self) -> int | None:
        """The core that its runners are pinned to; None: any."""
        return self.backends[0].core


def known_phones(
    seen: Sequence[Phone], chosen: Iterable[Backend], titles: Mapping[str, str], cores: Mapping[str, int | None]
) -> tuple[KnownPhone, ...]:
    """What adb sees, then the phones of `chosen` that it does not see.

    `titles` are remembered ones, for phones that do not tell their model now, and `cores` those to pin to, both by the
    devices' ids.
    """
    phones = {phone.serial: phone for phone in seen}
    ids = set()
    for backend in chosen:
        if (serial := serial_of(backend.device)) is not None:
            phones.setdefault(serial, Phone(serial, PhoneState.GONE))
            ids.add(backend.id)
    plain = {serial: _plain_title(phone, titles) for serial, phone in phones.items()}
    return tuple(
        _known(phone, _unlike_others(serial, plain), cores.get(as_device(phone).id), frozenset(ids))
        for serial, phone in phones.items()
    )


def _known(phone: Phone, title: str, core: int | None, ids: frozenset[str]) -> KnownPhone:
    backends = tuple(backend.with_core(core) for backend in backends_on(as_device(phone).titled(title)))
    return KnownPhone(phone, title, backends, ids & {backend.id for backend in backends})


def _plain_title(phone: Phone, titles: Mapping[str, str]) -> str:
    return phone.title if phone.model else titles.get(as_device(phone).id, phone.title)


def _unlike_others(serial: str, plain: Mapping[str, str]) -> str:
    """The title, with the end of the serial where another phone has the same."""
    title = plain[serial]
    if list(plain.values()).count(title) == 1:
        return title
    return f"{title} (…{serial[-_END_OF_SERIAL:]})" if len(serial) > _END_OF_SERIAL else f"{title} ({serial})"
