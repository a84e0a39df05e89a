"""What phones need on this computer: an adb that runs, a server of its version, and Linux's permission."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mnist_bench.devices.access import Fact
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.needs import group_words, needs, udev_rules
from tests.devices.phone.scripted_adb import Answer, ScriptedAdb, okay
from tests.phone.adb_server import AdbServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="stands in for adb with a shell script")


def program(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An adb program that runs a shell script."""
    path = folder / "adb"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("ADBUTILS_ADB_PATH", str(path))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    return path


def found(adb: Adb) -> dict[str, Fact]:
    return {fact.name: fact for fact in needs(adb)}


@pytest.mark.phone
def test_adb_itself_and_its_server(adb: AdbServer) -> None:
    name = f"adb server, port {adb.environment['ANDROID_ADB_SERVER_PORT']}"
    told = found(Adb())
    assert told["adb program"].words == adb.environment["ADBUTILS_ADB_PATH"]
    assert told["adb version"].words.startswith("Android Debug Bridge version 1.0.41, Version ")
    assert told[name].words == "running, version 1.0.41"
    assert not any(fact.is_problem for fact in told.values())

    adb.kill()
    told = found(Adb())
    assert (told[name].words, told[name].is_problem) == ("not running; `mnist-bench phones` starts it", False)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (okay("0028"), "running, but its version is 1.0.40, not the program's: "),
        (okay("new!"), "The adb server gave its version as 'new!'."),
        (lambda client: client.close(), "The adb server ended while it was asked."),
    ],
)
def test_a_server_that_is_another_or_none_is_a_problem(
    answer: Answer, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "echo Android Debug Bridge version 1.0.41; echo Version 36.0.0", monkeypatch)
    with ScriptedAdb({"host:version": answer}) as server:
        told = found(Adb(server.port))
    assert told["adb version"].words == "Android Debug Bridge version 1.0.41, Version 36.0.0"
    fact = told[f"adb server, port {server.port}"]
    assert fact.is_problem
    assert fact.words.startswith(words)


@pytest.mark.parametrize(
    ("script", "words"),
    [("echo no libusb >&2; exit 3", "`adb version` failed with status 3: no libusb."), ("exec /nowhere", "")],
)
def test_a_program_that_does_not_run_is_a_problem(
    script: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, script, monkeypatch)
    *_, told = [fact for fact in needs(Adb(1)) if fact.name == "adb program"]
    assert told.is_problem
    assert told.words.startswith(words)
    assert "platform tools" in told.words


def test_rules_of_udev_are_named_once(tmp_path: Path) -> None:
    for folder in ("etc", "lib"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "51-android.rules").touch()
        (tmp_path / folder / "70-printers.rules").touch()
    assert udev_rules([tmp_path / "etc", tmp_path / "lib", tmp_path / "none"]).words == "51-android.rules"
    assert "apt-get install android-sdk-platform-tools-common" in udev_rules([tmp_path]).words


@pytest.mark.parametrize(
    ("groups", "members", "words"),
    [
        ([46], [], "this user is in it"),
        ([], ["me"], "this user is in it from the next login on"),
        ([], ["you"], "this user is not in it; "),
    ],
)
def test_whether_this_user_is_in_plugdev(
    groups: list[int], members: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grp.getgrnam", lambda _name: SimpleNamespace(gr_gid=46, gr_mem=members))
    monkeypatch.setattr("pwd.getpwuid", lambda _uid: SimpleNamespace(pw_name="me"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getegid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", lambda: groups)
    assert group_words().words.startswith(words)


def test_without_the_group_nothing_is_asked_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_name: str) -> None:
        raise KeyError

    monkeypatch.setattr("grp.getgrnam", nobody)
    assert group_words().words == "does not exist; this system's rules do not use it"
