"""Removes what interrupted work left on phones, once after each has become ready, each phone on its own thread."""

import contextlib
import threading
from collections.abc import Sequence

from mnist_bench.base.errors import MnistBenchError
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.deploy import tidy
from mnist_bench.devices.phone.phones import Phone

_AT_ONCE = 4  # adb may list any number of phones, and others a moment later


class Tidying:
    """Looks after the phones that adb lists, until `adb` is cancelled; `look` is to be called again and again."""

    def __init__(self, adb: Adb) -> None:
        self._adb = adb
        self._ready: frozenset[tuple[str, int]] = frozenset()
        self._waiting: frozenset[tuple[str, int]] = frozenset()
        self._threads: list[threading.Thread] = []

    def look(self, phones: Sequence[Phone]) -> None:
        """Begin with those of `phones`, what adb lists, that have become ready, a few at a time; returns at once."""
        # A phone that comes back has another number, also where nobody has seen it go.
        ready = frozenset((phone.serial, phone.transport_id or 0) for phone in phones if phone.is_ready)
        before, self._ready = self._ready, ready
        self._waiting = (self._waiting | self._ready - before) & self._ready
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        for phone in sorted(self._waiting)[: _AT_ONCE - len(self._threads)]:
            self._waiting -= {phone}
            self._threads.append(
                threading.Thread(target=self._tidy, args=phone[:1], name=f"tidy {phone[0]}", daemon=True)
            )
            self._threads[-1].start()

    def close(self) -> None:
        """Wait for what was begun, which ends soon after `adb` is cancelled."""
        for thread in self._threads:
            thread.join()

    def _tidy(self, serial: str) -> None:
        with contextlib.suppress(MnistBenchError):  # whoever uses the phone is told
            tidy(self._adb, serial)
