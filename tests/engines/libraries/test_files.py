"""Installing an engine from a file that a person has: a known one, one to be trusted, or none at all."""

import os
import struct
import sys
from pathlib import Path

import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.cli.app import main
from mnist_bench.cli.common import ExitStatus
from mnist_bench.devices import libraries
from mnist_bench.devices.this_computer import this_abi
from mnist_bench.engines.errors import EngineNotInstalled
from mnist_bench.engines.libraries.archive import Archive, built_for
from mnist_bench.engines.libraries.install import Choice, UnknownPackage, choice_of, choices, install_file
from mnist_bench.engines.libraries.table import ABIS, ENGINE_LIBRARIES
from tests.engine_packages import ABI, WHEEL, archive, elf, of_python, tiny, wheel

ANDROID = "android-arm64-v8a"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locations, "cache_dir", lambda: tmp_path / "cache")


def known(monkeypatch: pytest.MonkeyPatch, data: bytes) -> Choice:
    choice = tiny(data)
    monkeypatch.setitem(ENGINE_LIBRARIES, "tiny", choice.engine)
    return choice


def write(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_known_file_is_installed_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = install_file(known(monkeypatch, wheel()), write(tmp_path, "download(1)", wheel()))
    assert libraries.find("tiny", ABI) == library
    assert (library.version, library.package, library.licence) == ("1.5", WHEEL, "MIT")


def test_what_is_advised_to_those_without_pip_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = next(abi for abi in ABIS if abi != this_abi())
    choice = tiny(wheel(), other)
    monkeypatch.setitem(ENGINE_LIBRARIES, "tiny", choice.engine)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, WHEEL, wheel())
    _, _, command = choice.by_hand.partition("run: mnist-bench ")
    assert main(command.split()) == ExitStatus.OK
    assert libraries.look("tiny", other) is not None


def test_a_known_file_for_another_system_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, wheel())
    other = choice_of("litert", ANDROID)
    path = write(tmp_path, WHEEL, wheel())
    with pytest.raises(EngineNotInstalled, match=r"is Tiny Engine 1\.5 for Linux, x86-64, not LiteRT") as raised:
        install_file(other, path, trust=True)
    assert f"engines install tiny --for {ABI} --file {path}" in str(raised.value)


def test_an_unknown_file_is_code_and_needs_trust(tmp_path: Path) -> None:
    path = write(tmp_path, "tiny-engine-android-1.7.2.aar", aar := archive({
        "jni/x86_64/libtiny.so": elf(62, "libc.so"),
        "jni/arm64-v8a/libtiny.so": elf(183, "libc.so"),
        "LICENSE": b"Use it.",
    }))  # fmt: skip
    choice = tiny(b"another", ANDROID)
    with pytest.raises(UnknownPackage, match="is code") as raised:
        install_file(choice, path)
    assert "--yes" in str(raised.value)
    assert libraries.installed() == ()
    library = install_file(choice, path, trust=True)
    assert library.path.read_bytes() == elf(183, "libc.so")
    assert (library.version, library.file) == ("1.7.2", "libtiny.so")
    assert Archive(aar, "").notices() == {"LICENSE": b"Use it."}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not a wheel or .aar file"),
        (b"PK\x03\x04 and so on", "is not a wheel or .aar file"),
        (wheel()[:-100], "is not a wheel or .aar file"),
        (wheel(entry="elsewhere/libother.so"), "has no Tiny Engine library in it"),
        (wheel(elf(183)), "has Tiny Engine for other systems only"),
        (wheel(elf(62, "libc.so")), "has Tiny Engine for other systems only"),
        (wheel(b"not a library"), "has Tiny Engine for other systems only"),
        (wheel().replace(elf(), b"!" * len(elf())), "is damaged"),
    ],
)
def test_what_holds_no_such_library_is_not_installed(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(EngineNotInstalled, match=words):
        install_file(tiny(b"another"), write(tmp_path, "some.whl", data), trust=True)
    assert libraries.installed() == ()


def test_notices_whose_names_differ_in_case_only_are_one() -> None:
    data = archive({"LICENSE": b"Use it.", "info/License": b"Use it, too.", "info/NOTICE": b"Thanks."})
    assert Archive(data, "").notices() == {"LICENSE": b"Use it.", "NOTICE": b"Thanks."}


def test_a_library_whose_name_no_disk_takes_is_none(tmp_path: Path) -> None:
    data = archive({f"lib/libonnxruntime.so.{'1.' * 100}1": elf()})
    with pytest.raises(EngineNotInstalled, match="has no ONNX Runtime library in it"):
        install_file(choice_of("onnxruntime", ABI), write(tmp_path, "some.whl", data), trust=True)


def test_an_entry_that_says_it_is_huge_is_not_unpacked(tmp_path: Path) -> None:
    data = wheel()
    directory = data.rindex(b"PK\x01\x02", 0, data.rindex(b"tiny_engine/capi/"))
    huge = bytearray(data)
    struct.pack_into("<I", huge, directory + 24, 0xF0000000)  # APPNOTE.TXT 4.3.12: uncompressed size
    with pytest.raises(EngineNotInstalled, match="is larger than any engine's"):
        install_file(tiny(b"another"), write(tmp_path, "some.whl", bytes(huge)), trust=True)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        install_file(tiny(b""), tmp_path / "none.whl")


def test_what_a_library_is_for_is_read_from_its_header() -> None:
    pe = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80)
    assert built_for(pe.ljust(0x80, b"\0") + b"PE\0\0\x64\x86") == "windows-x86_64"
    assert built_for(pe.ljust(0x80, b"\0") + b"PE\0\0\x64\xaa") == ""
    assert built_for(b"\xcf\xfa\xed\xfe\x0c\0\0\x01") == "macos-arm64"
    assert built_for(elf(183)) == "arm64-v8a"
    assert built_for(b"\x7fELF") == ""


def test_every_row_of_the_table_says_all_that_pip_must_know() -> None:
    for choice in choices():
        package = choice.package
        assert choice.abi in ABIS
        assert len(bytes.fromhex(package.sha256)) == 32
        if choice.engine.files is None:
            assert choice.engine.name == "executorch"
            assert package.python == f"{sys.version_info.major}.{sys.version_info.minor}"
        else:
            assert choice.engine.files.fullmatch(package.entry.rpartition("/")[2])
        assert package.wheel.removesuffix(".whl").endswith(package.platform)
        assert ("android" in package.platform) == choice.abi.startswith("android-")
    assert ENGINE_LIBRARIES["litert"].packages["x86_64"].requirement == "ai-edge-litert==2.3.0"


def test_the_development_environment_has_the_same_versions() -> None:
    root = Path(__file__).parents[3]
    pinned = (root / "constraints" / "linux-wheels.txt").read_text()
    for abi in ("x86_64", "arm64-v8a"):
        for choice in choices(abi):
            if choice.engine.is_python:  # it is a tenth of the environment's size, and nothing of it is tested there
                continue
            assert choice.package.requirement in (root / "pyproject.toml").read_text()
            assert choice.package.sha256 in pinned


def test_an_engine_of_python_is_installed_from_wheels_that_lie_in_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice, wheels = of_python()
    monkeypatch.setitem(ENGINE_LIBRARIES, "snake", choice.engine)
    first, second = wheels
    assert choice.by_hand.startswith(f"get {first} and {second} in another way, put them into one folder and run: ")
    paths = [write(tmp_path, name, data) for name, data in wheels.items()]
    library = install_file(choice, paths[1])  # whichever of them is named
    assert libraries.find("snake", ABI) == library
    assert (library.version, library.package) == ("2.1", paths[0].name)
    unpacked = {path.relative_to(library.path).as_posix() for path in library.path.rglob("*")}
    assert {"snake/__init__.py", "scales/__init__.py", "snake-2.1.dist-info/METADATA"} <= unpacked
    assert "snake/tests/test_snake.py" not in unpacked
    assert {"LICENSE", "scales-LICENSE", "packages"} <= {path.name for path in library.folder.iterdir()}
    assert os.access(library.path / "snake" / "bin" / "tool", os.X_OK)
    paths[0].write_bytes(b"damaged")
    with pytest.raises(EngineNotInstalled, match="is damaged: its SHA-256 is another"):
        install_file(choice, paths[1])
    paths[0].unlink()
    with pytest.raises(EngineNotInstalled, match=rf"Snake 2\.1 needs {paths[0].name} too"):
        install_file(choice, paths[1])
    with pytest.raises(EngineNotInstalled, match="is none of the packages of Snake") as raised:
        install_file(choice, write(tmp_path, "other.whl", b"other"), trust=True)
    assert f"{paths[0].name} and {paths[1].name}" in str(raised.value)
    assert libraries.find("snake", ABI) == library


@pytest.mark.parametrize("name", ["../outside.py", "/etc/other", "a/./b", "a//b", "a\\b", "C:/b", "a/..."])
def test_a_file_that_would_lie_elsewhere_is_not_unpacked(name: str) -> None:
    with pytest.raises(EngineNotInstalled, match="has a file of the name"):
        Archive(archive({"good.py": b"", name: b""}), "some.whl").unpacked(lambda _name: True)


def test_an_engine_of_python_says_for_which_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineNotInstalled, match="There is no ExecuTorch for Android, 64-bit Arm") as raised:
        choice_of("executorch", ANDROID)
    assert "Python 3.11 to 3.14 (this is 3." in raised.value.advice


def test_an_engine_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="There is no engine 'ncnn'"):
        choice_of("ncnn", ABI)
    with pytest.raises(EngineNotInstalled, match="There is no LiteRT for Android, x86-64"):
        choice_of("litert", "android-x86_64")
