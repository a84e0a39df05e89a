"""Addresses of phones outlive the program, whoever else keeps some at the same time; a damaged file is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.devices.phone import remembered as remembered_module
from mnist_bench.devices.phone.remembered import forget, remember, remembered


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(locations, "data_dir", lambda: tmp_path / "data")
    return tmp_path / "data"


def test_what_is_remembered_is_there_once_and_can_be_forgotten(folder: Path) -> None:
    assert remembered() == ()
    for address in ("a:1", "b:2", "a:1"):
        remember(address)
    assert remembered() == ("a:1", "b:2")
    forget("a:1")
    forget("c:3")
    assert remembered() == ("b:2",)
    assert sorted(path.name for path in folder.iterdir()) == ["phones.json", "phones.json.lock"]


def test_the_oldest_are_forgotten() -> None:
    for number in range(30):
        remember(f"a:{number}")
    assert len(remembered()) == 16
    assert remembered()[-1] == "a:29"


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b'{"addresses": 3}', b"\xff\xfe", b'{"addresses": [1, null]}', b"[" * 50_000),
        *(b'{"addresses": ["1.2.3:5555", "; reboot", ""]}', b'{"addresses": ["b:2"]}' + b" " * 200_000),
    ],
)
def test_a_damaged_file_is_none(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "phones.json").write_bytes(content)
    assert remembered() == ()
    remember("a:1")
    assert remembered() == ("a:1",)


def test_without_a_place_nothing_is_kept_and_nothing_fails(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    remember("a:1")
    assert remembered() == ()


def test_processes_that_connect_phones_at_once_lose_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them begins as soon as all of them are there, and remembers and forgets many."""
    script = (
        "import sys; from mnist_bench.devices.phone.remembered import remember, forget\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for number in range(20): remember(f'{sys.argv[1]}:{number + 1}'); forget(f'{sys.argv[1]}:{number}')"
    )
    names = ("a", "b", "c")
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    processes = [
        subprocess.Popen(
            (sys.executable, "-c", script, name),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name in names
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.communicate(b"\n", timeout=60)
    monkeypatch.setattr(locations, "data_dir", lambda: tmp_path / "mnist-bench")
    assert sorted(remembered()) == ["a:20", "b:20", "c:20"]


def test_the_file_is_read_again_only_when_it_has_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    read = remembered_module._read

    def counted(path: Path) -> tuple[str, ...]:
        reads.append(path)
        return read(path)

    remember("a:1")
    monkeypatch.setattr(remembered_module, "_read", counted)
    assert {remembered() for _ in range(10)} == {("a:1",)}
    assert len(reads) <= 1
    (folder / "phones.json").write_text('{"addresses": ["b:2"]}')  # as another process does
    reads.clear()
    assert {remembered() for _ in range(10)} == {("b:2",)}
    assert len(reads) == 1
