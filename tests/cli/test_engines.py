"""`mnist-bench engines`: what is installed is listed, told by doctor, and removed again."""

import json
from pathlib import Path
from typing import Any

import pytest

from mnist_bench.base import locations
from mnist_bench.cli import app, checks, engines
from mnist_bench.cli.common import ExitStatus
from mnist_bench.devices import libraries
from mnist_bench.devices.phone import facts
from mnist_bench.devices.phone.facts import PhoneFacts
from mnist_bench.engines.libraries.table import ENGINE_LIBRARIES
from tests.engine_packages import ABI, WHEEL, elf, of_python, only_from, tiny, wheel

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_file: Path) -> Path:
    """An engine of the test's own beside the others, and where pip looks for it."""
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setitem(ENGINE_LIBRARIES, "tiny", tiny(wheel()).engine)
    monkeypatch.chdir(tmp_path)
    only_from(monkeypatch, tmp_path)
    (tmp_path / WHEEL).write_bytes(wheel())
    return tmp_path


def ran(capsys: Captured, *arguments: str, status: ExitStatus = ExitStatus.OK) -> str:
    """What it prints; its errors, where it fails."""
    capsys.readouterr()
    assert app.main(["engines", *arguments]) == status
    printed = capsys.readouterr()
    return printed.out if status == ExitStatus.OK else printed.err


def listed(capsys: Captured) -> dict[tuple[str, str], Any]:
    found: list[dict[str, Any]] = json.loads(ran(capsys, "--json"))
    return {(one["name"], one["abi"]): one for one in found}


def test_install_list_and_remove(capsys: Captured) -> None:
    assert listed(capsys)["tiny", ABI]["installed"] is None
    assert ran(capsys, "install", "tiny", "--for", ABI).startswith("Installed Tiny Engine 1.5 for Linux, x86-64 in ")
    installed = listed(capsys)["tiny", ABI]["installed"]
    assert Path(installed.pop("path")).read_bytes() == elf()
    assert (installed["version"], installed["package"], installed["licence"]) == ("1.5", WHEEL, "MIT")
    assert [line for line in ran(capsys).splitlines() if line.startswith("tiny ") and " 1.5 " in line]
    assert ran(capsys, "remove", "tiny") == "Removed Tiny Engine for Linux, x86-64.\n"
    assert ran(capsys, "remove", "tiny") == "Tiny Engine was not installed.\n"


def test_install_and_remove_print_json_as_the_list_does(capsys: Captured) -> None:
    (installed,) = json.loads(ran(capsys, "--json", "install", "tiny", "--for", ABI))
    assert installed == listed(capsys)["tiny", ABI]
    (removed,) = json.loads(ran(capsys, "--json", "remove", "tiny"))
    assert (removed["name"], removed["abi"], removed["installed"]) == ("tiny", ABI, None)
    assert json.loads(ran(capsys, "--json", "remove", "tiny")) == []


def test_the_bytes_to_download_are_those_of_all_packages(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    choice, wheels = of_python()
    monkeypatch.setitem(ENGINE_LIBRARIES, "snake", choice.engine)
    assert listed(capsys)["snake", ABI]["bytes"] == sum(map(len, wheels.values()))


def test_a_file_is_installed_without_pip_and_an_unknown_one_asks(
    capsys: Captured, own_engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "pip would not start with this")
    ran(capsys, "install", "tiny", "--for", ABI, "--file", WHEEL)
    (own_engine / "tiny-1.6.whl").write_bytes(wheel(elf() + b"newer"))
    other = ("install", "tiny", "--for", ABI, "--file", "tiny-1.6.whl")
    said = ran(capsys, *other, status=ExitStatus.FAILED)
    assert "is code" in said
    assert "--yes" in said
    assert libraries.find("tiny", ABI) is not None
    assert "Installed Tiny Engine 1.6" in ran(capsys, *other, "--yes")


def test_doctor_tells_engines_and_those_that_have_changed(capsys: Captured) -> None:
    assert [fact.words for fact in checks._engines()] == ["none"]
    ran(capsys, "install", "tiny", "--for", ABI, "--file", WHEEL)
    (fact,) = checks._engines()
    path = libraries.store() / "tiny-x86_64" / "libtiny.so.1"
    assert (fact.name, fact.words) == ("Tiny Engine 1.5", f"for Linux, x86-64, MIT, {path}")
    assert not fact.is_problem
    path.write_bytes(b"something else")
    (fact,) = checks._engines()
    assert fact.is_problem
    assert "has changed since it was installed" in fact.words


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("install", "ncnn"), ExitStatus.USAGE, "There is no engine 'ncnn'. Choose from: onnxruntime, litert"),
        (("remove", "ncnn"), ExitStatus.USAGE, "There is no engine 'ncnn'. Choose from: onnxruntime, litert"),
        (("install", "litert", "--for", "mars"), ExitStatus.USAGE, "Use android, android:SERIAL or one of: x86_64"),
        (("install", "litert", "--for", "android-x86_64"), ExitStatus.FAILED, "There is no LiteRT for Android, x86-64"),
        (("install", "litert", "--file", "none.whl"), ExitStatus.FAILED, "There is no file none.whl"),
    ],
)
def test_what_cannot_be_is_told(capsys: Captured, arguments: tuple[str, ...], status: ExitStatus, words: str) -> None:
    assert words in ran(capsys, *arguments, status=status)


@pytest.mark.parametrize("device", [(), ("--for", "")])
def test_a_computer_that_no_engine_is_for(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, device: tuple[str, ...]
) -> None:
    monkeypatch.setattr(engines, "this_abi", lambda: None)
    said = ran(capsys, "install", "litert", *device, status=ExitStatus.FAILED)
    assert "There is no LiteRT for this computer. There is one for: Linux, x86-64;" in said


def test_a_phone_is_asked_for_its_processor(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"emulator": ("x86_64", "x86"), "old": ("armeabi-v7a", "armeabi"), "translator": ("x86", "arm64-v8a")}
    monkeypatch.setattr(facts, "read_facts", lambda _adb, serial: PhoneFacts(abis=told[serial]))
    install = ("install", "onnxruntime", "--file", WHEEL, "--for")
    said = ran(capsys, *install, "android:emulator", status=ExitStatus.FAILED)
    assert "not ONNX Runtime for Android, x86-64" in said
    said = ran(capsys, *install, "android:old", status=ExitStatus.FAILED)
    assert "There are no engines for old's processor (armeabi-v7a, armeabi)." in said
    said = ran(capsys, *install, "android:translator", status=ExitStatus.FAILED)
    assert "There are no engines for translator's processor (x86, arm64-v8a)." in said


def test_android_alone_means_what_nearly_all_phones_are(capsys: Captured) -> None:
    said = ran(capsys, "install", "onnxruntime", "--for", "android", "--file", WHEEL, status=ExitStatus.FAILED)
    assert "not ONNX Runtime for Android, 64-bit Arm" in said
