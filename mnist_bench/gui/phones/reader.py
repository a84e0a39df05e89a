"""Reads what phones tell of themselves, off the window's thread and between measurements."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.lane import Lane
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.phones.access import PhoneAccess
from mnist_bench.gui.phones.fact_words import PhoneAbout
from mnist_bench.gui.work.task import Task

_REST_MS = 300


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be read: everything, or the condition of a phone of which the rest is known."""

    serial: str
    lane: Lane
    known: PhoneAbout | None


class PhoneReader(QObject):
    """Reads one phone at a time: the last one that was asked for.

    It waits until the person has not drawn for a moment and no long work runs on the phone, and then takes its turn on
    the phone's lane, as every inference does: the two never disturb each other.

    Signals:
        told: the serial, and a PhoneAbout.
    """

    told = Signal(str, object)

    def __init__(self, access: PhoneAccess, is_measuring: Callable[[str], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access = access
        self._is_measuring = is_measuring
        self._wanted: _Wanted | None = None
        self._running: Task | None = None
        self._reads = ""
        self._rest = timer(self, self._go_on, _REST_MS, once=True)

    def read(self, serial: str, lane: Lane, known: PhoneAbout | None = None) -> None:
        """Reads this phone as soon as that disturbs nobody; where it is `known`, its condition alone."""
        if known is not None and self._wanted is not None and self._wanted.serial == serial:
            known = self._wanted.known  # all of it may be wanted already
        self._wanted = _Wanted(serial, lane, known)
        if self._running is not None and self._reads != serial:
            self._end()
        self._rest.start()

    @Slot()
    def wait_longer(self) -> None:
        """Something was measured just now."""
        if self._rest.isActive():
            self._rest.start()

    @Slot()
    def look_again(self) -> None:
        """What was being measured may have ended."""
        if self._wanted is not None:
            self._rest.start()

    def forget(self) -> None:
        """Reads nothing."""
        self._wanted = None
        self._rest.stop()
        self._end()

    @Slot()
    def _go_on(self) -> None:
        if self._wanted is None or self._running is not None or self._is_measuring(self._wanted.serial):
            return
        wanted, self._wanted = self._wanted, None
        access = self._access

        def work(task: Task) -> PhoneAbout:
            task.call_when_cancelled(wanted.lane.look_again)
            with wanted.lane.turn(lambda: task.is_cancelled):
                if wanted.known is None:
                    return access.read(wanted.serial)
                return replace(wanted.known, condition=access.read_condition(wanted.serial), problem="")

        task = Task(f"Reading {wanted.serial}", work)
        task.succeeded.connect(self._read)
        task.failed.connect(self._failed)
        self._running, self._reads = task, wanted.serial
        task.start()

    def _end(self) -> None:
        task, self._running = self._running, None
        if task is not None:
            task.cancel()

    @Slot(object)
    def _read(self, about: PhoneAbout) -> None:
        self._running = None
        self.told.emit(self._reads, about)
        self.look_again()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        self._running = None
        self.told.emit(self._reads, PhoneAbout(problem=str(error)))
        self.look_again()
