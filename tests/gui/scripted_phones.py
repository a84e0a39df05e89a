"""A way to phones that says and does what a test scripts, for windows without adb."""

from collections.abc import Callable

from mnist_bench.base.errors import Cancelled, MnistBenchError
from mnist_bench.devices.access import About, Fact, OnSeen, OnTrouble, SeenDevice
from mnist_bench.devices.device import Device
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.access import as_seen
from mnist_bench.devices.phone.device import as_device, serial_of
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState

PIXEL = Phone("2A111FDH2003XY", PhoneState.DEVICE, "Pixel 7")
PIXEL_ID = as_device(PIXEL).id


class ScriptedPhones:
    """Nothing is there until `see`; what is asked for is done at once, or raises `error`.

    Attributes:
        done: what was asked for, in words.
        abouts: what phones tell of themselves, by serial.
        error: raised by whatever is asked next.
        first_trouble: what adb has when it is first asked.
    """

    def __init__(self, *phones: Phone) -> None:
        self.done: list[str] = []
        self.abouts: dict[str, PhoneAbout] = {}
        self.error: MnistBenchError | None = None
        self.first_trouble: MnistBenchError | None = None
        self._phones = phones
        self._on_seen: OnSeen | None = None
        self._on_trouble: OnTrouble | None = None

    def ids(self) -> set[str]:
        """The ids of the phones that are there."""
        return {as_device(phone).id for phone in self._phones}

    def see(self, *phones: Phone) -> None:
        """These phones are there now, and no others."""
        self._phones = phones
        if self._on_seen is not None:
            self._on_seen(tuple(map(as_seen, phones)))

    def trouble(self, error: MnistBenchError | None) -> None:
        """Adb has this trouble now."""
        assert self._on_trouble is not None
        self._on_trouble(error)

    def needs(self) -> list[Fact]:
        return []

    def follower(self, on_seen: OnSeen, on_trouble: OnTrouble) -> "ScriptedPhones":
        self._on_seen, self._on_trouble = on_seen, on_trouble
        return self

    def start(self) -> None:
        if self.first_trouble is not None:
            self.trouble(self.first_trouble)
        self.see(*self._phones)

    def close(self, limit_s: float) -> None:
        self.done.append(f"close within {limit_s} s")

    def gone(self, device: Device) -> SeenDevice:
        return as_seen(Phone(serial_of(device) or "", PhoneState.GONE))

    def deploy(self, device: Device, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str:
        self._do(f"deploy {serial_of(device)}")
        progress(0 if cancelled() else 1, 2)
        return f"The runner is on {device.title}."

    def remove(self, device: Device) -> str:
        self._do(f"remove {serial_of(device)}")
        return f"Removed mnist-bench from {device.title}."

    def connect(self, address: str, cancelled: Callable[[], bool]) -> str:
        self._do(f"connect {address}", cancelled)
        return f"android:{address}"

    def disconnect(self, device: Device) -> None:
        self._do(f"disconnect {serial_of(device)}")

    def pair(self, address: str, code: str, cancelled: Callable[[], bool]) -> None:
        self._do(f"pair {address} {code}", cancelled)

    def read(self, device: Device, known: About | None = None) -> About:
        serial = serial_of(device) or ""
        self._do(f"read {serial}" if known is None else f"read the condition of {serial}")
        about = self.abouts.get(serial, PhoneAbout())
        if isinstance(known, PhoneAbout) and about.condition is not None:
            return known.with_condition(about.condition)
        return about

    def _do(self, words: str, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.done.append(words)
        if cancelled():
            raise Cancelled("Cancelled.")
        if self.error is not None:
            raise self.error
