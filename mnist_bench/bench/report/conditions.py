"""The conditions of a measurement: a row for each that is known."""

from collections.abc import Mapping, Sequence
from statistics import median

from mnist_bench.base.words import celsius, count_of, duration, frequency, short_number
from mnist_bench.bench.conditions import Conditions
from mnist_bench.bench.latency.cautions import Evenness
from mnist_bench.bench.report.section import Rows
from mnist_bench.devices.device import DeviceCondition


def conditions_rows(conditions: Conditions, more: Mapping[str, str | None]) -> Rows:
    """What was there, and its value; `more` is what else the kind of result has to tell."""
    clocks = conditions.clock_mhz
    told = {
        "measured": conditions.started,
        "program": f"mnist-bench {conditions.program_version}",
        "network": f"{conditions.model}, SHA-256 {conditions.network_sha256}",
        "processor": f"{conditions.cpu}, {conditions.processors}",
        "quota": _quota(conditions.throttled_periods),
        "clock": f"{frequency(min(clocks))} to {frequency(max(clocks))}" if clocks else None,
        "governor": conditions.before.governor,
        "bare loop": _bare_loop(conditions.bare_loop_ns),
        "load before, after": _pair(conditions.before.load, conditions.after.load),
        "other programs": _processors(conditions.others_busy),
        "other virtual machines": _processors(conditions.stolen),
        "system": conditions.system,
        "Python, torch": f"{conditions.python}, {conditions.torch or 'none'}",
        **more,
    }
    devices = (
        (one.title, f"before: {_condition(one.before)}; after: {_condition(one.after)}")
        for one in conditions.devices.values()
    )
    return *((what, value) for what, value in told.items() if value), *devices


def _pair(before: float | None, after: float | None) -> str | None:
    return None if before is None or after is None else f"{short_number(before)}, {short_number(after)}"


def _bare_loop(times_ns: Sequence[int]) -> str | None:
    return f"{duration(median(times_ns))}, {Evenness.of(times_ns)}" if times_ns else None


def _quota(throttled: tuple[int, int] | None) -> str | None:
    return None if throttled is None else f"stopped this program in {count_of(*throttled)} periods"


def _processors(busy: float | None) -> str | None:
    return None if busy is None else f"{short_number(busy)} processors busy"


def _condition(reading: DeviceCondition | None) -> str:
    if reading is None:
        return "not reported"
    words = []
    if reading.battery_percent is not None:
        words.append(f"battery {reading.battery_percent} %")
    if reading.battery_celsius is not None:
        words.append(celsius(reading.battery_celsius))
    if reading.thermal_status is not None:
        words.append(f"thermal status {reading.thermal_status}")
    return ", ".join(words) or "not reported"
