"""Reads wheels and .aar files, which are zip archives: an engine in one, and the texts that go with it."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath

from mnist_bench.devices.libraries import ANDROID
from mnist_bench.engines.errors import EngineNotInstalled
from mnist_bench.engines.libraries.table import ABIS

_MAX_LIBRARY_BYTES = 200_000_000
_MAX_NOTICE_BYTES = 3_000_000
_MOST_NOTICES = 20
_MOST_ENTRIES = 20_000
_MOST_CANDIDATES = 16
_NOTICE = re.compile(r"(licen[cs]e|notice|copying|third-?party)[\w.-]{0,60}|METADATA", re.IGNORECASE | re.ASCII)
_PLAIN_PART = re.compile(r"(?!\.+$)[\w.+-]{1,120}", re.ASCII)
_NO_NOTICE = (".py", ".pyi", ".json", ".js", ".so")

_ELF, _MACH_O = b"\x7fELF", b"\xcf\xfa\xed\xfe"
_ELF_MACHINE, _ELF_ABIS = struct.Struct("<H"), {62: "x86_64", 183: "arm64-v8a"}  # elf(5): e_machine, EM_X86_64 ...
_PE_OFFSET, _PE_X86_64 = 0x3C, b"PE\0\0\x64\x86"  # Microsoft, "PE Format"
_MACH_O_ARM64 = struct.pack("<I", 0x0100000C)  # mach/machine.h: CPU_TYPE_ARM64


class Archive:
    """A wheel or .aar file in memory. Raises EngineNotInstalled where it is none, or is damaged."""

    def __init__(self, data: bytes, name: str) -> None:
        self._name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, OverflowError, struct.error) as error:
            raise EngineNotInstalled(f"{name} is not a wheel or .aar file, or is damaged.", advice=_AGAIN) from error
        if len(self._zip.infolist()) > _MOST_ENTRIES:
            raise EngineNotInstalled(f"{name} has more files in it than any engine's package.", advice=_AGAIN)

    def read(self, entry: str) -> bytes:
        """The library of this name."""
        try:
            found = self._zip.getinfo(entry)
        except KeyError:
            raise EngineNotInstalled(f"{self._name} has no {entry} in it.", advice=_AGAIN) from None
        return self._read(found, _MAX_LIBRARY_BYTES)

    def find(self, files: re.Pattern[str], abi: str, title: str) -> tuple[str, bytes]:
        """The library of the engine `title` for `abi`, whose file's name `files` matches: that name, and its bytes."""
        fitting = [each for each in self._zip.infolist() if files.fullmatch(PurePosixPath(each.filename).name)]
        for each in fitting[:_MOST_CANDIDATES]:
            data = self._read(each, _MAX_LIBRARY_BYTES)
            if built_for(data) == abi:
                return PurePosixPath(each.filename).name, data
        why = f"{title} for other systems only" if fitting else f"no {title} library in it"
        raise EngineNotInstalled(
            f"{self._name} has {why}.", advice=f"Choose a package of {title} for {ABIS.get(abi, abi)}."
        )

    def notices(self) -> dict[str, bytes]:
        """Licences, notices and the package's own description, by their files' names: those nearest to the top."""
        found: dict[str, bytes] = {}
        for each in sorted(self._zip.infolist(), key=lambda one: one.filename.count("/")):
            name = PurePosixPath(each.filename).name
            is_wanted = _NOTICE.fullmatch(name) and not name.lower().endswith(_NO_NOTICE) and not each.is_dir()
            is_new = name.lower() not in map(str.lower, found)  # many disks take LICENSE and License for one file
            if is_wanted and is_new and len(found) < _MOST_NOTICES:
                found[name] = self._read(each, _MAX_NOTICE_BYTES)
        return found

    def unpacked(self, is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """Every file whose name `is_wanted`, by that name, which leads out of no folder that it is unpacked in."""
        found: dict[str, bytes] = {}
        for each in self._zip.infolist():
            if each.is_dir() or not is_wanted(each.filename):
                continue
            if not all(map(_PLAIN_PART.fullmatch, each.filename.split("/"))):
                raise EngineNotInstalled(f"{self._name} has a file of the name {each.filename!r}.", advice=_AGAIN)
            found[each.filename] = self._read(each, _MAX_LIBRARY_BYTES)
        return found

    def _read(self, entry: zipfile.ZipInfo, most_bytes: int) -> bytes:
        if entry.file_size > most_bytes:
            raise EngineNotInstalled(f"{entry.filename} in {self._name} is larger than any engine's.", advice=_AGAIN)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise EngineNotInstalled(f"{entry.filename} in {self._name} is packed in an unusual way.", advice=_AGAIN)
        try:
            with self._zip.open(entry) as file:
                return file.read(most_bytes)  # and no more, whatever it says of its size
        except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, EOFError, OverflowError) as error:
            raise EngineNotInstalled(f"{entry.filename} in {self._name} is damaged.", advice=_AGAIN) from error


_AGAIN = "Download it again."


def built_for(library: bytes) -> str:
    """The ABI, one of table.ABIS, that a shared library's own header says it is for; empty for any other."""
    if library.startswith(_ELF) and len(library) > 20:
        abi = _ELF_ABIS.get(_ELF_MACHINE.unpack_from(library, 18)[0], "")
        if b"\0libc.so.6\0" in library:  # glibc's name among the libraries that it needs
            return abi
        return f"{ANDROID}{abi}" if abi and b"\0libc.so\0" in library else ""
    if library.startswith(b"MZ") and len(library) > _PE_OFFSET + 4:
        (at,) = struct.unpack_from("<I", library, _PE_OFFSET)
        return "windows-x86_64" if library[at : at + 6] == _PE_X86_64 else ""
    return "macos-arm64" if library.startswith(_MACH_O + _MACH_O_ARM64) else ""
