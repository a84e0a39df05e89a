"""Installed engine libraries: what is found is what was installed, or nothing."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import InputError
from mnist_bench.devices import libraries
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.libraries import Library

CONTENT = b"\x7fELF as good as"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path / "cache")
    return tmp_path / "cache" / "engines"


def library_of(content: bytes = CONTENT, *, name: str = "litert", abi: str = "x86_64", version: str = "1") -> Library:
    return Library(name, abi, version, "libLiteRt.so", sha256_hex(content), "some.whl", "Apache-2.0")


def put(library: Library, content: bytes = CONTENT) -> None:
    with libraries.changing() as temporary:
        libraries.put(temporary, library, content, {"LICENSE": b"do as you please"})


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_what_was_installed_is_found_with_its_licence_beside_it(store: Path) -> None:
    assert libraries.find("litert", "x86_64") is None
    put(library_of())
    found = libraries.find("litert", "x86_64")
    assert found is not None
    assert found.path.read_bytes() == CONTENT
    assert names(found.path.parent) == {"libLiteRt.so", "LICENSE", "record.json"}
    assert names(store) == {"litert-x86_64", "store.lock"}
    assert store.stat().st_mode & 0o777 == 0o700


def test_a_record_without_a_title_is_called_by_its_name() -> None:
    library = library_of(version="2.3.0")
    put(replace(library, title="LiteRT"))
    assert [one.words for one in libraries.installed()] == ["LiteRT 2.3.0"]
    record = {name: value for name, value in asdict(library).items() if name != "title"}
    (library.folder / "record.json").write_text(json.dumps(record))
    assert [one.words for one in libraries.installed()] == ["litert 2.3.0"]


def test_each_name_and_abi_is_one_of_its_own() -> None:
    put(library_of())
    put(library_of(b"other", abi="android-arm64-v8a"), b"other")
    assert [(one.name, one.abi) for one in libraries.installed()] == [
        ("litert", "android-arm64-v8a"),
        ("litert", "x86_64"),
    ]
    assert libraries.look("litert", "arm64-v8a") is None
    assert libraries.remove("litert", "x86_64")
    assert not libraries.remove("litert", "x86_64")
    assert [one.abi for one in libraries.installed()] == ["android-arm64-v8a"]


def _change_a_byte(library: Library) -> None:
    library.path.write_bytes(CONTENT[:-1] + b"!")


def _cut(library: Library) -> None:
    library.path.write_bytes(CONTENT[:3])


def _link_elsewhere(library: Library) -> None:
    other = library.path.with_name("other")
    library.path.rename(other)
    library.path.symlink_to(other)


def _open_the_store(library: Library) -> None:
    libraries.store().chmod(0o770)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_change_a_byte, "has changed since it was installed"),
        (_cut, "has changed since it was installed"),
        (_link_elsewhere, "cannot be read"),
        (_open_the_store, "may be entered by others, so nothing in it is opened"),
    ],
)
def test_what_may_be_somebody_elses_is_not_opened(harm: Callable[[Library], None], words: str) -> None:
    library = library_of()
    put(library)
    harm(library)
    with pytest.raises(RunnerUnavailable, match=words) as raised:
        libraries.find("litert", "x86_64")
    assert "mnist-bench engines install litert" in str(raised.value)
    put(library)  # installing it again mends it
    assert libraries.find("litert", "x86_64") == library


def test_a_store_of_another_user_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    put(library_of())
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(RunnerUnavailable, match="belongs to another user"):
        libraries.find("litert", "x86_64")
    with pytest.raises(InputError, match="belongs to another user"):
        put(library_of())


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 10_000,
        b'{"name": "litert", "abi": "x86_64", "version": "1", "file": "../../x", "sha256": "", "package": "",'
        b' "licence": ""}',
    ],
)
def test_a_damaged_record_is_none(record: bytes) -> None:
    library = library_of()
    put(library)
    (library.folder / "record.json").write_bytes(record)
    assert libraries.find("litert", "x86_64") is None
    assert libraries.installed() == ()


def test_what_cannot_be_written_leaves_what_was_there(store: Path) -> None:
    put(library_of())
    with pytest.raises(InputError, match="cannot be written"), libraries.changing() as temporary:
        libraries.put(temporary, library_of(b"new", version="2"), b"new", {"x" * 300: b""})
    assert names(store) == {"litert-x86_64", "store.lock"}
    there = libraries.look("litert", "x86_64")
    assert there is not None
    assert there.version == "1"


def test_a_newer_one_takes_its_place(store: Path) -> None:
    put(library_of())
    put(library_of(b"new", version="2"), b"new")
    found = libraries.find("litert", "x86_64")
    assert found is not None
    assert found.path.read_bytes() == b"new"
    assert names(store) == {"litert-x86_64", "store.lock"}


def test_one_at_a_time_and_what_a_killed_one_left_is_removed(store: Path) -> None:
    (store / ".part-0123").mkdir(parents=True)
    store.chmod(0o700)
    (store / ".part-0123" / "half").write_bytes(b"half")
    with libraries.changing() as temporary:
        assert names(store) == {"store.lock", temporary.name}
        with pytest.raises(InputError, match="Another mnist-bench is installing or removing an engine"):
            put(library_of())
    assert names(store) == {"store.lock"}
