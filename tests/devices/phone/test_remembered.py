"""Addresses of phones outlive the program; a damaged file is none."""

from pathlib import Path

import pytest

from mnist_bench.base import locations
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
    assert [path.name for path in folder.iterdir()] == ["phones.json"]


def test_the_oldest_are_forgotten() -> None:
    for number in range(30):
        remember(f"a:{number}")
    assert len(remembered()) == 16
    assert remembered()[-1] == "a:29"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"addresses": 3}', b"\xff\xfe", b'{"addresses": [1, null]}'])
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
