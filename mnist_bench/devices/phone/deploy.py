"""Copies the runner to a phone, checks it there before it gets its name, and removes it again."""

import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from mnist_bench.base import locations, words
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.locks import held
from mnist_bench.base.text import one_line
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import (
    AdbRefused,
    NotDeployable,
    PhoneError,
    PhoneFull,
    PhoneReadOnly,
    PhoneTimedOut,
)

FOLDER = "/data/local/tmp/mnist-bench"
PROGRAM = f"{FOLDER}/{locations.NATIVE_RUNNER}"

# Each script has the program's path as $1 and its folder as $2; every foreign word comes as an argument, never as text.
_LOOK = """
echo "abis=$(getprop ro.product.cpu.abilist),$(getprop ro.product.cpu.abi)"
cd "$2" 2>/dev/null && find . -name '.run-*' -mmin +1440 -exec rm -f {} \\; 2>/dev/null
[ -f "$1" ] && [ -x "$1" ] && echo "sha256=$(sha256sum "$1")"
exit 0
"""
_PREPARE = 'mkdir -p "$2" && rm -f "$2"/.*.part && : >"$2/.room.part" && rm -f "$2/.room.part"'
_HASH = 'sha256sum "$1"'
_TRY = 'chmod 755 "$1" && "$1" --version >/dev/null'
_NAME_IT = 'mv -f "$3" "$1"'

_SECONDS = 10.0
_NO_SUCH_PROGRAM = 127
_ABI = re.compile(r"[A-Za-z0-9_-]{1,40}")  # it becomes part of a path
_MOST_ABIS = 20

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by serial: one deploy at a time on one phone


@dataclass(frozen=True, slots=True)
class Deployed:
    """The runner on a phone: its path there, its instruction set, its size, and whether it had to be sent."""

    program: str
    abi: str
    pushed: bool
    bytes: int


def deploy(
    adb: Adb,
    serial: str,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    name: str = locations.NATIVE_RUNNER,
) -> Deployed:
    """Make sure that the phone has this version's runner, the program `name`. `progress` is told bytes done and in
    all, where it is sent.

    Whatever happens half-way, the program's name on the phone is never on something that was not checked, and the next
    call puts right what is left. Raises PhoneFull, PhoneReadOnly, NotDeployable, and what `Adb` raises.
    """
    with held(_locks[serial], adb.is_cancelled):
        program = f"{FOLDER}/{name}"
        there = _look(adb, serial, program)
        abi, data = _program_for(serial, there.get("abis", ""), name)
        wanted = sha256_hex(data)
        if there.get("sha256", "").split(" ")[0] == wanted:
            return Deployed(program, abi, False, len(data))
        _run(adb, serial, _PREPARE, "made room for the runner")
        part = f"{FOLDER}/.{name}-{os.urandom(4).hex()}.part"
        try:
            adb.push(serial, data, part, mode=0o755, progress=progress)
        except AdbRefused as error:
            raise _storage_error(serial, error.message) from error
        if _hash_of(adb, serial, part) != wanted:
            raise NotDeployable(f"The runner was damaged on its way to {serial}.", advice="Deploy it again.")
        _try(adb, serial, part)
        _run(adb, serial, _NAME_IT, "put the runner in its place", program, FOLDER, part)
        return Deployed(program, abi, True, len(data))


def is_deployed(adb: Adb, serial: str) -> bool:
    """Whether the phone has this version's runner; NotDeployable where there is none for it."""
    with held(_locks[serial], adb.is_cancelled):
        there = _look(adb, serial, PROGRAM)
        _, data = _program_for(serial, there.get("abis", ""), locations.NATIVE_RUNNER)
        return there.get("sha256", "").split(" ")[0] == sha256_hex(data)


def remove(adb: Adb, serial: str) -> bool:
    """Remove everything that was brought to the phone; whether there was anything."""
    with held(_locks[serial], adb.is_cancelled):
        return "removed" in _run(adb, serial, '[ ! -e "$2" ] || { rm -rf "$2" && echo removed; }', "removed the runner")


def _look(adb: Adb, serial: str, program: str) -> dict[str, str]:
    """What the phone says of itself: its instruction sets, and the hash of the runner that it has."""
    output = _run(adb, serial, _LOOK, "looked for the runner", program, FOLDER)
    return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)


def _program_for(serial: str, abis: str, name: str) -> tuple[str, bytes]:
    """The first of the phone's instruction sets, its favourite first, that there is a runner for, and that runner."""
    known = [abi for abi in abis.split(",")[:_MOST_ABIS] if _ABI.fullmatch(abi)]
    for abi in known:
        try:
            return abi, locations.runner_program(abi, name).read_bytes()
        except OSError:
            continue
    has = ", ".join(dict.fromkeys(known)) or "does not say which"
    raise NotDeployable(f"There is no runner for {serial}'s processor (it executes {has}).")


def _hash_of(adb: Adb, serial: str, path: str) -> str:
    """A file's sha256: the phone's own or, where it has no program for that (Android 5), of the file read back."""
    result = adb.shell(serial, "sh", "-c", _HASH, "sh", path, seconds=_SECONDS, note="checked what arrived")
    if result.status != _NO_SUCH_PROGRAM:
        return result.output.split(" ")[0]
    parts = []
    with adb.open_exec(serial, f"cat {path}") as stream:  # a path of this program's own making
        stream.settimeout(_SECONDS)
        try:
            while part := stream.recv(1 << 16):
                parts.append(part)
        except OSError as error:
            raise PhoneTimedOut(f"{serial} did not say within {words.seconds(_SECONDS)} what it received.") from error
    return sha256_hex(*parts)


def _try(adb: Adb, serial: str, path: str) -> None:
    """Start the program once; NotDeployable where the phone does not run it."""
    result = adb.shell(serial, "sh", "-c", _TRY, "sh", path, seconds=_SECONDS, note="tried the runner")
    if result.status != 0:
        said = one_line(result.errors or result.output) or f"status {result.status}"
        raise NotDeployable(f"{serial} does not run programs from /data/local/tmp. It says: {said}.")


def _run(adb: Adb, serial: str, script: str, note: str, path: str = PROGRAM, *more: str) -> str:
    """A script's output; the error that its words tell where it fails."""
    words = ("sh", "-c", script, "sh", path, *(more or (FOLDER,)))
    result = adb.shell(serial, *words, seconds=_SECONDS, note=note)
    if result.status != 0:
        raise _storage_error(serial, result.errors or result.output or f"status {result.status}")
    return result.output


def _storage_error(serial: str, words: str) -> PhoneError:
    """What the phone's words on a file that it refuses mean."""
    said = one_line(words)
    low = said.lower()
    if "no space left" in low or "quota" in low:
        return PhoneFull(f"{serial} has no space left in /data/local/tmp.")
    if "read-only" in low:
        return PhoneReadOnly(f"{serial} does not let anything be written to /data/local/tmp: it is read-only.")
    return NotDeployable(f"{serial} did not accept the runner. It says: {said}.")
