"""What a phone has reported, as text: facts that stay, and its condition, which changes."""

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from mnist_bench.base import words
from mnist_bench.devices.access import Fact

if TYPE_CHECKING:
    from mnist_bench.devices.phone.cores import Core
    from mnist_bench.devices.phone.facts import PhoneCondition, PhoneFacts

_SLOWED_FROM: Final = 2
"""Android's THERMAL_STATUS_MODERATE: from there on a phone is slower than it could be."""
_THERMAL_TIP: Final = (
    "Android's thermal status. A phone that throttles makes its cores slower: let it cool before you compare times."
)
_EMULATED: Final = "Its processor is emulated: its times say nothing about a real phone."


@dataclass(frozen=True, slots=True)
class PhoneAbout:
    """What was read from a phone; None where nothing was, or could be (docs of its methods: devices/access.py).

    `is_deployed`: whether the runner lies on it.
    """

    told: "PhoneFacts | None" = None
    condition: "PhoneCondition | None" = None
    is_deployed: bool | None = None

    def facts(self) -> list[Fact]:
        """All that is known; unknown ones are left out."""
        facts, condition = self.told, self.condition
        rows: list[Fact] = []
        if facts is not None:
            rows += [
                Fact("Model", " ".join(filter(None, (facts.maker, facts.model)))),
                Fact("SoC", facts.soc or ""),
                Fact("Android", _android_words(facts)),
            ]
        if condition is not None:
            rows += [
                Fact("Battery", _battery_words(condition)),
                Fact("Thermal", thermal_words(condition), _THERMAL_TIP),
            ]
        if facts is not None:
            cores = self._cores()
            rows += [
                Fact("ABI", ", ".join(facts.abis)),
                Fact("Cores", cores_words(cores), cores_tip(cores), is_long=True),
                Fact("CPU features", " ".join(facts.features), is_long=True),
            ]
        return [row for row in rows if row.words]

    def cores(self) -> list[tuple[int, str]]:
        """The cores to choose from: "core 4 (Cortex-X1, 2.85 GHz)"."""
        choices = []
        for core in self._cores():
            what = ", ".join(filter(None, (core.name, _frequency(core.max_mhz))))
            choices.append((core.number, f"core {core.number}{_in_brackets(what)}"))
        return choices

    def runner_words(self) -> str:
        """About the runner on the phone."""
        runner = {None: "", True: "The runner is on the phone.", False: "The runner is put there when it is needed."}
        emulated = _EMULATED if self.told is not None and self.told.emulated else ""
        return f"{runner[self.is_deployed]} {emulated}".strip()

    def as_it_was(self) -> "PhoneAbout":
        """What still holds of a phone that cannot be asked now."""
        return PhoneAbout(self.told)

    def with_condition(self, condition: "PhoneCondition") -> "PhoneAbout":
        """The same in another condition."""
        return replace(self, condition=condition)

    def _cores(self) -> "tuple[Core, ...]":
        """The cores; their frequencies just now are a part of the condition."""
        if self.told is None:
            return ()
        now = {core.number: core.now_mhz for core in self.condition.cores} if self.condition is not None else {}
        return tuple(replace(core, now_mhz=now.get(core.number)) for core in self.told.cores)


def cores_words(cores: "tuple[Core, ...]") -> str:
    """As "0–3: 1.80 GHz, now 300 MHz to 1.80 GHz · 4: 2.85 GHz"."""
    return " · ".join(f"{numbers}: {clocks}" if clocks else numbers for numbers, _, clocks in _grouped(cores))


def cores_tip(cores: "tuple[Core, ...]") -> str:
    """The same with the cores' names, one kind a line."""
    return "\n".join(" ".join(filter(None, (f"{numbers}:", *rest))) for numbers, *rest in _grouped(cores))


def thermal_words(condition: "PhoneCondition") -> str:
    """As "cool", "⚠ throttled, 41.5 °C"; empty where the phone tells nothing."""
    status = condition.thermal_words or ""
    if condition.thermal_status is not None and condition.thermal_status >= _SLOWED_FROM:
        status = f"⚠ {status}"
    skin = "" if condition.skin_celsius is None else words.celsius(condition.skin_celsius)
    return ", ".join(filter(None, (status, skin)))


def _android_words(facts: "PhoneFacts") -> str:
    return f"{facts.android or ''}{_in_brackets(f'SDK {facts.sdk}' if facts.sdk else '')}".strip()


def _battery_words(condition: "PhoneCondition") -> str:
    parts = [] if condition.battery_percent is None else [f"{condition.battery_percent} %"]
    if condition.battery_celsius is not None:
        parts.append(words.celsius(condition.battery_celsius))
    if condition.charging is not None:
        parts.append("charging" if condition.charging else "not charging")
    return ", ".join(parts)


def _grouped(cores: "tuple[Core, ...]") -> list[tuple[str, str, str]]:
    """The numbers, the name and the clocks of each kind of core."""
    groups = [list(group) for _, group in groupby(cores, key=lambda core: (core.name, core.max_mhz))]
    return [(_numbers(group), group[0].name or "", _clocks(group)) for group in groups]


def _numbers(cores: "list[Core]") -> str:
    return f"{cores[0].number}–{cores[-1].number}" if len(cores) > 1 else str(cores[0].number)


def _clocks(cores: "list[Core]") -> str:
    """As "1.80 GHz, now 300 MHz to 1.80 GHz"; empty where nothing is known."""
    clocks = [_frequency(cores[0].max_mhz)]
    now = sorted({core.now_mhz for core in cores if core.now_mhz is not None})
    if now:
        clocks.append(f"now {_frequency(now[0])}" + (f" to {_frequency(now[-1])}" if len(now) > 1 else ""))
    return ", ".join(filter(None, clocks))


def _frequency(mhz: int | None) -> str:
    """As "1.80 GHz", "300 MHz"; empty where it is unknown."""
    if mhz is None:
        return ""
    return words.frequency(mhz)


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""
