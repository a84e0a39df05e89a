"""Connecting again, without waiting for anything, phones whose addresses are remembered and that adb has lost."""

import contextlib
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_bench.android.adb import Adb
from mnist_bench.android.errors import PhoneError
from mnist_bench.android.phones import Phone
from mnist_bench.android.remembered import remembered
from mnist_bench.android.states import PhoneState

_log = logging.getLogger("mnist_bench.adb")

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
        self._said: dict[str, str] = {}

    def look(self, phones: Sequence[Phone], now: float) -> None:
        """Begin and end attempts as `phones`, what adb lists, and the time `now` in s ask for."""
        states = {phone.serial: phone.state for phone in phones}
        for address in remembered():
            attempt = self._attempts.get(address)
            if attempt is not None and attempt.stream is not None:
                self._look_after(address, attempt, now)
            elif states.get(address) in (None, PhoneState.OFFLINE) and (attempt is None or attempt.until <= now):
                self._begin(address, address in states, now)

    def close(self) -> None:
        """Give up all attempts."""
        for attempt in self._attempts.values():
            if attempt.stream is not None:
                attempt.stream.close()
        self._attempts.clear()

    def _begin(self, address: str, listed: bool, now: float) -> None:
        attempt = self._attempts[address] = _Attempt(None, now + _PAUSE_SECONDS)
        with contextlib.suppress(PhoneError):
            if listed:
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
