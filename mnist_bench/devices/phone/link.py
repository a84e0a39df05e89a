"""A connection to the adb server on this computer, which speaks its protocol under one deadline and can be cancelled.

Source of the protocol: AOSP, packages/modules/adb, docs/dev/overview.md and services.md. A request is its length in
four hexadecimal digits, and its text. The answer is OKAY, after which the service begins, or FAIL and a text.
"""

import re
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Self, TypeVar

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.text import one_line
from mnist_bench.devices.phone.errors import AdbRefused, AdbTrouble, NoServer
from mnist_bench.devices.phone.server_trouble import taken_port_advice

_Result = TypeVar("_Result")

_CONNECT_SECONDS = 1.0  # within this computer; a server that hangs may leave it waiting
LOOK_SECONDS = 0.05  # how soon whatever waits for adb sees that it was cancelled
_AT_ONCE = 1 << 16  # bytes
_CATCH_UP_SECONDS = 0.1  # for texts that are there already: a server may send them faster than they can be read
_CATCH_UP_BYTES = 1 << 20

_LENGTH_BYTES = 4
_LENGTH = re.compile(rb"[0-9a-fA-F]{4}")


class AdbLink:
    """A connection to the adb server, closed at the end of a `with` block.

    Whatever is not done within `seconds` from now raises TimeoutError, and Cancelled soon after `cancelled` is true.
    Where the server hangs up, OSError or EOFError is raised.
    """

    def __init__(self, port: int, seconds: float, cancelled: Callable[[], bool]) -> None:
        self._port = port
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._cancelled = cancelled
        self._ahead = bytearray()  # what was received and has not been read yet; by `newest_block` alone
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), min(seconds, _CONNECT_SECONDS))
        except TimeoutError:
            raise
        except OSError as error:
            raise NoServer("The adb server is not running.") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, service: str) -> None:
        """Ask for a service; AdbRefused with the reason where the answer is FAIL."""
        name = service.encode()
        self.send(b"%04x" % len(name) + name)
        answer = self.exactly(4)
        if answer == b"FAIL":
            raise AdbRefused(one_line(self._text(self.exactly(_LENGTH_BYTES))))
        if answer != b"OKAY":
            advice = taken_port_advice(self._port)
            raise AdbTrouble(f"Something other than an adb server answers on its port: {answer!r}.", advice=advice)

    def block(self) -> str:
        """A text with its length in front; AdbRefused where the service, once begun, fails."""
        length = self.exactly(_LENGTH_BYTES)
        if length == b"FAIL":
            raise AdbRefused(one_line(self._text(self.exactly(_LENGTH_BYTES))))
        return self._text(length)

    def newest_block(self, seconds: float) -> str | None:
        """The newest of the texts that have arrived, the others are dropped; None where none begins in `seconds`."""
        if not self._ahead and not self._arrives(seconds):
            return None
        self._deadline = time.monotonic() + self._seconds
        newest = self.block()
        end = time.monotonic() + _CATCH_UP_SECONDS
        while time.monotonic() < end and self._reads_ahead():
            if (begin := self._newest_ahead()) is not None:
                del self._ahead[:begin]
                newest = self.block()
        return newest

    def exactly(self, size: int) -> bytes:
        """`size` bytes; EOFError where the stream ends before."""
        data = self._ahead[:size]
        del self._ahead[:size]
        while len(data) < size:
            part = self.some(size - len(data))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    def pass_over(self, line: bytes, most: int) -> None:
        """Everything up to the end of this line, byte by byte: whatever follows it stays to be read.

        EOFError where the stream ends before, AdbTrouble where `most` bytes do not hold the line.
        """
        ends = tuple(line + end for end in (b"\n", b"\r\n", b"\r\r\n"))
        passed = bytearray()
        while not passed.endswith(ends):
            passed += self.exactly(1)
            if len(passed) > most:
                raise AdbTrouble(f"The phone's shell says too much: {one_line(passed.decode(errors='replace'))}.")

    def some(self, most: int = _AT_ONCE) -> bytes:
        """What has arrived, `most` bytes at most; nothing at the end of the stream."""
        return self._wait_for(partial(self._socket.recv, min(most, _AT_ONCE)))

    def send(self, data: bytes) -> None:
        """All of `data`."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._wait_for(partial(self._socket.send, rest)) :]

    def release(self) -> socket.socket:
        """The connection as a blocking socket, for somebody else to hold and close."""
        self._socket.settimeout(None)
        return socket.socket(fileno=self._socket.detach())

    def _text(self, length: bytes) -> str:
        if not _LENGTH.fullmatch(length):
            raise AdbTrouble(f"The adb server gave the length of its answer as {length!r}.")
        return self.exactly(int(length, 16)).decode(errors="replace")

    def _arrives(self, seconds: float) -> bool:
        """Whether anything, or the end of the stream, arrives within `seconds`."""
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except (TimeoutError, BlockingIOError):
            return False
        return True

    def _newest_ahead(self) -> int | None:
        """Where the newest whole text begins that was received ahead, or what is none; None without either."""
        ahead, begin, end = bytes(self._ahead), None, 0
        while len(ahead) - end >= _LENGTH_BYTES:
            length = ahead[end : end + _LENGTH_BYTES]
            if not _LENGTH.fullmatch(length):
                return end
            behind = end + _LENGTH_BYTES + int(length, 16)
            if behind > len(ahead):
                break
            begin, end = end, behind
        return begin

    def _reads_ahead(self) -> bool:
        """Receive what is there, without waiting; whether there was anything."""
        if not self._arrives(0):
            return False
        part = self._wait_for(partial(self._socket.recv, _CATCH_UP_BYTES))
        self._ahead += part
        return bool(part)

    def _wait_for(self, step: Callable[[], _Result]) -> _Result:
        """The result of a step that blocks, taken again and again for a moment, until the deadline or a cancel."""
        while True:
            if self._cancelled():
                raise Cancelled("Cancelled.")
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(min(left, LOOK_SECONDS))
            try:
                return step()
            except TimeoutError:
                continue
