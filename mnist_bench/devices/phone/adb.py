"""What this program asks of adb, each with a deadline; what it does is logged, one line each, to `mnist_bench.adb`."""

import contextlib
import logging
import os
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from mnist_bench.devices.phone import wireless
from mnist_bench.devices.phone.errors import (
    AdbRefused,
    AdbTrouble,
    NoServer,
    PhoneError,
    PhoneGone,
    PhoneTimedOut,
    PhoneTooOld,
    state_error,
)
from mnist_bench.devices.phone.phones import Phone, parse_phones
from mnist_bench.devices.phone.remembered import forget, remember
from mnist_bench.devices.phone.states import PhoneState

if TYPE_CHECKING:  # importing adbutils takes half a second: not before it is needed
    from mnist_bench.devices.phone.link import AdbLink
    from mnist_bench.devices.phone.shell import ShellResult

_log = logging.getLogger("mnist_bench.adb")

_DEFAULT_PORT = 5037
_START_SECONDS = 20.0
_ASK_SECONDS = 5.0  # a server that has just been started answers once it has looked for phones: 3 s without USB
_SHELL_SECONDS = 5.0
_SEND_SECONDS = 30.0
_CONNECT_SECONDS = 15.0  # adb itself gives up after 10
_EXEC = "exec:"
_LOGGED = 100  # characters of a command


class Adb:
    """The adb server on this computer; it is started where it does not run. Any thread may ask.

    Every method raises PhoneError: NoAdb where there is no adb, AdbTrouble where its server fails, and for one phone
    what its state tells (PhoneGone, PhoneUnauthorized, ...), PhoneTimedOut where it does not answer.
    """

    def __init__(self, port: int | None = None) -> None:
        """`port` is the server's; by default ANDROID_ADB_SERVER_PORT's, else 5037."""
        self.port = port or _usual_port()

    def start(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Start the server unless it runs, which takes a second or more; Cancelled soon after `given_up` is true."""
        from mnist_bench.devices.phone.server import start_server

        start_server(self.port, _START_SECONDS, given_up)

    def phones(self, *, start: bool = True) -> tuple[Phone, ...]:
        """The phones that adb lists. Without `start`, a server that does not run is NoServer."""
        with self._asking(_ASK_SECONDS, start) as link:
            link.ask("host:devices-l")
            return parse_phones(link.block())

    def state(self, serial: str, *, start: bool = True) -> PhoneState:
        """The phone's state, GONE where adb does not list it."""
        return next((phone.state for phone in self.phones(start=start) if phone.serial == serial), PhoneState.GONE)

    def connect(self, address: str) -> str:
        """Connect a phone by HOST[:PORT] and remember it; its serial. Raises CannotConnect; up to 15 s."""
        serial = wireless.full_address(address)
        with self._asking(_CONNECT_SECONDS) as link:
            link.ask(f"host:connect:{serial}")
            answer = link.block()
        _log.info("connect %s: %s", serial, answer)
        wireless.check_connected(serial, answer)
        remember(serial)
        return serial

    def disconnect(self, address: str, *, keep: bool = False) -> None:
        """Let go of a phone connected by address and, unless `keep`, forget it; nothing where there is none."""
        serial = wireless.full_address(address)
        if not keep:
            forget(serial)
        with self._asking(_ASK_SECONDS) as link, contextlib.suppress(AdbRefused):
            link.ask(f"host:disconnect:{serial}")
            _log.info("disconnect %s: %s", serial, link.block())

    def pair(self, address: str, code: str) -> None:
        """Pair with a phone by the address and the code that it shows; raises CannotPair."""
        address = wireless.pairing_address(address)
        code = wireless.pairing_code(code)
        with self._asking(_CONNECT_SECONDS) as link:
            try:
                link.ask(f"host:pair:{code}:{address}")
                answer = link.block()
            except AdbRefused as error:
                answer = error.message
        _log.info("pair %s: %s", address, answer)
        wireless.check_paired(address, answer)

    def shell(
        self, serial: str, *words: str, seconds: float = _SHELL_SECONDS, note: str = "", start: bool = True
    ) -> "ShellResult":
        """Run a command on the phone to its end; its words arrive as they are. `note` stands in the log for them."""
        from mnist_bench.devices.phone import shell

        began = time.monotonic()
        try:
            with self._at_phone(serial, seconds, start) as link:
                result = shell.run_v2(link, words)
        except AdbRefused:
            with self._at_phone(serial, seconds, start) as link:
                result = shell.run_v1(link, words)
        took_ms = 1000 * (time.monotonic() - began)
        _log.info("%s: %s: status %d, %.0f ms", serial, note or _short(words), result.status, took_ms)
        return result

    def push(
        self,
        serial: str,
        data: bytes,
        path: str,
        *,
        mode: int = 0o644,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        cancelled: Callable[[], bool] = lambda: False,
        seconds: float = _SEND_SECONDS,
    ) -> None:
        """Write `data` to a file on the phone; `progress` is told bytes done and in all. AdbRefused: its own words."""
        from mnist_bench.devices.phone.sending import send_file

        began = time.monotonic()
        with self._at_phone(serial, seconds) as link:
            send_file(link, data, path, mode, progress, cancelled)
        _log.info("%s: sent %d bytes to %s, %.0f ms", serial, len(data), path, 1000 * (time.monotonic() - began))

    def open_exec(self, serial: str, command: str, *, seconds: float = _SHELL_SECONDS) -> socket.socket:
        """A blocking stream to and from a shell's line, run on the phone; it ends with either. Quote foreign words."""
        with contextlib.ExitStack() as held:
            link = held.enter_context(self._at_phone(serial, seconds))
            try:
                link.ask(_EXEC + command)
            except AdbRefused as error:
                raise PhoneTooOld(f"{serial} cannot hold a program's stream open: {error.message}.") from error
            stream = link.release()
        _log.info("%s: opened a stream to %s", serial, _short((command,)))
        return stream

    def track(self) -> socket.socket:
        """A stream of `parse_phones`' text at each change, with four hexadecimal digits of length in front."""
        with self._asking(_ASK_SECONDS) as link:
            link.ask("host:track-devices-l")
            return link.release()

    def begin_connect(self, serial: str) -> socket.socket:
        """Ask adb to connect a phone by its address, without waiting: the stream brings adb's words when it is done."""
        with self._asking(_ASK_SECONDS) as link:
            link.ask(f"host:connect:{serial}")
            return link.release()

    @contextmanager
    def _asking(self, seconds: float, start: bool = True) -> Iterator["AdbLink"]:
        """A link to the server, closed at the end."""
        with self._linked(seconds, start) as link:
            try:
                yield link
            except TimeoutError as error:
                raise AdbTrouble(f"adb did not answer within {seconds:.3g} s.") from error
            except (OSError, EOFError) as error:
                raise AdbTrouble("The adb server ended while it was asked.") from error

    @contextmanager
    def _at_phone(self, serial: str, seconds: float, start: bool = True) -> Iterator["AdbLink"]:
        """A link that stands at the phone, closed at the end."""
        with self._linked(seconds, start) as link:
            try:
                try:
                    link.ask(f"host:transport:{serial}")
                except AdbRefused as error:
                    raise _state_refusal(serial, error.message) from error
                yield link
            except TimeoutError as error:
                raise PhoneTimedOut(f"{serial} did not answer within {seconds:.3g} s.") from error
            except (OSError, EOFError) as error:
                raise PhoneGone(f"The connection to {serial} broke.") from error

    @contextmanager
    def _linked(self, seconds: float, start: bool) -> Iterator["AdbLink"]:
        from mnist_bench.devices.phone.link import AdbLink
        from mnist_bench.devices.phone.server import start_server

        try:
            link = AdbLink(self.port, seconds)
        except NoServer:
            if not start:
                raise
            start_server(self.port, _START_SECONDS)
            link = AdbLink(self.port, seconds)
        try:
            yield link
        finally:
            link.close()


def _state_refusal(serial: str, words: str) -> PhoneError:
    """Why adb does not connect to a phone, by its words ("device offline", "device 'X' not found", ...)."""
    clues = {
        "not found": PhoneState.GONE,
        "no devices": PhoneState.GONE,
        "unauthorized": PhoneState.UNAUTHORIZED,
        "authorizing": PhoneState.AUTHORIZING,
        "offline": PhoneState.OFFLINE,
        "connecting": PhoneState.CONNECTING,
        "permissions": PhoneState.NO_PERMISSIONS,
    }
    return state_error(next((clues[clue] for clue in clues if clue in words), PhoneState.OTHER), serial)


def _usual_port() -> int:
    named = os.environ.get("ANDROID_ADB_SERVER_PORT", "")
    if named.isdecimal() and 0 < int(named) <= 65535:
        return int(named)
    if named:
        _log.warning("ANDROID_ADB_SERVER_PORT is no port, and is not used: %r", named)
    return _DEFAULT_PORT


def _short(words: tuple[str, ...]) -> str:
    line = " ".join((words[0] if len(words) == 1 else shlex.join(words)).split())
    return line if len(line) <= _LOGGED else f"{line[:_LOGGED]}…"


@cache
def _adb_at(port: int) -> Adb:
    return Adb(port)


def this_adb() -> Adb:
    """The adb of this computer, shared by everybody who asks."""
    return _adb_at(Adb().port)
