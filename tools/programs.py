"""What a compiled program's header says: for which machine it is, and whether it needs anything else to run."""

import re
import struct
from enum import Enum
from pathlib import Path

from tools import android
from tools.dynamic import read_dynamic

LIMIT_BYTES = 230_000
"""Of what is pushed to phones."""
OTHER_LIMIT_BYTES = 270_000
"""Of programs for Windows and macOS: a system's own part is larger there, and cut into larger pieces."""

_ELF_HEADER = {4: struct.Struct("<HHI3II6H"), 8: struct.Struct("<HHI3QI6H")}
_PROGRAM_HEADER_BYTES = {4: 32, 8: 56}
_INTERPRETER, _DYNAMIC, _NOTE = 3, 2, 4
_EXECUTABLE, _ANYWHERE = 2, 3
_SYSTEM_LIBRARIES = {b"libc.so.6", b"libm.so.6", b"libdl.so.2"}
_WINDOWS_LIBRARIES = (b"KERNEL32.dll", b"api-ms-win-crt-")
"""What the names of the libraries begin with that are part of every Windows 10."""


class UnfitProgram(Exception):
    """A program is not what was asked for; the message says how."""


class Machine(Enum):
    """A kind of program; the value is what its header holds: for ELF the bytes of a pointer, and the machine."""

    ELF_ARM64 = (8, 183)
    ELF_ARM = (4, 40)
    ELF_X86_64 = (8, 62)
    ELF_X86 = (4, 3)
    PE_X86_64 = b"\x64\x86"
    MACH_O_ARM64 = b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01"


def inspect(path: Path, machine: Machine, unwanted: str, interpreter: str = "") -> int:
    """The size of the program at `path` in bytes.

    Raises:
        UnfitProgram: it is for another machine, larger than the limit, or names the folder `unwanted`; or, for Linux,
            it needs more than `interpreter` and C's libraries, or, where `interpreter` is empty, it is not static or
            carries a build id; or, for Android's interpreter, it needs anything that tools/android.py does not list;
            or, for Windows, it names other libraries than the kernel's and C's.
    """
    data = path.read_bytes()
    limit = LIMIT_BYTES if isinstance(machine.value, tuple) else OTHER_LIMIT_BYTES
    if len(data) >= limit:
        raise UnfitProgram(f"{path.name} has {len(data):,} bytes; the limit is {limit:,}.")
    if unwanted.encode() in data:
        raise UnfitProgram(f"{path.name} holds the name of the folder that it was built in.")
    match machine.value:
        case (int(pointer_bytes), int(number)):
            _check_elf(path.name, data, pointer_bytes, number, interpreter)
        case bytes(magic):
            at = struct.unpack_from("<I", data, 0x3C)[0] + 4 if machine is Machine.PE_X86_64 else 0
            if data[at : at + len(magic)] != magic:
                raise UnfitProgram(f"{path.name} is not a {machine.name} program.")
            libraries = set(re.findall(rb"[\w-]+\.dll", data, re.IGNORECASE))
            if others := [name for name in libraries if not name.startswith(_WINDOWS_LIBRARIES)]:
                raise UnfitProgram(f"{path.name} needs what not every Windows has: {others[0].decode()}.")
    return len(data)


def _check_elf(name: str, data: bytes, pointer_bytes: int, machine: int, interpreter: str) -> None:
    if data[:6] != b"\x7fELF" + bytes((pointer_bytes // 4, 1)):
        raise UnfitProgram(f"{name} is no {8 * pointer_bytes}-bit ELF program.")
    header = _ELF_HEADER[pointer_bytes].unpack_from(data, 16)
    kind, found, start, entry_bytes, entries = header[0], header[1], header[4], header[8], header[9]
    is_for_android = interpreter == android.INTERPRETER
    if (
        kind != (_ANYWHERE if is_for_android else _EXECUTABLE)
        or found != machine
        or entry_bytes != _PROGRAM_HEADER_BYTES[pointer_bytes]
    ):
        raise UnfitProgram(f"{name} is an ELF file of type {kind} for machine {found}.")
    if is_for_android:
        _check_for_android(name, data)
        return
    needs = {struct.unpack_from("<I", data, start + entry_bytes * index)[0] for index in range(entries)}
    if interpreter:
        others = set(re.findall(rb"lib\w+\.so[.\d]*", data)) - _SYSTEM_LIBRARIES
        if not needs >= {_INTERPRETER, _DYNAMIC} or b"\0" + interpreter.encode() + b"\0" not in data or others:
            raise UnfitProgram(f"{name} does not run with {interpreter} and C's libraries alone.")
        return
    if needs & {_INTERPRETER, _DYNAMIC}:
        raise UnfitProgram(f"{name} is not static.")
    if _NOTE in needs:
        raise UnfitProgram(f"{name} carries a note, such as a build id.")


def _check_for_android(name: str, data: bytes) -> None:
    try:
        asked = read_dynamic(data)
    except (ValueError, KeyError, StopIteration, struct.error) as error:
        raise UnfitProgram(f"{name} is not a dynamic program.") from error
    if asked.interpreter != android.INTERPRETER:
        raise UnfitProgram(f"{name} is started by {asked.interpreter}, not {android.INTERPRETER}.")
    known = {each for names in android.LIBRARIES.values() for each in names}
    if others := (asked.libraries - set(android.LIBRARIES)) | (asked.names - known):
        raise UnfitProgram(f"{name} needs what not every Android has: {', '.join(sorted(others))}.")
    if asked.smallest_alignment < android.PAGE_BYTES:
        raise UnfitProgram(f"{name} does not run where pages have {android.PAGE_BYTES:,} bytes.")
