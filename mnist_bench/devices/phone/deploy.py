"""Copies the runner to a phone, checks it there before it gets its name, and removes it again."""

import logging
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
    DoesNotStart,
    NotDeployable,
    PhoneError,
    PhoneFull,
    PhoneReadOnly,
    PhoneTimedOut,
)
from mnist_bench.devices.phone.folder import ENTER, FOLDER, FOREIGN, PREPARE, TIDY

_log = logging.getLogger("mnist_bench.adb")

# Each script has the folder as $1 and the program's name as $2; every foreign word comes as an argument, never as text.
_LOOK = f"""
echo "abis=$(getprop ro.product.cpu.abilist 2>/dev/null),$(getprop ro.product.cpu.abi 2>/dev/null)"
echo "machine=$(uname -m 2>/dev/null)"
{ENTER} || exit 0
{TIDY}
[ -f "./$2" ] && [ -O "./$2" ] && [ -x "./$2" ] && echo "sha256=$(sha256sum "./$2")"
exit 0
"""
_TIDY = f"{ENTER} || exit 0\n{TIDY}"
_HASH = f'{ENTER} && sha256sum "./$2"'
_IS_GONE = 100
_TRY = f"""
{ENTER} || exit
chmod 700 "./$2" && "./$2" --version >/dev/null && exit
status=$?
[ -e "./$2" ] || exit {_IS_GONE}
rm -f "./$2"
exit $status
"""
_NAME_IT = f'{ENTER} && mv -f "./$3" "./$2"'
_REMOVE = f"""
[ -e "$1" ] || exit 0
chmod 700 "$1" 2>/dev/null
rm -rf "$1" && echo removed && exit
[ -O "$1" ] || echo {FOREIGN}
exit 1
"""

_SECONDS = 10.0
_NO_SUCH_PROGRAM = 127
_ABI = re.compile(r"[A-Za-z0-9_-]{1,40}")  # it becomes part of a path
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_MOST_ABIS = 20
_LONGEST = 8000  # characters of what a phone tells of itself
_ATTEMPTS = 2  # to send it whole: somebody else who deploys to the same phone removes what is unfinished

# What runs under a kernel, for devices that are no phones and have no properties.
_ABIS_OF = {
    "aarch64": "arm64-v8a,armeabi-v7a",
    "armv8l": "armeabi-v7a",
    "armv7l": "armeabi-v7a",
    "x86_64": "x86_64,x86",
    "i686": "x86",
}

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by serial: one deploy at a time on one phone


@dataclass(frozen=True, slots=True)
class Deployed:
    """The runner on a phone: its path there, its instruction set, its size, and whether it had to be sent."""

    program: str
    abi: str
    pushed: bool
    bytes: int


@dataclass(frozen=True, slots=True)
class _Program:
    """A runner that a phone may be able to run."""

    abi: str
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a phone has told: its instruction sets, the favourite first, and the hashes that it says of its runner."""

    abis: tuple[str, ...]
    hashes: tuple[str, ...]

    def one_of(self, programs: tuple[_Program, ...]) -> _Program | None:
        """The one that lies there."""
        return next((program for program in programs if program.sha256 in self.hashes), None)


def deploy(
    adb: Adb,
    serial: str,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    name: str = locations.NATIVE_RUNNER,
) -> Deployed:
    """Make sure that the phone has this version's runner, the program `name`. `progress` is told bytes done and in
    all, where it is sent. Where the phone does not start the first of its instruction sets, the next one is sent.

    Whatever happens half-way, the program's name on the phone is never on something that was not checked, and the next
    call puts right what is left. Raises PhoneFull, PhoneReadOnly, NotDeployable, and what `Adb` raises.
    """
    with held(_locks[serial], adb.is_cancelled):
        seen = _look(adb, serial, name)
        programs = _programs_for(serial, seen, name)
        if (there := seen.one_of(programs)) is not None:
            return Deployed(f"{FOLDER}/{name}", there.abi, False, len(there.data))
        failures: list[DoesNotStart] = []
        for program in programs:
            try:
                _bring(adb, serial, program, name, progress)
            except DoesNotStart as error:
                _log.warning("%s: the runner for %s does not start: %s", serial, program.abi, error.message)
                failures.append(error)
            else:
                return Deployed(f"{FOLDER}/{name}", program.abi, True, len(program.data))
        raise failures[0]


def is_deployed(adb: Adb, serial: str) -> bool:
    """Whether the phone has this version's runner; NotDeployable where there is none for it."""
    with held(_locks[serial], adb.is_cancelled):
        seen = _look(adb, serial, locations.NATIVE_RUNNER)
        return seen.one_of(_programs_for(serial, seen, locations.NATIVE_RUNNER)) is not None


def tidy(adb: Adb, serial: str) -> None:
    """Remove what interrupted runs and copies have left on the phone; raises what `Adb.shell` raises."""
    with held(_locks[serial], adb.is_cancelled):
        _run(adb, serial, _TIDY, "removed what was left")


def remove(adb: Adb, serial: str) -> bool:
    """Remove everything that was brought to the phone; whether there was anything."""
    with held(_locks[serial], adb.is_cancelled):
        return "removed" in _run(adb, serial, _REMOVE, "removed the runner")


def _look(adb: Adb, serial: str, name: str) -> _Seen:
    """What the phone says of itself, and of the runner that it has."""
    output = _run(adb, serial, _LOOK, "looked for the runner", name)
    told = re.search(r"^abis=(.*?)^machine=(.*?)(?:^sha256=(.*))?\Z", output[:_LONGEST], re.MULTILINE | re.DOTALL)
    abis, machine, sha256 = told.groups(default="") if told else ("", "", "")
    known = _abis(abis) or _abis(_ABIS_OF.get(machine.strip(), machine))
    return _Seen(known, tuple(_SHA256.findall(sha256)))


def _abis(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(abi for abi in re.split(r"[,\s]+", text)[:_MOST_ABIS] if _ABI.fullmatch(abi)))


def _programs_for(serial: str, seen: _Seen, name: str) -> tuple[_Program, ...]:
    """The runners for the phone's instruction sets, in their order, as far as there are any."""
    programs = []
    for abi in seen.abis:
        try:
            data = locations.runner_program(abi, name).read_bytes()
        except OSError:
            continue
        programs.append(_Program(abi, data, sha256_hex(data)))
    if programs:
        return tuple(programs)
    if seen.abis:
        raise NotDeployable(f"There is no runner for {serial}'s processor (it executes {', '.join(seen.abis)}).")
    raise NotDeployable(f"There is no runner for {serial}: it does not say which processor it has.")


def _bring(adb: Adb, serial: str, program: _Program, name: str, progress: Callable[[int, int], None]) -> None:
    """Send a program, and give it its name once it has arrived whole and starts; DoesNotStart where it does not."""
    for _ in range(_ATTEMPTS):
        _run(adb, serial, PREPARE, "made room for the runner")
        part = f".{name}-{os.urandom(4).hex()}.part"
        try:
            adb.push(serial, program.data, f"{FOLDER}/{part}", mode=0o700, progress=progress)
        except AdbRefused as error:
            raise _storage_error(serial, error.message) from error
        if program.sha256 in _hashes_of(adb, serial, part) and _starts(adb, serial, part):
            _run(adb, serial, _NAME_IT, "put the runner in its place", name, part)
            return
    raise NotDeployable(f"The runner was damaged on its way to {serial}.", advice="Deploy it again.")


def _hashes_of(adb: Adb, serial: str, name: str) -> tuple[str, ...]:
    """The hashes in what the phone says of a file's sha256 or, where it has no program for that (Android 5), the one
    of the file read back.
    """
    result = adb.shell(serial, "sh", "-c", _HASH, "sh", FOLDER, name, seconds=_SECONDS, note="checked what arrived")
    if result.status != _NO_SUCH_PROGRAM:
        return tuple(_SHA256.findall(result.output))
    parts = []
    with adb.open_exec(serial, f"cat {FOLDER}/{name}") as stream:  # a path of this program's own making
        stream.settimeout(_SECONDS)
        try:
            while part := stream.recv(1 << 16):
                parts.append(part)
        except OSError as error:
            raise PhoneTimedOut(f"{serial} did not say within {words.seconds(_SECONDS)} what it received.") from error
    return (sha256_hex(*parts),)


def _starts(adb: Adb, serial: str, name: str) -> bool:
    """Start the program once; False where it is gone, DoesNotStart where the phone does not run it."""
    result = adb.shell(serial, "sh", "-c", _TRY, "sh", FOLDER, name, seconds=_SECONDS, note="tried the runner")
    if result.status not in (0, _IS_GONE):
        said = one_line(result.errors or result.output) or f"status {result.status}"
        raise DoesNotStart(f"{serial} does not run programs from /data/local/tmp. It says: {said}.")
    return result.status == 0


def _run(adb: Adb, serial: str, script: str, note: str, *names: str) -> str:
    """A script's output; the error that its words tell where it fails."""
    result = adb.shell(serial, "sh", "-c", script, "sh", FOLDER, *names, seconds=_SECONDS, note=note)
    if result.status != 0:
        raise _storage_error(serial, f"{result.errors} {result.output}".strip() or f"status {result.status}")
    return result.output


def _storage_error(serial: str, words: str) -> PhoneError:
    """What the phone's words on a file that it refuses mean."""
    said = one_line(words)
    low = said.lower()
    if "no space left" in low or "quota" in low:
        return PhoneFull(f"{serial} has no space left in /data/local/tmp.")
    if "read-only" in low:
        return PhoneReadOnly(f"{serial} does not let anything be written to /data/local/tmp: it is read-only.")
    if FOREIGN in low:
        return NotDeployable(
            f"{FOLDER} on {serial} belongs to another user of the phone.",
            advice=f"Remove it as that user: after `adb root`, for instance, with `adb shell rm -r {FOLDER}`.",
        )
    return NotDeployable(f"{serial} did not accept the runner. It says: {said}.")
