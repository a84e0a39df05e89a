"""What this program asks of adb, each with a deadline; every call is logged, in one line, to `mnist_bench.adb`."""

import contextlib
import copy
import logging
import re
import shlex
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Self

from mnist_bench.base import words
from mnist_bench.base.text import one_line
from mnist_bench.devices.device import never
from mnist_bench.devices.phone import wireless
from mnist_bench.devices.phone.errors import (
    AdbRefused,
    AdbTrouble,
    NoServer,
    PhoneError,
    PhoneGone,
    PhoneTimedOut,
    PhoneTooOld,
    refused_state,
    state_error,
)
from mnist_bench.devices.phone.link import AdbLink
from mnist_bench.devices.phone.phones import Phone, find_phone, parse_phones
from mnist_bench.devices.phone.remembered import forget, remember, remembered
from mnist_bench.devices.phone.server import start_server, usual_port
from mnist_bench.devices.phone.server_trouble import taken_port_advice
from mnist_bench.devices.phone.services import ShellResult, begin_stream, run_v1, run_v2, send_file
from mnist_bench.devices.phone.states import PhoneState

_log = logging.getLogger("mnist_bench.adb")

_ASK_SECONDS = 5.0  # a server that has just been started answers once it has looked for phones: 3 s without USB
_SHELL_SECONDS = 5.0
_SEND_SECONDS = 30.0
_CONNECT_SECONDS = 15.0  # adb itself gives up after 10
_LET_GO_SECONDS = 1.0
_LOGGED = 100  # characters of a command


class Adb:
    """The adb server on this computer; it is started where it does not run. Any thread may ask.

    Every method raises PhoneError: NoAdb where there is no adb, AdbTrouble where its server fails, and for one phone
    what its state tells (PhoneGone, PhoneUnauthorized, ...), PhoneTimedOut where it does not answer.
    """

    def __init__(self, port: int | None = None) -> None:
        """`port` is the server's; by default the one that adb itself is told (`usual_port`)."""
        self.port = port or usual_port()
        self.is_cancelled: Callable[[], bool] = never

    def cancelled_by(self, is_cancelled: Callable[[], bool]) -> Self:
        """The same server for somebody who may give up: each method raises Cancelled soon after this is true."""
        adb = copy.copy(self)
        adb.is_cancelled = is_cancelled
        return adb

    def start(self) -> None:
        """Start the server unless it runs, which takes a second or more."""
        start_server(self.port, self.is_cancelled)

    def server_version(self) -> int:
        """The number of the protocol that the server speaks, such as 41; NoServer where it does not run."""
        with self._asking(_ASK_SECONDS, start=False) as link:
            link.ask("host:version")
            version = link.block()
        if not re.fullmatch(r"[0-9a-fA-F]{1,4}", version):
            raise AdbTrouble(f"The adb server gave its version as {one_line(version)!r}.")
        return int(version, 16)

    def phones(self, *, start: bool = True, seconds: float = _ASK_SECONDS) -> tuple[Phone, ...]:
        """The phones that adb lists. Without `start`, a server that does not run is NoServer."""
        with self._asking(seconds, start) as link:
            try:
                link.ask("host:devices-l")
                return parse_phones(link.block())
            except AdbRefused as error:
                raise AdbTrouble(f"The adb server lists no phones. It says: {error.message}.") from error

    def state(self, serial: str, *, start: bool = True, seconds: float = _ASK_SECONDS) -> PhoneState:
        """The phone's state, GONE where adb does not list it."""
        phone = find_phone(self.phones(start=start, seconds=seconds), serial)
        return PhoneState.GONE if phone is None else phone.state

    @contextmanager
    def following(self) -> Iterator[AdbLink]:
        """A link that brings the text for `parse_phones` as a block, at once and at each change."""
        with self._asking(_ASK_SECONDS) as link:
            link.ask("host:track-devices-l")
            yield link

    def connect(self, address: str) -> str:
        """Connect a phone by HOST[:PORT] and, once adb says that it is connected, remember it; its serial.

        Raises CannotConnect, after up to 15 s; where nobody answered there, adb does not list the address afterwards.
        """
        serial = wireless.full_address(address)
        try:
            self.reconnect(serial)
        except BaseException as error:  # Ctrl+C too
            _log.info("connect %s: %s", serial, str(error) or type(error).__name__)
            with contextlib.suppress(PhoneError):
                self.cancelled_by(never)._let_go_of_nobody(serial)
            raise
        _log.info("connect %s: connected", serial)
        remember(serial)
        return serial

    def reconnect(self, serial: str) -> None:
        """Connect a phone by its HOST:PORT, unless it is; raises CannotConnect, after up to 15 s."""
        state = self.state(serial)
        if state is PhoneState.DEVICE:
            return
        if state is PhoneState.OFFLINE:
            # adb says "already connected" of a phone that is offline, and tries again in its own time, up to 10 s.
            self.let_go(serial)
        elif state is not PhoneState.GONE:
            raise state_error(state, serial)
        with self._asking(_CONNECT_SECONDS) as link:
            link.ask(f"host:connect:{serial}")
            wireless.check_connected(serial, link.block())

    def addresses(self) -> tuple[str, ...]:
        """The serials, HOST:PORT, of the phones that are connected by address, and of those that are remembered."""
        listed: tuple[Phone, ...] = ()
        with contextlib.suppress(NoServer):
            listed = self.phones(start=False)
        return tuple(dict.fromkeys((*(phone.serial for phone in listed if phone.has_address), *remembered())))

    def disconnect(self, address: str) -> bool:
        """Let go of a phone connected by HOST[:PORT], and forget it; whether there was one."""
        known = self.addresses()
        serial = address if address in known else wireless.full_address(address)
        forget(serial)
        with contextlib.suppress(NoServer):
            self.let_go(serial)
        return serial in known

    def let_go(self, serial: str) -> None:
        """End adb's connection to a phone by its HOST:PORT; nothing where there is none. NoServer without a server."""
        with self._asking(_LET_GO_SECONDS, start=False) as link, contextlib.suppress(AdbRefused):
            link.ask(f"host:disconnect:{serial}")
            _log.info("disconnect %s: %s", serial, one_line(link.block()))

    def _let_go_of_nobody(self, serial: str) -> None:
        """What adb could not connect to it goes on to list as offline, and tries again; a mistyped address too."""
        state = self.state(serial, start=False, seconds=_LET_GO_SECONDS)
        if state not in (PhoneState.DEVICE, PhoneState.UNAUTHORIZED, PhoneState.AUTHORIZING):
            self.let_go(serial)

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
        _log.info("pair %s: %s", address, one_line(answer))
        wireless.check_paired(address, answer)

    def shell(
        self, serial: str, *words: str, seconds: float = _SHELL_SECONDS, note: str = "", start: bool = True
    ) -> ShellResult:
        """Run a command on the phone to its end; its words arrive as they are. `note` stands in the log for them."""
        began = time.monotonic()
        try:
            with self._at_phone(serial, seconds, start) as link:
                result = run_v2(link, words)
        except AdbRefused:
            with self._at_phone(serial, seconds, start) as link:
                result = run_v1(link, words)
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
        seconds: float = _SEND_SECONDS,
    ) -> None:
        """Write `data` to a file on the phone; `progress` is told bytes done and in all. AdbRefused: its own words."""
        began = time.monotonic()
        with self._at_phone(serial, seconds) as link:
            send_file(link, data, path, mode, progress)
        _log.info("%s: sent %d bytes to %s, %.0f ms", serial, len(data), path, 1000 * (time.monotonic() - began))

    def open_exec(self, serial: str, command: str, *, seconds: float = _SHELL_SECONDS) -> socket.socket:
        """A blocking stream to and from a shell's line, run on the phone; it ends with either. Quote foreign words."""
        with self._at_phone(serial, seconds) as link:
            try:
                begin_stream(link, command)
            except AdbRefused as error:
                raise PhoneTooOld(f"{serial} cannot hold a program's stream open: {error.message}.") from error
            stream = link.release()
        _log.info("%s: opened a stream to %s", serial, _short((command,)))
        return stream

    @contextmanager
    def _asking(self, seconds: float, start: bool = True) -> Iterator[AdbLink]:
        """A link to the server, closed at the end."""
        try:
            with self._link(seconds, start) as link:
                yield link
        except TimeoutError as error:
            advice = f"{AdbTrouble.advice} {taken_port_advice(self.port)}"
            raise AdbTrouble(f"adb did not answer within {words.seconds(seconds)}.", advice=advice) from error
        except (OSError, EOFError) as error:
            raise AdbTrouble("The adb server ended while it was asked.") from error

    @contextmanager
    def _at_phone(self, serial: str, seconds: float, start: bool = True) -> Iterator[AdbLink]:
        """A link that stands at the phone, closed at the end."""
        try:
            with self._transport(serial, seconds, start) as link:
                yield link
        except TimeoutError as error:
            raise PhoneTimedOut(f"{serial} did not answer within {words.seconds(seconds)}.") from error
        except (OSError, EOFError) as error:
            raise PhoneGone(f"The connection to {serial} broke.") from error

    def _transport(self, serial: str, seconds: float, start: bool) -> AdbLink:
        """A link that stands at the phone: by its serial or, where adb takes that for another's, by adb's number."""
        try:
            return self._ask_for(f"host:transport:{serial}", seconds, start)
        except AdbRefused as error:
            refused = error
        phone = find_phone(self.phones(start=False, seconds=seconds), serial)
        if phone is None or not phone.is_ready:
            raise state_error(PhoneState.GONE if phone is None else phone.state, serial) from refused
        if phone.transport_id is None:
            raise state_error(refused_state(refused.message), serial) from refused
        try:
            return self._ask_for(f"host:transport-id:{phone.transport_id}", seconds, start)
        except AdbRefused as error:
            raise state_error(refused_state(error.message), serial) from error

    def _ask_for(self, service: str, seconds: float, start: bool) -> AdbLink:
        link = self._link(seconds, start)
        try:
            link.ask(service)
        except BaseException:
            link.close()
            raise
        return link

    def _link(self, seconds: float, start: bool) -> AdbLink:
        try:
            return AdbLink(self.port, seconds, self.is_cancelled)
        except NoServer:
            if not start:
                raise
            self.start()
            return AdbLink(self.port, seconds, self.is_cancelled)


def _short(words: tuple[str, ...]) -> str:
    return one_line(words[0] if len(words) == 1 else shlex.join(words), _LOGGED)


@cache
def _adb_at(port: int) -> Adb:
    return Adb(port)


def this_adb() -> Adb:
    """The adb of this computer, shared by everybody who asks."""
    return _adb_at(Adb().port)
