"""A stand-in for the mirrors of MNIST: a server on this computer with files of its own."""

import hashlib
import http.server
import threading
from collections.abc import Iterator

import pytest

from mnist_bench.digits.mnist import RemoteFile

CONTENT = {"images.gz": bytes(range(256)) * 1000, "labels.gz": b"labels"}
FILES = [RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items()]


class Mirrors(http.server.ThreadingHTTPServer):
    """A server whose folders are mirrors, each with its own fault."""

    daemon_threads = True
    requests: list[str]
    release: threading.Event

    def address(self, mirror: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{mirror}/"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Mirrors

    def do_GET(self) -> None:
        _, mirror, name = self.path.split("/")
        self.server.requests.append(f"{mirror}/{name}")
        data = CONTENT[name]
        if mirror == "missing":
            self.send_error(404)
            return
        length = len(data)
        if mirror == "wrong":
            data = bytes(len(data))
        elif mirror == "short":
            data = data[: len(data) // 2]
        elif mirror == "endless":
            data = data * 10
            length = len(data)
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if mirror != "silent":
            self.wfile.write(data)
        else:
            self.server.release.wait(10)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's name)
        """Nothing: a test's output is for its failures."""


@pytest.fixture
def mirrors() -> Iterator[Mirrors]:
    server = Mirrors(("127.0.0.1", 0), Handler)
    server.requests = []
    server.release = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()
    thread.join()
