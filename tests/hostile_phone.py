"""A phone on an adb server, both of the test's own making, that answer soundly but for one thing that they say.

Its programs run on this computer: what is started on it is the native runner that is shipped for x86-64.
"""

import contextlib
import random
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.locations import runner_program

SERIAL = "HT7"
BEGIN = b"mnist-bench-begin\n"
TARGETS = ("list", "transport", "shell", "output", "packets", "exec", "stream", "sync")
"""What may be hostile: adb's list; its answers to a way to the phone, to services; what a shell says, as text and as
packets; the begin of a runner's stream; how a file is received."""


@dataclass(frozen=True)
class Lie:
    """In place of `target`'s `nth` answer comes what `tell` makes of the sound one; then the connection is closed."""

    target: str
    name: str
    tell: Callable[[bytes], bytes]
    nth: int = 1


def _random_bytes(sound: bytes) -> bytes:
    return random.Random(len(sound)).randbytes(20_000)  # noqa: S311 - nothing secret


LIES: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "half": lambda sound: sound[: len(sound) // 2],
    "one byte less": lambda sound: sound[:-1],
    "one byte more": lambda sound: sound + b"\0",
    "twice": lambda sound: sound + sound,
    "zeros": lambda sound: bytes(len(sound) + 100),
    "ones": lambda sound: b"\xff" * (len(sound) + 100),
    "failure": lambda _: b"FAIL0011\x1b]52;c;ZXZp\x07no",
    "failures": lambda _: b"FAIL" * 50_000,
    "negative": lambda _: b"OKAY-fff" + bytes(5000),
    "okays": lambda _: b"OKAY" * 50_000,
    "web server": lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "random": _random_bytes,
    "long": lambda sound: sound[:4] + b"ffff" + b"x" * 0xFFFF,
    "much": lambda sound: sound + b"y\n" * 3_000_000,
    "letters": lambda sound: sound.swapcase(),
    "reversed": lambda sound: sound[::-1],
    "escapes": lambda sound: sound.replace(b"\n", b"\x1b[2J\xe2\x80\xae\n"),
    "huge packet": lambda _: struct.pack("<BI", 1, 0xFFFFFFFF) + b"x" * 1000,
    "odd packets": lambda _: b"".join(struct.pack("<BI", kind, 0) for kind in range(256)),
    "no status": lambda sound: sound[:-6],
    "bad status": lambda sound: sound[:-1] + b"\xff",
}


def lies() -> Iterator[Lie]:
    """Everything that may be hostile, in every way."""
    for target in TARGETS:
        for name, tell in LIES.items():
            for nth in (1, 2) if target in ("shell", "output", "packets", "transport") else (1,):
                yield Lie(target, name, tell, nth)


class HostilePhone:
    """Attributes:
    lie: what is not sound, from now on.
    port: where its adb server listens.
    """

    def __init__(self) -> None:
        self.lie = Lie("", "", bytes)
        self._said = 0
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="hostile-adb", daemon=True)]
        self._runners: list[subprocess.Popen[bytes]] = []

    def tell(self, lie: Lie) -> None:
        """Be hostile in another way."""
        with self._guard:
            self.lie, self._said = lie, 0

    def __enter__(self) -> "HostilePhone":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
        for runner in self._runners:
            runner.kill()
            runner.wait()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, ValueError):
            while size := client.recv(4, socket.MSG_WAITALL):
                service = client.recv(int(size, 16), socket.MSG_WAITALL).decode()
                if not self._answer(client, service):
                    return

    def _answer(self, client: socket.socket, service: str) -> bool:
        """Whether another service may be asked for on this connection."""
        if service.startswith("host:transport"):
            return self._say(client, "transport", b"OKAY")
        if service.startswith("shell,v2"):
            output = self._changed("output", BEGIN + _output(service))
            packets = struct.pack("<BI", 1, len(output)) + output + struct.pack("<BIB", 3, 1, 0)
            if self._say(client, "shell", b"OKAY"):
                self._say(client, "packets", packets)
        elif service.startswith("exec:") and self._say(client, "exec", b"OKAY"):
            if self._say(client, "stream", BEGIN):
                self._runners.append(
                    subprocess.Popen((str(runner_program("x86_64")),), stdin=client.fileno(), stdout=client.fileno())
                )
        elif service == "sync:":
            client.sendall(b"OKAY")
            while b"DONE" not in client.recv(1 << 20):
                pass
            self._say(client, "sync", b"OKAY" + bytes(4))
        elif service.startswith("host:devices"):
            text = f"{SERIAL} device product:x model:Pixel_7 device:x transport_id:1\n".encode()
            self._say(client, "list", b"OKAY%04x%s" % (len(text), text))
        elif service == "host:version":
            client.sendall(b"OKAY00040029")
        return False

    def _say(self, client: socket.socket, target: str, sound: bytes) -> bool:
        """Whether it was the truth."""
        said = self._changed(target, sound)
        client.sendall(said)
        return said == sound

    def _changed(self, target: str, sound: bytes) -> bytes:
        with self._guard:
            if target != self.lie.target:
                return sound
            self._said += 1
            return self.lie.tell(sound) if self._said == self.lie.nth else sound


def _output(service: str) -> bytes:
    """What the phone's shell says to a script of the program's."""
    if "abis=" in service:
        digest = sha256_hex(runner_program("x86_64").read_bytes())
        return f"abis=x86_64,x86_64\nmachine=x86_64\nsha256={digest}  ./mnist-bench-runner\n".encode()
    if "getprop" in service:
        return b"[ro.product.model]: [Pixel 7]\n[ro.product.cpu.abilist]: [x86_64]\n=== mnist-bench ===\n"
    return b""
