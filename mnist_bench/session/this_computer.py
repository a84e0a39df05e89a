"""What is told of this computer beside the other devices."""

import os
from dataclasses import dataclass, replace

from mnist_bench.base import words
from mnist_bench.base.processors import ProcessorLimits, read_limits
from mnist_bench.bench.machine import cpu_name
from mnist_bench.devices.access import Fact
from mnist_bench.engines.backends import local_backends
from mnist_bench.network.network import ON_STREAM
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.session.devices import Devices
from mnist_bench.session.inbox import Worker
from mnist_bench.session.live import Live


@dataclass(frozen=True, slots=True)
class ComputerAbout:
    """What is known of it (docs of its methods: devices/access.py).

    Attributes:
        processors: how many there are, and what limits their use.
        memory_bytes: None where the system does not tell.
        able, unable: the backends that can be tried here, and why others cannot; some are in neither until a
            native program has started.
        kernels: those that a native program has chosen for this processor; empty before one has started.
    """

    processor: str
    processors: ProcessorLimits
    memory_bytes: int | None
    able: tuple[str, ...]
    unable: tuple[str, ...]
    kernels: str = ""

    def facts(self) -> list[Fact]:
        """All that is known."""
        memory = "" if self.memory_bytes is None else words.size(self.memory_bytes)
        rows = [
            Fact("Processor", self.processor, is_long=True),
            Fact("Cores", str(self.processors)),
            Fact("Memory", memory),
            Fact("Kernels", self.kernels, "What the native runner computes with on this processor"),
            Fact("Backends", ", ".join(self.able), is_long=True),
            Fact("Unavailable", " ".join(self.unable), "\n".join(self.unable), is_long=True),
        ]
        return [row for row in rows if row.words]

    def cores(self) -> list[tuple[int, str]]:
        """Its cores by their numbers."""
        return [(number, f"core {number}") for number in range(self.processors.present)]

    def runner_words(self) -> str:
        """Nothing: no runner has to be put here."""
        return ""

    def as_it_was(self) -> "ComputerAbout":
        """The same: it can always be asked."""
        return self


def read_this_computer() -> ComputerAbout:
    """Look at this computer; takes a moment, and starts nothing."""
    reasons = [(one, one.missing()) for one in local_backends(ON_STREAM) if not one.lacks(())]
    names = ("SC_PHYS_PAGES", "SC_PAGE_SIZE")
    return ComputerAbout(
        processor=cpu_name(),
        processors=read_limits(),
        memory_bytes=os.sysconf(names[0]) * os.sysconf(names[1]) if hasattr(os, "sysconf") else None,
        able=tuple(backend.plain_title for backend, reason in reasons if reason is None),
        unable=tuple(f"{backend.plain_title}: {reason}" for backend, reason in reasons if reason is not None),
    )


class ThisComputer:
    """Tells the devices of this computer: what it is, and what the runners that start here have found."""

    def __init__(self, worker: Worker, live: Live, devices: Devices) -> None:
        self._live = live
        self._devices = devices
        self._worker = worker
        self._about: ComputerAbout | None = None
        live.changed.subscribe(lambda _state: self._look_at_runners())

    def begin(self) -> None:
        """Have it looked at."""
        self._worker.do(read_this_computer, self._read, lambda error: self._devices.tell("", None, str(error)))

    def _read(self, about: ComputerAbout) -> None:
        self._about = about
        self._devices.tell("", about)
        self._look_at_runners()

    def _look_at_runners(self) -> None:
        if self._about is None or self._about.kernels:
            return
        here = [state.info for state in self._live.backends if state.info is not None and not state.backend.device.id]
        if told := next((info for info in here if "kernels" in info.facts), None):
            self._about = _with_runner(self._about, told)
            self._devices.tell("", self._about)


def _with_runner(about: ComputerAbout, info: RunnerInfo) -> ComputerAbout:
    """With the kernels that the native runner has chosen, and what it can run on this processor and what not."""
    undecided = [one for one in local_backends(ON_STREAM) if one.lacks(())]
    reasons = [(one.plain_title, one.lacks(info.capabilities)) for one in undecided]
    return replace(
        about,
        kernels=info.facts["kernels"],
        able=(*about.able, *(title for title, needed in reasons if not needed)),
        unable=(*about.unable, *(f"{title} needs {needed}." for title, needed in reasons if needed)),
    )
