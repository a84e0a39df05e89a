"""Follows the phones for the window: what adb sees of them now, told on the window's thread."""

import threading
import time

from PySide6.QtCore import QObject, Signal, Slot

from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.gui.phones.access import Follower, PhoneAccess


class _Outbox(QObject):
    """Carries what the follower's thread tells; outlives the window if that thread does."""

    heard = Signal(object)
    troubled = Signal(object)


class PhoneWatch(QObject):
    """Begun by `start`, which returns at once: adb's library is read and adb's server started on other threads.

    Attributes:
        phones: those that adb sees.
        trouble: why adb does not work; None while it does.

    Signals:
        changed: one of these is another now.
    """

    changed = Signal()

    def __init__(self, access: PhoneAccess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phones: tuple[Phone, ...] = ()
        self.trouble: PhoneError | None = None
        self._access = access
        self._outbox = _Outbox()
        self._outbox.heard.connect(self._take_phones)
        self._outbox.troubled.connect(self._take_trouble)
        self._follower: Follower | None = None
        self._closing = threading.Event()
        self._starter = threading.Thread(target=self._start, name="phones", daemon=True)

    def start(self) -> None:
        """Begins to follow."""
        self._starter.start()

    def close(self, limit_s: float) -> None:
        """Ends; waits for `limit_s` at most."""
        deadline = time.monotonic() + limit_s
        self._closing.set()
        if self._starter.ident is not None:
            self._starter.join(limit_s)
        if self._follower is not None:
            self._follower.close(max(0.0, deadline - time.monotonic()))

    def _start(self) -> None:
        outbox = self._outbox
        follower = self._access.follower(outbox.heard.emit, outbox.troubled.emit)
        if not self._closing.is_set():
            self._follower = follower
            follower.start()

    @Slot(object)
    def _take_phones(self, phones: tuple[Phone, ...]) -> None:
        if not self._closing.is_set() and phones != self.phones:
            self.phones = phones
            self.changed.emit()

    @Slot(object)
    def _take_trouble(self, trouble: PhoneError | None) -> None:
        if not self._closing.is_set() and trouble is not self.trouble:
            self.trouble = trouble
            self.changed.emit()
