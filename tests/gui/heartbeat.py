"""Tells whether the window stays live: a timer of Qt's ticks, and the longest time between two ticks is remembered."""

import time

from PySide6.QtCore import QObject, Qt

from mnist_bench.gui.kit.containers import timer

_TICK_MS = 5

BUSY_S, LIVE_S = 0.3, 1.0
"""Deadlines of a window that stays live: several times the usual 0.05 s, since this computer may be slow and busy."""


class Heartbeat(QObject):
    """Attributes:
    longest_s: the longest time that the window's thread took for anything else.
    busiest_s: the most processor time that it took so, whatever else this computer does.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.begin()
        self._timer = timer(self, self._tick, _TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.start()

    def begin(self) -> None:
        """What was before does not count."""
        self._last, self.longest_s = time.monotonic(), 0.0
        self._worked, self.busiest_s = time.thread_time(), 0.0

    def _tick(self) -> None:
        now = time.monotonic()
        self.longest_s = max(self.longest_s, now - self._last)
        self._last = now
        worked = time.thread_time()
        self.busiest_s = max(self.busiest_s, worked - self._worked)
        self._worked = worked
