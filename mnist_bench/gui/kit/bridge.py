"""The bridge from worker threads to Qt's thread: it drains the session's inbox there."""

import math

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mnist_bench.session.inbox import Inbox


class Bridge(QObject):
    """Drains `inbox` by a timer, at once for what was posted and later for what is due then.

    Not by events: Qt sends all that wait, those that come meanwhile too, before it looks at its timers and the mouse.
    """

    _woken = Signal(int)  # milliseconds

    def __init__(self, inbox: Inbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(inbox.drain)
        self._woken.connect(self._timer.start, Qt.ConnectionType.QueuedConnection)
        inbox.wake = self._wake
        self._wake(0.0)  # for what was posted before there was a bridge

    def _wake(self, seconds: float) -> None:
        if seconds <= 0:
            self._woken.emit(0)  # from any thread; a timer is its own thread's alone
            return
        milliseconds = math.ceil(seconds * 1000)
        if not self._timer.isActive() or self._timer.remainingTime() > milliseconds:
            self._timer.start(milliseconds)
