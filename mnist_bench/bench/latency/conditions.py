"""The conditions that a measurement was made under, which are kept with it."""

import hashlib
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.bench.latency.machine import MachineState, cpu_name
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.phones import PhoneBackend
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.version import VERSION


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """How a phone was at one moment: battery in percent and degrees Celsius, Android's thermal status (0 to 6)."""

    battery_percent: int | None = None
    battery_celsius: float | None = None
    thermal_status: int | None = None
    frequency_mhz: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was there when a comparison was measured.

    Attributes:
        started: ISO 8601 with a time zone.
        network_sha256: of the network as it travels to a runner, fp32 and, where it has one, int8.
        clock_mhz: the highest clock of this computer's processors after each round of processes.
        bare_loop_ns: how long the same piece of arithmetic took, many times after each round, with no runner there.
        others_busy: how many processors other programs kept busy meanwhile; None where the system does not tell.
        stolen: how many processors' worth of time other virtual machines took.
        before, after: this computer.
        phones_before, phones_after: each phone by its serial.
    """

    started: str
    program_version: str
    model: str
    network_sha256: str
    cpu: str
    cores: int
    system: str
    python: str
    torch: str | None
    before: MachineState
    after: MachineState
    clock_mhz: tuple[float, ...] = ()
    bare_loop_ns: tuple[int, ...] = ()
    others_busy: float | None = None
    stolen: float | None = None
    phones_before: dict[str, PhoneReading] = field(default_factory=dict)
    phones_after: dict[str, PhoneReading] = field(default_factory=dict)


def network_hash(network: Network) -> str:
    """The SHA-256 of what runners get of `network`, in hexadecimal."""
    digest = hashlib.sha256(encode_network(network, Precision.FP32))
    if network.is_quantized:
        digest.update(encode_network(network, Precision.INT8))
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Moment:
    """How this computer and the phones were at one moment."""

    time: str
    machine: MachineState
    phones: dict[str, PhoneReading]


def read_moment(backends: Iterable[Backend]) -> Moment:
    """How things are now, on this computer and on the phones of `backends`; read between measurements."""
    serials = dict.fromkeys(backend.serial for backend in backends if isinstance(backend, PhoneBackend))
    phones = {serial: reading for serial in serials if (reading := _read_phone(serial)) is not None}
    return Moment(datetime.now(UTC).isoformat(timespec="seconds"), MachineState.read(), phones)


def gather(
    model: str,
    network: Network,
    before: Moment,
    after: Moment,
    clock_mhz: tuple[float, ...] = (),
    bare_loop_ns: tuple[int, ...] = (),
) -> Conditions:
    """The conditions of what was measured between two moments."""
    others, stolen = before.machine.others_until(after.machine)
    return Conditions(
        started=before.time,
        program_version=VERSION,
        model=model,
        network_sha256=network_hash(network),
        cpu=cpu_name(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        torch=_torch_version(),
        before=before.machine,
        after=after.machine,
        clock_mhz=clock_mhz,
        bare_loop_ns=bare_loop_ns,
        others_busy=others,
        stolen=stolen,
        phones_before=before.phones,
        phones_after=after.phones,
    )


def phone_facts(serial: str) -> dict[str, str]:
    """What a phone is, for people; empty where it does not tell."""
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.facts import read_facts

    try:
        facts = read_facts(this_adb(), serial)
    except MnistBenchError:
        return {}
    told = {
        "maker": facts.maker,
        "model": facts.model,
        "SoC": facts.soc,
        "Android": facts.android,
        "emulated": "yes" if facts.emulated else None,
    }
    return {f"phone {name}": value for name, value in told.items() if value}


def _read_phone(serial: str) -> PhoneReading | None:
    """How a phone is now; None where it does not tell: measuring it will say why."""
    from mnist_bench.devices.phone.adb import this_adb
    from mnist_bench.devices.phone.facts import read_condition

    try:
        condition = read_condition(this_adb(), serial)
    except MnistBenchError:
        return None
    return PhoneReading(
        condition.battery_percent,
        condition.battery_celsius,
        condition.thermal_status,
        {str(core.number): float(core.now_mhz) for core in condition.cores if core.now_mhz is not None},
    )


def _torch_version() -> str | None:
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return None
