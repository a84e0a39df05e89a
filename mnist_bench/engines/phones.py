"""The native runner on an Android phone as a backend, and the phone that a person means by saying nothing."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from mnist_bench.base.errors import UsageError
from mnist_bench.devices.phone.errors import NoPhone, SeveralPhones
from mnist_bench.devices.phone.phones import Phone, choose_phone
from mnist_bench.engines.backend import never
from mnist_bench.engines.lane import Lane
from mnist_bench.engines.native import runner_options
from mnist_bench.engines.transport import Transport
from mnist_bench.network.network import Precision

PREFIX = "android"
MAX_CORE = 1023  # sched_setaffinity's own limit

# A blank is adb's own, where two phones announce themselves by the same name: "adb-1234 (2)._adb-tls-connect._tcp".
_SERIAL = re.compile(r"[A-Za-z0-9\[][!-~]{0,200}(?: \([0-9]{1,3}\)[!-~]{1,200})?")
_ENDS = re.compile(r"(?P<serial>.*?)(?::(?P<precision>fp32|int8))?(?::core(?P<core>[0-9]+))?", re.DOTALL)

_lanes: dict[str, Lane] = {}
_lanes_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class PhoneBackend:
    """The C runner on the phone with this adb serial, on one thread; pinned to the phone's `core`, or to none.

    `phone_title` is for people and no part of what makes two of them the same.
    """

    serial: str
    phone_title: str = field(compare=False)
    precision: Precision
    core: int | None = None

    @property
    def name(self) -> str:
        """`android:SERIAL:int8`."""
        return f"android:{self.serial}:{self.precision}"

    @property
    def id(self) -> str:
        """What a person types for it: `android:SERIAL:int8`, `android:SERIAL:int8:core7`."""
        return self.name if self.core is None else f"{self.name}:core{self.core}"

    @property
    def plain_title(self) -> str:
        """What a person reads, without the core: "Pixel 7 · int8"."""
        return f"{self.phone_title} · {self.precision}"

    @property
    def title(self) -> str:
        """What a person reads."""
        return self.plain_title if self.core is None else f"{self.plain_title} · core {self.core}"

    @property
    def threads(self) -> int:
        """Always one."""
        return 1

    @property
    def mode_words(self) -> str:
        """For example "C · 1 thread", "C · core 7"."""
        return "C · 1 thread" if self.core is None else f"C · core {self.core}"

    @property
    def lane(self) -> Lane:
        """One for each phone: what runs on one takes turns, and does not wait for anything else."""
        with _lanes_guard:
            return _lanes.setdefault(self.serial, Lane())

    @property
    def start_seconds(self) -> float:
        """It was tried when it was brought there; a radio link may be slow."""
        return 20.0

    def missing(self) -> str | None:
        """None: only starting it tells, by the phone's error."""
        return None

    def connect(self, given_up: Callable[[], bool] = never, *, awake: bool = False) -> Transport:
        """Bring the runner to the phone if it is not there, and start it.

        Raises PhoneError where the phone cannot be used, Cancelled once `given_up` is true.
        """
        from mnist_bench.devices.phone.opening import open_runner  # adb's library is read by those who use phones

        return open_runner(self.serial, self.phone_title, runner_options(self.core, awake=awake), cancelled=given_up)


def phone_backends(phone: Phone) -> tuple[PhoneBackend, PhoneBackend]:
    """The two backends of a phone: fp32 and int8."""
    fp32, int8 = (PhoneBackend(phone.serial, phone.title, precision) for precision in (Precision.FP32, Precision.INT8))
    return fp32, int8


def the_phone(serial: str | None = None) -> Phone:
    """The phone with this serial; without one the only phone that there is.

    Raises UsageError that lists the phones where it is none of them, or where there is not exactly one, and PhoneError
    where adb does not work.
    """
    from mnist_bench.devices.phone.adb import this_adb

    try:
        return choose_phone(this_adb().phones(), serial)
    except (NoPhone, SeveralPhones) as error:  # what the person asked for cannot be meant
        raise UsageError(error.message, advice=error.advice) from error


def find_phone_backends(text: str) -> tuple[PhoneBackend, ...]:
    """The backends that `android[:SERIAL][:fp32|int8][:coreN]` names: both precisions where it names none.

    Without a serial it is the only phone, for which adb is asked. A serial may hold ":", so the words are read from
    both ends. Raises UsageError for words that cannot be understood, and what `the_phone` raises.
    """
    match = _ENDS.fullmatch(text.removeprefix(PREFIX))
    assert match is not None  # noqa: S101 - its first part takes anything
    serial = match["serial"].removeprefix(":")
    core = None if match["core"] is None else int(match["core"][:5])
    is_sound = not match["serial"] or (match["serial"][0] == ":" and _SERIAL.fullmatch(serial) is not None)
    if not is_sound or (core is not None and core > MAX_CORE):
        advice = "Use android, android:int8 or android:SERIAL:int8:core4; `mnist-bench phones` lists the serials."
        raise UsageError(f"{text!r} is no backend of a phone.", advice=advice)
    precisions = (Precision(match["precision"]),) if match["precision"] else (Precision.FP32, Precision.INT8)
    if serial:
        return tuple(PhoneBackend(serial, serial, precision, core) for precision in precisions)
    phone = the_phone()
    return tuple(PhoneBackend(phone.serial, phone.title, precision, core) for precision in precisions)
