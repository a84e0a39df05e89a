"""One connection to the adb server, on adbutils' protocol, with a deadline that nothing on it can outlast.

adbutils' own connection starts the server where there is none (and blocks for up to 20 s meanwhile), and has deadlines
for single reads only.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import adbutils  # type: ignore[import-untyped]

from mnist_bench.devices.phone.errors import AdbRefused, AdbTrouble, NoAdb, NoServer


class AdbLink(adbutils.AdbConnection):  # type: ignore[misc]  # adbutils has no types
    """A connection to the adb server on this computer. What does not end within `seconds` raises TimeoutError."""

    def __init__(self, port: int, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._address = ("127.0.0.1", port)
        super().__init__(*self._address)
        self.socket: socket.socket = self.conn
        self._released = False
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _safe_connect(self) -> socket.socket:
        """Where adbutils starts the server if need be; that is `server.py`'s part here."""
        try:
            return socket.create_connection(self._address, self._deadline - time.monotonic())
        except TimeoutError:
            raise
        except OSError as error:
            raise NoServer("The adb server does not run.") from error

    def _read_fully(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            self._hurry()
            part = self.socket.recv(min(size - len(parts), 1 << 16))
            if not part:
                break
            parts += part
        return bytes(parts)

    def ask(self, service: str) -> None:
        """Ask for a service; AdbRefused where the answer is FAIL."""
        self._hurry()
        name = service.encode()
        self.socket.sendall(b"%04x" % len(name) + name)
        answer = self.exactly(4)
        if answer == b"FAIL":
            raise AdbRefused(self.block())
        if answer != b"OKAY":
            raise AdbTrouble(f"Something other than an adb server answers at its port: {answer!r}.")

    def block(self) -> str:
        """A text with its length in front; AdbRefused where the service, once begun, fails."""
        size = self.exactly(4)
        if size == b"FAIL":
            raise AdbRefused(self.block())
        try:
            return self.exactly(int(size, 16)).decode(errors="replace")
        except ValueError as error:
            raise AdbTrouble(f"The adb server gave the length of its answer as {size!r}.") from error

    def exactly(self, size: int) -> bytes:
        """`size` bytes; EOFError where the stream ends before."""
        data = self._read_fully(size)
        if len(data) < size:
            raise EOFError
        return data

    def some(self) -> bytes:
        """What has arrived; nothing at the end of the stream."""
        self._hurry()
        return self.socket.recv(1 << 16)

    def send(self, data: bytes) -> None:
        """All of `data`."""
        self._hurry()
        self.socket.sendall(data)

    def release(self) -> socket.socket:
        """The socket itself, blocking, for somebody else to hold and close."""
        self._released = True
        self.socket.settimeout(None)
        return self.socket

    def close(self) -> None:
        """End it at once, unless it was released (adbutils' own sleeps a little)."""
        if not self._released:
            self.socket.close()

    def _hurry(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)


@contextmanager
def opened(port: int, seconds: float) -> Iterator[AdbLink]:
    """A link that is closed at the end; NoServer where there is no adb server."""
    link = AdbLink(port, seconds)
    try:
        yield link
    finally:
        link.close()


def find_adb() -> str:
    """The adb program: $ADBUTILS_ADB_PATH, else the one in PATH, else the one that adbutils brings; NoAdb if none."""
    try:
        return str(adbutils.adb_path())
    except adbutils.AdbError as error:
        raise NoAdb("There is no adb on this computer.") from error
