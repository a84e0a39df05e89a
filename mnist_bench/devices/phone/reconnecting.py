"""Connecting again, without waiting for anything, phones whose addresses are remembered and that adb has lost."""

import contextlib
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import PhoneError
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.remembered import remembered
from mnist_bench.devices.phone.states import PhoneState

_log = logging.getLogger("mnist_bench.adb")

_PATIENCE_SECONDS = 0.4  # a phone that is being connected is offline for a moment
_PAUSE_SECONDS = 0.6  # between adb's answer for an address and the next attempt
_LONGEST_SECONDS = 15.0  # an attempt; adb itself gives up after 10


@dataclass(slots=True)
class _Attempt:
    stream: socket.socket | None
    until: float  # while a stream is there: when it is given up; afterwards: when the next may begin


class Reconnecting:
    """Attempts to connect, at most one at a time for each address; each costs nobody's time but adb's."""

    def __init__(self, adb: Adb) -> None:
        self._adb = adb
        self._attempts: dict[str, _Attempt] = {}
        self._lost_since: dict[str, float] = {}
        self._said: dict[str, str] = {}

    def look(self, phones: Sequence[Phone], now: float) -> None:
        """Begin and end attempts as `phones`, what adb lists, and the time `now` in s ask for."""
        states = {phone.serial: phone.state for phone in phones}
        for address in remembered():
            attempt = self._attempts.get(address, _Attempt(None, now))
            if attempt.stream is not None:
                self._look_after(address, attempt, now)
            elif states.get(address) not in (None, PhoneState.OFFLINE):
                self._lost_since.pop(address, None)
            elif max(attempt.until, self._lost_since.setdefault(address, now) + _PATIENCE_SECONDS) <= now:
                self._begin(address, now)

    def close(self) -> None:
        """Give up all attempts."""
        for attempt in self._attempts.values():
            if attempt.stream is not None:
                attempt.stream.close()
        self._attempts.clear()

    def _begin(self, address: str, now: float) -> None:
        attempt = self._attempts[address] = _Attempt(None, now + _PAUSE_SECONDS)
        with contextlib.suppress(PhoneError):
            state = self._adb.state(address)  # what was told may be older than a connection made meanwhile
            if state not in (PhoneState.GONE, PhoneState.OFFLINE):
                return
            if state is PhoneState.OFFLINE:
                # adb says "already connected" of a phone that is offline, and tries again in its own time, up to 10 s.
                self._adb.disconnect(address, keep=True)
            attempt.stream = self._adb.begin_connect(address)
            attempt.stream.setblocking(False)
            attempt.until = now + _LONGEST_SECONDS

    def _look_after(self, address: str, attempt: _Attempt, now: float) -> None:
        assert attempt.stream is not None  # noqa: S101 - the caller looked
        try:
            answer = attempt.stream.recv(4096)[4:].decode(errors="replace")  # its length stands in front
        except BlockingIOError:
            if now < attempt.until:
                return
            answer = "no answer"
        except OSError:
            answer = "the adb server ended"
        attempt.stream.close()
        attempt.stream, attempt.until = None, now + _PAUSE_SECONDS
        if self._said.get(address) != answer:
            self._said[address] = answer
            _log.info("connect %s again: %s", address, answer)
