"""A phone's processor, parsed from its kernel's files: the cores, their kinds, their maximum and current clocks."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mnist_bench.base.text import whole_number

MOST_CORES = 256
_MOST_PARTS = 64  # of a list of cores

# One program reads them all; it writes FILE:LINE for each line.
FILES = (
    "/proc/cpuinfo",
    "/sys/devices/system/cpu/present",
    "/sys/devices/system/cpu/cpufreq/policy*/related_cpus",
    "/sys/devices/system/cpu/cpufreq/policy*/cpuinfo_max_freq",
    "/sys/devices/system/cpu/cpufreq/policy*/scaling_cur_freq",
)
CLOCKS = FILES[2:]

# Those that decide which of the runner's kernels run; a phone's kernel names many more.
_FEATURES = (
    "neon asimd asimddp asimdhp i8mm bf16 sve sve2 sme sme2 sse4_1 ssse3 avx avx2 fma avx_vnni avx512f avx512_vnni"
)

# Source: Arm's and Qualcomm's MIDR_EL1 values, as Linux has them in arch/arm64/include/asm/cputype.h.
_ARM_PARTS = {
    0xC07: "Cortex-A7",
    0xC0F: "Cortex-A15",
    0xD03: "Cortex-A53",
    0xD04: "Cortex-A35",
    0xD05: "Cortex-A55",
    0xD07: "Cortex-A57",
    0xD08: "Cortex-A72",
    0xD09: "Cortex-A73",
    0xD0A: "Cortex-A75",
    0xD0B: "Cortex-A76",
    0xD0D: "Cortex-A77",
    0xD41: "Cortex-A78",
    0xD44: "Cortex-X1",
    0xD46: "Cortex-A510",
    0xD47: "Cortex-A710",
    0xD48: "Cortex-X2",
    0xD4D: "Cortex-A715",
    0xD4E: "Cortex-X3",
    0xD80: "Cortex-A520",
    0xD81: "Cortex-A720",
    0xD82: "Cortex-X4",
    0xD85: "Cortex-X925",
    0xD87: "Cortex-A725",
}
_QUALCOMM_PARTS = {
    0x800: "Kryo 2xx Gold",
    0x801: "Kryo 2xx Silver",
    0x802: "Kryo 3xx Gold",
    0x803: "Kryo 3xx Silver",
    0x804: "Kryo 4xx Gold",
    0x805: "Kryo 4xx Silver",
    0x001: "Oryon",
}
_PARTS = {0x41: _ARM_PARTS, 0x51: _QUALCOMM_PARTS}

_ANY = range(10**9)
_KHZ = range(1, 20_000_000)

_POLICY_LINE = re.compile(r"/policy(\d{1,3})/(related_cpus|cpuinfo_max_freq|scaling_cur_freq):(.*)")


@dataclass(frozen=True, slots=True)
class Core:
    """One core. The frequencies are in MHz; None where the phone does not tell."""

    number: int
    max_mhz: int | None = None
    now_mhz: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Processor:
    """All cores in order, the features that matter here, and whether this is an x86 kernel."""

    cores: tuple[Core, ...]
    features: tuple[str, ...]
    is_x86: bool


def parse_processor(lines: Iterable[str]) -> Processor:
    """The processor by the lines of FILES, each with its file's name in front; what is absurd is left out."""
    lines = tuple(lines)
    numbers: set[int] = set()
    names: dict[int, str] = {}
    features: set[str] = set()
    is_x86 = False
    for core, facts in _described_cores(lines):
        if core is not None:
            numbers.add(core)
        if core is not None and (name := _name(facts)):
            names[core] = name
        features.update((facts.get("features") or facts.get("flags") or "").split())
        is_x86 = is_x86 or "vendor_id" in facts
    present = (line for line in lines if line.startswith("/sys/devices/system/cpu/present:"))
    numbers.update(_numbers(next(present, "").partition(":")[2].replace(",", " ")))
    clocks = parse_clocks(lines)
    numbers.update(clocks)
    cores = tuple(Core(number, *clocks.get(number, (None, None)), names.get(number)) for number in sorted(numbers))
    return Processor(cores, tuple(name for name in _FEATURES.split() if name in features), is_x86)


def parse_clocks(lines: Iterable[str]) -> dict[int, tuple[int | None, int | None]]:
    """For each core its maximum and its present frequency in MHz, by the lines of CLOCKS."""
    policies: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in lines:
        if match := _POLICY_LINE.search(line):
            policies[match[1]][match[2]] = match[3].strip()
    return {
        number: (_mhz(policy.get("cpuinfo_max_freq")), _mhz(policy.get("scaling_cur_freq")))
        for policy in policies.values()
        for number in _numbers(policy.get("related_cpus", ""))
    }


def _described_cores(lines: Iterable[str]) -> Iterable[tuple[int | None, dict[str, str]]]:
    """What /proc/cpuinfo says of each core, and first or last (None) what it says of them all."""
    core: int | None = None
    facts: dict[str, str] = {}
    for line in lines:
        file, _, text = line.partition(":")
        if file != "/proc/cpuinfo":
            continue
        key, _, value = text.partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "processor" and (next_core := whole_number(value, range(MOST_CORES))) is not None:
            yield core, facts
            core, facts = next_core, {}
        else:
            facts[key] = value
    yield core, facts


def _name(facts: Mapping[str, str]) -> str | None:
    try:
        return _PARTS[int(facts["cpu implementer"], 0)][int(facts["cpu part"], 0)]
    except (KeyError, ValueError):
        return None


def _numbers(text: str) -> set[int]:
    """The cores in "0 1 2 3" or "0-3 6"."""
    found: set[int] = set()
    for part in text.split()[:_MOST_PARTS]:
        first, _, last = part.partition("-")
        begin, end = whole_number(first, _ANY), whole_number(last or first, _ANY)
        if begin is not None and end is not None:
            found.update(range(min(begin, MOST_CORES), min(end + 1, MOST_CORES)))
    return found


def _mhz(khz: str | None) -> int | None:
    """A frequency in kHz as MHz; None where it is none that a phone can have."""
    return round((whole_number(khz, _KHZ) or 0) / 1000) or None
