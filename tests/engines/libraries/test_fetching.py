"""Fetching an engine with pip: it is installed whole, or a sentence says why not and nothing is left."""

import contextlib
import importlib.util
import os
import resource
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from mnist_bench.base import locations
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import Cancelled
from mnist_bench.devices import libraries
from mnist_bench.devices.libraries import Library
from mnist_bench.engines.errors import EngineNotInstalled
from mnist_bench.engines.libraries import fetch
from mnist_bench.engines.libraries.fetch import received_bytes
from mnist_bench.engines.libraries.install import install
from tests.engine_packages import ABI, WHEEL, elf, of_python, only_from, tiny, wheel


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "engines"


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "links"
    folder.mkdir()
    only_from(monkeypatch, folder)
    return folder


def tiny_library() -> Library:
    """One that was installed earlier."""
    library = Library("tiny", ABI, "1.4", "libtiny.so.1", sha256_hex(b"old"), WHEEL, "MIT")
    with libraries.changing() as temporary:
        libraries.put(temporary, library, b"old", {})
    return library


def left_in(store: Path) -> set[str]:
    return {each.name for each in store.iterdir()} if store.exists() else set()


def test_what_pip_brings_is_installed_with_its_notices(store: Path, links: Path) -> None:
    (links / WHEEL).write_bytes(wheel())
    told: list[tuple[int, int]] = []
    library = install(tiny(wheel()), lambda done, total: told.append((done, total)))
    assert libraries.find("tiny", ABI) == library
    assert library.path.read_bytes() == elf()
    assert (library.version, library.package, library.licence) == ("1.5", WHEEL, "MIT")
    assert library.words == "Tiny Engine 1.5"
    there = {each.name for each in library.folder.iterdir()}
    assert there == {"libtiny.so.1", "LICENSE", "ThirdPartyNotices.txt", "METADATA", "record.json"}
    assert left_in(store) == {"tiny-x86_64", "store.lock"}
    assert {total for _, total in told} == {len(wheel())}


def test_an_engine_of_python_is_fetched_with_all_that_it_needs(store: Path, links: Path) -> None:
    choice, wheels = of_python()
    for name, data in wheels.items():
        (links / name).write_bytes(data)
    told: list[tuple[int, int]] = []
    library = install(choice, lambda done, total: told.append((done, total)))
    assert libraries.find("snake", ABI) == library
    assert (library.path / "scales" / "__init__.py").is_file()
    assert {total for _, total in told} == {sum(map(len, wheels.values()))}
    assert left_in(store) == {"snake-x86_64", "store.lock"}


def test_another_hash_is_refused_and_what_was_there_stays(store: Path, links: Path) -> None:
    before = tiny_library()
    (links / WHEEL).write_bytes(wheel(elf() + b"and more"))
    with pytest.raises(EngineNotInstalled, match="its SHA-256 is another") as raised:
        install(tiny(wheel()))
    assert tiny(wheel()).by_hand in str(raised.value)
    assert libraries.find("tiny", ABI) == before
    assert left_in(store) == {"tiny-x86_64", "store.lock"}


def test_where_pip_finds_nothing_a_sentence_names_the_file(store: Path, links: Path) -> None:
    with pytest.raises(EngineNotInstalled, match="no index or folder in pip's settings has it") as raised:
        install(tiny(wheel()))
    assert tiny(wheel()).by_hand in str(raised.value)
    assert left_in(store) == {"store.lock"}


def test_a_talkative_pip_is_understood_by_the_end_of_what_it_says(
    store: Path, links: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_MOST_LOG_BYTES", 300)
    with pytest.raises(EngineNotInstalled, match="no index or folder in pip's settings has it"):
        install(tiny(wheel()))


def test_what_pip_does_not_expect_is_told_by_the_end_of_its_traceback(
    store: Path, links: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_PROXY", "carrier-pigeon://roof")
    with pytest.raises(EngineNotInstalled, match="scheme carrier-pigeon"):
        install(tiny(wheel()))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("PIP_CONSTRAINT", "tiny-engine==1.4\n", "pip's settings ask for another version, in a constraints file"),
        ("PIP_CONFIG_FILE", "no settings\n", "Configuration file could not be loaded"),
        ("PIP_TIMEOUT", None, "An error occurred during configuration: option timeout: invalid .* value: 'soon'"),
    ],
)
def test_settings_that_pip_cannot_use_are_told(
    store: Path,
    links: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | None,
    words: str,
) -> None:
    (links / WHEEL).write_bytes(wheel())
    path = tmp_path / "settings"
    path.write_text(content or "")
    monkeypatch.setenv(name, "soon" if content is None else str(path))
    with pytest.raises(EngineNotInstalled, match=words):
        install(tiny(wheel()))


def test_without_pip_a_sentence_names_the_file(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EngineNotInstalled, match="has no pip") as raised:
        install(tiny(wheel()))
    assert tiny(wheel()).by_hand in str(raised.value)
    assert left_in(store) == {"store.lock"}


def test_a_disk_that_fills_up_leaves_nothing(store: Path, links: Path) -> None:
    (links / WHEEL).write_bytes(wheel())
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limit[1]))  # for pip, too
    try:
        with pytest.raises(EngineNotInstalled, match="The disk is full"):
            install(tiny(wheel()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert left_in(store) == {"store.lock"}


def test_a_disk_without_room_is_told_before_anything_is_fetched(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int = 1000

    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage())
    with pytest.raises(EngineNotInstalled, match=r"needed in .*, and 1\.00 kB are free"):
        install(tiny(wheel()))
    assert left_in(store) == {"store.lock"}


def test_a_disk_that_another_program_fills_meanwhile_is_told_though_pip_could_not_tell(
    store: Path, links: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    free = iter((10_000_000, 1000))  # before and after
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(next(free)))
    with pytest.raises(EngineNotInstalled, match="The disk is full"):
        install(tiny(wheel()))


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server of one page, which links to the wheel; `answer` gives the wheel."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith(".whl"):
                answer(self)
                return
            page = f'<!DOCTYPE html><a href="/{WHEEL}">{WHEEL}</a>'.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _begin(handler: BaseHTTPRequestHandler) -> None:
    """The headers of the whole, and a third of it."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(wheel())))
    handler.end_headers()
    handler.wfile.write(wheel()[: len(wheel()) // 3])
    handler.wfile.flush()


def _cut(handler: BaseHTTPRequestHandler) -> None:
    _begin(handler)
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def test_a_cut_connection_leaves_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(_cut) as address:
        only_from(monkeypatch, address)
        with pytest.raises(EngineNotInstalled, match=r"the connection (broke off|was cut)"):  # by pip's version
            install(tiny(wheel()))
    assert left_in(store) == {"store.lock"}


_TRICKLE = """import time
with open("part", "ab", buffering=0) as file:
    for _ in range(400):
        file.write(b".")
        time.sleep(0.05)
"""


def test_a_download_that_trickles_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python stands in for a pip that receives a little now and then, and would for 20 s."""
    monkeypatch.chdir(tmp_path)
    assert fetch._run((sys.executable, "-c", _TRICKLE), tmp_path, tmp_path / "log", 1.0, lambda: None) is None


def test_who_cancels_ends_pip_and_leaves_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, gone = threading.Event(), threading.Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler)
        begun.set()
        with contextlib.suppress(ConnectionResetError):
            handler.connection.recv(1)  # until pip has ended
        gone.set()

    def cancel(_done: int, _total: int) -> None:
        if begun.is_set():
            raise Cancelled("Cancelled.")

    with serving(stall) as address:
        only_from(monkeypatch, address)
        with pytest.raises(Cancelled):
            install(tiny(wheel()), cancel)
        assert gone.wait(5)
    assert left_in(store) == {"store.lock"}


def test_a_folder_that_pip_removes_while_it_is_looked_at_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "part").write_bytes(b"12345")
    scandir = os.scandir

    def remove_first(path: int | str | Path) -> object:
        if str(path) == str(tmp_path / "temporary"):
            shutil.rmtree(tmp_path / "temporary")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", remove_first)
    assert received_bytes(tmp_path) == 5
