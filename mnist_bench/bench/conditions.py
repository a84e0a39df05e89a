"""The conditions that a measurement was made under, which are kept with it."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mnist_bench.base.words import plural
from mnist_bench.bench.machine import MachineState, cpu_name
from mnist_bench.devices.device import DeviceCondition
from mnist_bench.engines.backend import Backend
from mnist_bench.network.network import Network
from mnist_bench.network.wire import network_hash
from mnist_bench.version import VERSION


@dataclass(frozen=True, slots=True)
class DeviceMoments:
    """How a device besides this computer was before and after; None where it did not tell."""

    title: str
    before: DeviceCondition | None = None
    after: DeviceCondition | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What was there when a comparison was measured.

    Attributes:
        started: ISO 8601 with a time zone.
        network_sha256: of the network as it travels to a runner, fp32 and, where it has one, int8.
        cores: processors of this computer, whether this program may use them or not.
        clock_mhz: the highest clock of this computer's processors after each round of processes.
        bare_loop_ns: how long the same piece of arithmetic took, many times after each round, with no runner there.
        others_busy: how many processors other programs kept busy meanwhile; None where the system does not tell.
        stolen: how many processors' worth of time other virtual machines took.
        before, after: this computer.
        devices: the devices besides this computer, by their ids.
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
    devices: dict[str, DeviceMoments] = field(default_factory=dict)

    @property
    def processors(self) -> str:
        """How many there were, and what limited their use, for people: "1 of 2 processors"."""
        return plural(self.cores, "processor") if self.before.limits is None else str(self.before.limits)

    @property
    def throttled_periods(self) -> tuple[int, int] | None:
        """In how many of how many periods a quota stopped this program meanwhile; None where it has no quota."""
        before, after = self.before.limits, self.after.limits
        return None if before is None or after is None else before.throttled_until(after)


@dataclass(frozen=True, slots=True)
class Moment:
    """How this computer and the other devices, by their ids, were at one moment."""

    time: str
    machine: MachineState
    devices: dict[str, DeviceCondition | None]


def read_moment(backends: Iterable[Backend]) -> Moment:
    """How things are now, on this computer and on the other devices of `backends`; read between measurements."""
    devices = {backend.device.id: backend.device for backend in backends if backend.device.id}
    conditions = {device_id: device.read_condition() for device_id, device in devices.items()}
    return Moment(datetime.now(UTC).isoformat(timespec="seconds"), MachineState.read(), conditions)


def gather(
    model: str,
    network: Network,
    backends: Iterable[Backend],
    before: Moment,
    after: Moment,
    clock_mhz: tuple[float, ...] = (),
    bare_loop_ns: tuple[int, ...] = (),
) -> Conditions:
    """The conditions of what was measured on `backends` between two moments."""
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
        devices={
            device.id: DeviceMoments(device.title, before.devices.get(device.id), after.devices.get(device.id))
            for device in (backend.device for backend in backends if backend.device.id)
        },
    )


def _torch_version() -> str | None:
    from importlib import metadata  # 2 MB with the library of emails, which an empty window does not need

    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return None
