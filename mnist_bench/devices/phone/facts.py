"""What a phone tells of itself: what it is (`read_facts`), how it is now (`read_condition`); None: it does not say.

Both cost the phone a little work: ask between measurements, not during them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mnist_bench.base.text import one_line, whole_number
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.cores import CLOCKS, FILES, Core, parse_clocks, parse_processor

__all__ = ["Core", "PhoneCondition", "PhoneFacts", "parse_condition", "parse_facts", "read_condition", "read_facts"]

_SECONDS = 8.0  # `dumpsys` may take long on a busy phone
_LONGEST = 100  # characters of a name
_LONGEST_LINE = 4000  # characters; the features of an emulated processor have 2,000
_MOST_LINES = 20_000
_MARK = "=== mnist-bench ==="

_NAMES = {
    "maker": ("ro.product.manufacturer",),
    "model": ("ro.product.model",),
    "serial": ("ro.serialno", "ro.boot.serialno"),
    "soc": ("ro.soc.model", "ro.board.platform", "ro.hardware"),
    "android": ("ro.build.version.release",),
    "sdk": ("ro.build.version.sdk",),
    "abis": ("ro.product.cpu.abilist", "ro.product.cpu.abi"),
    "emulated": ("ro.boot.qemu", "ro.kernel.qemu"),
}
_WANTED = "|".join(name.replace(".", r"\.") for names in _NAMES.values() for name in names)
_PROPERTY = re.compile(r"^\[([^]\n]+)\]: \[([^\n]*)\]$", re.MULTILINE)

# The files' names hold * and are therefore not quoted; nothing in these scripts is foreign.
_FACTS = f"getprop | grep -E '^\\[({_WANTED})\\]'; echo '{_MARK}'; grep -s . {' '.join(FILES)} /dev/null; exit 0"
_CONDITION = (
    f"dumpsys battery 2>/dev/null; echo '{_MARK}'; dumpsys thermalservice 2>/dev/null; echo '{_MARK}';"
    f" grep -s . {' '.join(CLOCKS)} /dev/null; exit 0"
)

_CHARGING, _FULL = 2, 5  # Android's BatteryManager.BATTERY_STATUS_*; 3 and 4 are "discharging" and "not charging"
_THERMAL_WORDS = ("cool", "warm", "slightly throttled", "throttled", "heavily throttled", "too hot", "shutting down")


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """What a phone is. `abis`: its instruction sets, the favourite first; `features`: those that matter for speed.

    `serial`: its own, the same by whatever way it is reached.
    `emulated`: its processor is a program on another computer, whose times say nothing of any phone.
    """

    maker: str | None = None
    model: str | None = None
    soc: str | None = None
    android: str | None = None
    sdk: int | None = None
    abis: tuple[str, ...] = ()
    cores: tuple[Core, ...] = ()
    features: tuple[str, ...] = ()
    emulated: bool = False
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneCondition:
    """How a phone is just now. `thermal_status`: Android's, 0 (cool) to 6 (it shuts down); `cores`: their clocks."""

    battery_percent: int | None = None
    battery_celsius: float | None = None
    charging: bool | None = None
    thermal_status: int | None = None
    skin_celsius: float | None = None
    cores: tuple[Core, ...] = ()

    @property
    def thermal_words(self) -> str | None:
        """The thermal status for a person."""
        return None if self.thermal_status is None else _THERMAL_WORDS[self.thermal_status]


def read_facts(adb: Adb, serial: str) -> PhoneFacts:
    """What the phone is; raises what `Adb.shell` raises."""
    return parse_facts(adb.shell(serial, "sh", "-c", _FACTS, seconds=_SECONDS, note="read its facts").output)


def read_condition(adb: Adb, serial: str) -> PhoneCondition:
    """How the phone is just now; raises what `Adb.shell` raises."""
    return parse_condition(
        adb.shell(serial, "sh", "-c", _CONDITION, seconds=_SECONDS, note="read its condition").output
    )


def parse_facts(text: str) -> PhoneFacts:
    """The facts in a phone's words, whatever they are."""
    properties, files = _sections(text, 2)
    values = {name: one_line(value, _LONGEST) for name, value in _PROPERTY.findall(properties)}

    def first(what: str) -> str | None:
        return next((values[name] for name in _NAMES[what] if values.get(name)), None)

    processor = parse_processor(files.splitlines())
    abis = tuple(filter(None, (abi.strip() for abi in (first("abis") or "").split(","))))
    is_translated = bool(abis) and abis[0].startswith("arm") and processor.is_x86
    return PhoneFacts(
        maker=first("maker"),
        model=first("model"),
        soc=first("soc"),
        android=first("android"),
        sdk=whole_number(first("sdk"), range(1, 1000)),
        abis=abis,
        cores=processor.cores,
        features=() if is_translated else processor.features,  # else they are those of the computer around it
        emulated=is_translated or first("emulated") == "1",
        serial=first("serial"),
    )


def parse_condition(text: str) -> PhoneCondition:
    """The condition in a phone's words, whatever they are."""
    battery, thermal, files = _sections(text, 3)
    level, scale = _field(battery, "level"), _field(battery, "scale") or 100
    status, tenths = _field(battery, "status"), _field(battery, "temperature")
    clocks = parse_clocks(files.splitlines())
    return PhoneCondition(
        battery_percent=None if level is None or not 0 <= level <= scale else round(100 * level / scale),
        battery_celsius=None if tenths is None or not -500 <= tenths <= 1500 else tenths / 10,
        charging=None if status not in (_CHARGING, 3, 4, _FULL) else status == _CHARGING,
        thermal_status=whole_number(_after(thermal, r"^\s*Thermal Status:\s*"), range(len(_THERMAL_WORDS))),
        skin_celsius=_skin(thermal),
        cores=tuple(Core(number, *clocks[number]) for number in sorted(clocks)),
    )


def _sections(text: str, count: int) -> Iterable[str]:
    """The parts between the marks: the lines that hold anything, and no more of them than a phone may have."""
    lines = list(filter(None, (line.strip()[:_LONGEST_LINE] for line in text.splitlines())))[:_MOST_LINES]
    parts = "\n".join(lines).split(_MARK)[:count]
    return (*parts, *[""] * (count - len(parts)))


def _after(text: str, pattern: str) -> str | None:
    match = re.search(pattern + r"([0-9]+)\s*$", text, re.MULTILINE)
    return match[1] if match else None


def _field(battery: str, name: str) -> int | None:
    """A whole number of `dumpsys battery`."""
    match = re.search(rf"^\s*{name}:\s*(-?[0-9]{{1,9}})\s*$", battery, re.MULTILINE)
    return int(match[1]) if match else None


def _skin(thermal: str) -> float | None:
    """The temperature of the phone's case (type 3), the present one where the service tells older ones too."""
    present = thermal.partition("Current temperatures from HAL:")[2] or thermal
    for entry in re.findall(r"Temperature\{([^}\n]{1,200})\}", present):
        fields = dict(re.findall(r"(\w+)=([^,]+)", entry))
        if fields.get("mType") == "3" and re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,9})?", fields.get("mValue", "")):
            return round(float(fields["mValue"]), 1)
    return None
