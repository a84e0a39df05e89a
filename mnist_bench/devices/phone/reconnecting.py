"""Reconnects phones whose addresses are remembered and that adb has lost, each on its own thread."""

import logging
import threading
from collections.abc import Sequence

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.remembered import remembered
from mnist_bench.devices.phone.states import PhoneState

_log = logging.getLogger("mnist_bench.adb")

_PATIENCE_SECONDS = 0.4  # a phone that is being connected is offline for a moment
_PAUSE_SECONDS = 0.6  # between adb's answer for an address and the next attempt


class Reconnecting:
    """Attempts to connect, one at a time for each address, until `closing` is set, which cancels `adb` too."""

    def __init__(self, adb: Adb, closing: threading.Event) -> None:
        self._adb = adb
        self._closing = closing
        self._attempts: dict[str, threading.Thread] = {}
        self._lost_since: dict[str, float] = {}
        self._said: dict[str, str] = {}

    def look(self, phones: Sequence[Phone], now: float) -> None:
        """Begin the attempts that `phones`, what adb lists, and the time `now` in s ask for; returns at once."""
        states = {phone.serial: phone.state for phone in phones}
        for address in remembered():
            if states.get(address, PhoneState.GONE) not in (PhoneState.GONE, PhoneState.OFFLINE):
                self._lost_since.pop(address, None)
            elif now - self._lost_since.setdefault(address, now) >= _PATIENCE_SECONDS and not self._is_tried(address):
                attempt = threading.Thread(target=self._try, args=(address,), name=f"connect {address}", daemon=True)
                self._attempts[address] = attempt
                attempt.start()

    def close(self) -> None:
        """Wait for the attempts, which end soon after `closing` is set."""
        for attempt in self._attempts.values():
            attempt.join()

    def _is_tried(self, address: str) -> bool:
        return address in self._attempts and self._attempts[address].is_alive()

    def _try(self, address: str) -> None:
        said = "connected"
        try:
            self._adb.reconnect(address)
            if address not in remembered():  # it was disconnected by hand meanwhile
                self._adb.let_go(address)
        except Cancelled:
            return
        except PhoneError as error:
            said = error.message
        if self._said.get(address) != said:
            self._said[address] = said
            _log.info("connect %s again: %s", address, said)
        self._closing.wait(_PAUSE_SECONDS)
