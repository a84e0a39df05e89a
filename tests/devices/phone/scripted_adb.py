"""An adb server that says what a test scripts: one that hangs, or one whose phones do not answer."""

import contextlib
import socket
import threading
from collections.abc import Callable

Answer = Callable[[socket.socket], object]


def okay(text: str) -> Answer:
    """Answers OKAY and a text."""
    return lambda client: client.sendall(b"OKAY%04x%s" % (len(text), text.encode()))


def silent(_client: socket.socket) -> None:
    """Answers nothing, and hangs up only at the end."""


def fail(text: str) -> Answer:
    """Answers FAIL and a text."""
    return lambda client: client.sendall(b"FAIL%04x%s" % (len(text), text.encode()))


def at_phone(says: Callable[[str], bytes]) -> Answer:
    """Stands at a phone that says this to whatever it is asked next, and hangs up."""

    def answer(client: socket.socket) -> None:
        client.sendall(b"OKAY")
        client.sendall(says(_asked_by(client)))
        client.shutdown(socket.SHUT_RDWR)

    return answer


def _asked_by(client: socket.socket) -> str:
    size = client.recv(4, socket.MSG_WAITALL)
    return client.recv(int(size, 16), socket.MSG_WAITALL).decode() if size else ""


class ScriptedAdb:
    """An adb server in a thread; what is asked for by `services` is answered so, everything else not at all.

    Attributes:
        port: where it listens.
        asked: what was asked for.
        tracking: the connections that follow its phones.
    """

    def __init__(self, services: dict[str, Answer]) -> None:
        self.asked: list[str] = []
        self.tracking: list[socket.socket] = []
        self._services = {"host:track-devices-l": self._track, **services}
        self._held: list[socket.socket] = []
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="scripted-adb")

    def __enter__(self) -> "ScriptedAdb":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._listener, *self._held):
            each.close()

    def tell(self, listed: str) -> None:
        """All that follow the phones are told this list."""
        self.wait_for(lambda: bool(self.tracking))
        for client in self.tracking:
            client.sendall(b"%04x%s" % (len(listed), listed.encode()))

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Until something that was asked makes this true."""
        with self._changed:
            assert self._changed.wait_for(condition, 20), self.asked

    def _track(self, client: socket.socket) -> None:
        client.sendall(b"OKAY0000")
        self.tracking.append(client)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._held.append(client)
                service = _asked_by(client)
                self.asked.append(service)
                if answer := next((self._services[name] for name in self._services if service.startswith(name)), None):
                    answer(client)
                with self._changed:
                    self._changed.notify_all()
