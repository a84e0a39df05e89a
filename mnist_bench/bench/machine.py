"""The computer that measures: its processor, its clocks, and what else is running."""

import os
import platform
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mnist_bench.base.processors import ProcessorLimits, read_limits

_CPU = Path("/sys/devices/system/cpu")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class MachineState:
    """How this computer is just now; None and empty where the system does not tell.

    Attributes:
        time_s: of a clock that only goes forward.
        load: processes that run or want to, on average over the last minute.
        frequency_mhz: by processor.
        governor: what chooses the frequency.
        busy_seconds: processor time that everything on this computer has used since it was started.
        own_seconds: the part of this process and of those of its children that have ended.
        stolen_seconds: what other computers on the same hardware have taken from this one, where it is a virtual one.
        throttled: how often the processor has been slowed down because it was too hot.
        limits: which of the processors this program may use, and how often its quota has stopped it.
    """

    time_s: float
    load: float | None = None
    frequency_mhz: dict[str, float] = field(default_factory=dict)
    governor: str | None = None
    busy_seconds: float | None = None
    own_seconds: float | None = None
    stolen_seconds: float | None = None
    throttled: int | None = None
    limits: ProcessorLimits | None = None

    @classmethod
    def read(cls) -> Self:
        """How it is now."""
        busy, stolen = _processor_seconds()
        times = os.times()
        governor = _text(_CPU / "cpu0/cpufreq/scaling_governor")
        counts = [int(text) for path in _CPU.glob("cpu*/thermal_throttle/core_throttle_count") if (text := _text(path))]
        return cls(
            time_s=time.monotonic(),
            load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
            frequency_mhz=_frequencies(),
            governor=governor,
            busy_seconds=busy,
            own_seconds=times.user + times.system + times.children_user + times.children_system,
            stolen_seconds=stolen,
            throttled=sum(counts) if counts else None,
            limits=read_limits(),
        )

    def others_until(self, later: Self) -> tuple[float | None, float | None]:
        """How many processors other programs, and other virtual machines, kept busy until `later`; None: not told.

        This process's children count as its own only once they have ended.
        """
        passed = later.time_s - self.time_s
        if passed <= 0 or self.busy_seconds is None or later.busy_seconds is None:
            return None, None
        own = (later.own_seconds or 0) - (self.own_seconds or 0)
        others = (later.busy_seconds - self.busy_seconds - own) / passed
        stolen = ((later.stolen_seconds or 0) - (self.stolen_seconds or 0)) / passed
        return round(max(others, 0.0), 3), round(max(stolen, 0.0), 3)


def cpu_name() -> str:
    """What the processor calls itself, as well as the system tells."""
    text = _text(Path("/proc/cpuinfo")) or ""
    match = re.search(r"^(?:model name|Hardware)\s*:\s*(.+)$", text, re.MULTILINE)
    return (match[1] if match else platform.processor() or platform.machine())[:_LONGEST].strip()


def _processor_seconds() -> tuple[float | None, float | None]:
    """Seconds of all processors: used by programs, taken by others (Linux's /proc/stat, proc(5))."""
    first = (_text(Path("/proc/stat")) or "").partition("\n")[0].split()
    if len(first) < 9 or first[0] != "cpu":
        return None, None
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in first[1:9])
    ticks = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / ticks, steal / ticks


def _frequencies() -> dict[str, float]:
    """MHz by processor: by the kernel's clock control, else as /proc/cpuinfo tells."""
    paths = sorted(_CPU.glob("cpu[0-9]*/cpufreq/scaling_cur_freq"))
    told = {path.parts[-3].removeprefix("cpu"): text for path in paths if (text := _text(path))}
    if told:
        return {number: int(text) / 1000 for number, text in told.items() if text.isdecimal()}
    clocks = re.findall(r"^cpu MHz\s*:\s*([0-9.]+)$", _text(Path("/proc/cpuinfo")) or "", re.MULTILINE)
    return {str(number): float(clock) for number, clock in enumerate(clocks)}


def _text(path: Path) -> str | None:
    """What a file of the system says; None where it is not there."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None
