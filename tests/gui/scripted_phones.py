"""A way to phones that says and does what a test scripts, for windows without adb."""

from collections.abc import Callable

from mnist_bench.gui.phones.access import OnChange, OnTrouble, PhoneAccess
from mnist_bench.gui.phones.fact_words import PhoneAbout

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.phone.deploy import Deployed
from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.facts import PhoneCondition
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState

PIXEL = Phone("2A111FDH2003XY", PhoneState.DEVICE, "Pixel 7")


class ScriptedPhones(PhoneAccess):
    """Nothing is there until `see`; what is asked for is done at once, or raises `error`.

    Attributes:
        done: what was asked for, in words.
        abouts: what phones tell of themselves, by serial.
        error: raised by whatever is asked next.
    """

    def __init__(self, *phones: Phone) -> None:
        self.done: list[str] = []
        self.abouts: dict[str, PhoneAbout] = {}
        self.error: PhoneError | None = None
        self._phones = phones
        self._on_change: OnChange | None = None
        self._on_trouble: OnTrouble | None = None

    def see(self, *phones: Phone) -> None:
        """These phones are there now, and no others."""
        self._phones = phones
        if self._on_change is not None:
            self._on_change(phones)

    def trouble(self, error: PhoneError | None) -> None:
        """Adb has this trouble now."""
        assert self._on_trouble is not None
        self._on_trouble(error)

    def follower(self, on_change: OnChange, on_trouble: OnTrouble) -> "ScriptedPhones":
        self._on_change, self._on_trouble = on_change, on_trouble
        return self

    def start(self) -> None:
        self.see(*self._phones)

    def close(self, limit_s: float) -> None:
        self.done.append(f"close within {limit_s} s")

    def deploy(self, serial: str, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Deployed:
        self._do(f"deploy {serial}")
        progress(0 if cancelled() else 1, 2)
        return Deployed("/data/local/tmp/mnist-bench/mnist-bench-runner", "arm64-v8a", True, 131_072)

    def remove(self, serial: str) -> bool:
        self._do(f"remove {serial}")
        return True

    def connect(self, address: str, cancelled: Callable[[], bool]) -> str:
        self._do(f"connect {address}", cancelled)
        return address

    def disconnect(self, serial: str) -> None:
        self._do(f"disconnect {serial}")

    def pair(self, address: str, code: str, cancelled: Callable[[], bool]) -> None:
        self._do(f"pair {address} {code}", cancelled)

    def read(self, serial: str) -> PhoneAbout:
        self._do(f"read {serial}")
        return self.abouts.get(serial, PhoneAbout())

    def read_condition(self, serial: str) -> PhoneCondition:
        self._do(f"read the condition of {serial}")
        return self.abouts.get(serial, PhoneAbout()).condition or PhoneCondition()

    def _do(self, words: str, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.done.append(words)
        if cancelled():
            raise Cancelled("Cancelled.")
        if self.error is not None:
            raise self.error
