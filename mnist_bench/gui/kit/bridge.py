"""The bridge from worker threads to Qt's thread: it drains the session's inbox there."""

import math

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from mnist_bench.session.inbox import Inbox


class Bridge(QObject):
    """Drains `inbox` by an event for what was posted, and by a timer for what is due later."""

    _woken = Signal()

    def __init__(self, inbox: Inbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(inbox.drain)
        self._woken.connect(inbox.drain, Qt.ConnectionType.QueuedConnection)
        inbox.wake = self._wake
        self._wake(0.0)  # for what was posted before there was a bridge

    def _wake(self, seconds: float) -> None:
        if seconds <= 0:
            self._woken.emit()  # from any thread
            return
        milliseconds = math.ceil(seconds * 1000)
        if not self._timer.isActive() or self._timer.remainingTime() > milliseconds:
            self._timer.start(milliseconds)
