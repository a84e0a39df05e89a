"""Follows phones as they come, go and change, through restarts of the adb server and of the phones."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.text import one_line
from mnist_bench.devices.phone.adb import Adb, this_adb
from mnist_bench.devices.phone.errors import AdbTrouble, PhoneError
from mnist_bench.devices.phone.phones import Phone, parse_phones
from mnist_bench.devices.phone.reconnecting import Reconnecting
from mnist_bench.devices.phone.tidying import Tidying

_Told = TypeVar("_Told")

_log = logging.getLogger("mnist_bench.adb")

_AGAIN_SECONDS = 0.5  # after adb failed, until it is tried again
_LOOK_SECONDS = 0.2  # how often remembered addresses are looked after
_LOGGED = 1000  # characters of a list
_APART_SECONDS = 0.1  # between two lists that are told: a server may send thousands a second


class PhoneFollower:
    """A thread that tells which phones adb lists, at once and at each change; one that vanished is left out.

    `on_change` is told all phones, `on_trouble` why adb cannot be asked (None once it can again); both are called on
    the follower's thread.
    """

    def __init__(
        self,
        on_change: Callable[[tuple[Phone, ...]], None],
        on_trouble: Callable[[PhoneError | None], None],
        adb: Adb | None = None,
    ) -> None:
        self._on_change, self._on_trouble = on_change, on_trouble
        self._phones: tuple[Phone, ...] | None = None
        self._trouble: PhoneError | None = None
        self._closing = threading.Event()
        self._adb = (adb or this_adb()).cancelled_by(self._closing.is_set)
        self._thread = threading.Thread(target=self._run, name="phone-follower", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self, limit_s: float = 2.0) -> None:
        """End the thread, waiting for at most `limit_s`; nothing is told after that."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join(limit_s)

    def _run(self) -> None:
        tidying = Tidying(self._adb)
        with contextlib.closing(tidying), contextlib.closing(Reconnecting(self._adb, self._closing)) as reconnecting:
            while not self._closing.is_set():
                try:
                    self._adb.start()
                    self._follow(reconnecting, tidying)
                except Cancelled:
                    return
                except PhoneError as error:
                    self._tell((), error)
                except Exception as error:  # whatever it is, phones must be followed on
                    _log.exception("Following phones failed")
                    self._tell((), AdbTrouble(f"Following phones failed: {error}"))
                self._closing.wait(_AGAIN_SECONDS)

    def _follow(self, reconnecting: Reconnecting, tidying: Tidying) -> None:
        """Tell what adb lists until its server ends (then AdbTrouble) or this is closed."""
        tidying.look(())  # another server: who is ready now was connected anew
        with self._adb.following() as link:
            while not self._closing.is_set():
                if (listed := link.newest_block(_LOOK_SECONDS)) is not None:
                    self._tell(parse_phones(listed), None)
                    self._closing.wait(_APART_SECONDS)
                tidying.look(self._phones or ())
                reconnecting.look(self._phones or (), time.monotonic())

    def _tell(self, phones: tuple[Phone, ...], trouble: PhoneError | None) -> None:
        if self._closing.is_set():
            return
        if str(trouble) != str(self._trouble):
            self._trouble = trouble
            _call(self._on_trouble, trouble)
        before, self._phones = self._phones, phones
        if phones != before:
            listed = ", ".join(f"{phone.serial} {phone.state}" for phone in phones)
            _log.info("phones: %s", one_line(listed, _LOGGED) or "none")
            if phones or before is not None or trouble is None:
                _call(self._on_change, phones)


def _call(listener: Callable[[_Told], None], told: _Told) -> None:
    try:
        listener(told)
    except Exception:  # a listener's fault must not end the following
        _log.exception("Whoever follows the phones failed")
