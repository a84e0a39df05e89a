"""Packages of our own making that hold an engine's library, and where pip finds them."""

import io
import re
import struct
import zipfile
from pathlib import Path

import pytest

from mnist_bench.base.bytes import sha256_hex
from mnist_bench.engines.libraries.install import Choice
from mnist_bench.engines.libraries.table import EngineSource, Package, Wheel

ABI = "x86_64"
WHEEL = "tiny_engine-1.5.0-cp311-cp311-manylinux_2_28_x86_64.whl"
ENTRY = "tiny_engine/capi/libtiny.so.1"
NOISE = bytes(range(256)) * 300


def elf(machine: int = 62, libc: str = "libc.so.6") -> bytes:
    """What looks like a shared library for an ELF machine, 62 being x86-64 and 183 64-bit Arm."""
    return b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack("<HH", 3, machine) + f"\0{libc}\0".encode() + NOISE


def archive(entries: dict[str, bytes]) -> bytes:
    """A zip archive of these."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content)  # of 1980, so that it is the same each time
    return data.getvalue()


def wheel(library: bytes = elf(), entry: str = ENTRY) -> bytes:
    """A wheel that pip accepts, with a library, a licence and notices in it."""
    info = "tiny_engine-1.5.0.dist-info"
    return archive(
        {
            entry: library,
            "tiny_engine/__init__.py": b"raise SystemExit('nothing of it is ever run')",
            "tiny_engine/LICENSE": b"Use it as you like.",
            "tiny_engine/ThirdPartyNotices.txt": b"With thanks.",
            f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-engine\nVersion: 1.5.0\n",
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_28_x86_64\n",
            f"{info}/RECORD": b"",
        }
    )


def tiny(data: bytes, abi: str = ABI) -> Choice:
    """The engine whose package is these bytes."""
    package = Package(WHEEL, sha256_hex(data), len(data), ENTRY, "1.5")
    files = re.compile(r"libtiny\.so(\.1)?")
    return Choice(EngineSource("tiny", "Tiny Engine", "MIT", files, {abi: package}), abi)


def of_python() -> tuple[Choice, dict[str, bytes]]:
    """An engine of Python, and the two wheels that it consists of, by their names."""
    wheels = {
        "snake-2.1-cp311-cp311-manylinux_2_28_x86_64.whl": archive(
            {
                "snake/__init__.py": b"raise SystemExit('nothing of it is run when it is installed')",
                "snake/bin/tool": b"#!/bin/sh",
                "snake/tests/test_snake.py": b"",
                "snake-2.1.dist-info/LICENSE": b"Use it as you like.",
                "snake-2.1.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
                "snake-2.1.dist-info/METADATA": b"Metadata-Version: 2.1\nName: snake\nVersion: 2.1\n",
            }
        ),
        "scales-0.3-py3-none-any.whl": archive(
            {
                "scales/__init__.py": b"",
                "scales-0.3.dist-info/LICENSE": b"Use it, too.",
                "scales-0.3.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
                "scales-0.3.dist-info/METADATA": b"Metadata-Version: 2.1\nName: scales\nVersion: 0.3\n",
            }
        ),
    }
    (first, second) = (Wheel(name, sha256_hex(data), len(data)) for name, data in wheels.items())
    package = Package(first.wheel, first.sha256, first.size_bytes, "", "2.1", (second,))
    return Choice(EngineSource("snake", "Snake", "MIT", None, {ABI: package}), ABI), wheels


def only_from(monkeypatch: pytest.MonkeyPatch, place: Path | str) -> None:
    """Have pip look there and nowhere else, by its own settings."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(place))
