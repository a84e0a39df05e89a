"""Sends a file to a phone under a temporary name, and gives it its own once it has arrived whole."""

import os
import re
from collections.abc import Callable

from mnist_bench.base import words
from mnist_bench.base.bytes import sha256_hex
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
from mnist_bench.devices.phone.folder import ENTER, FOLDER, FOREIGN, PREPARE

Progress = Callable[[int, int], None]
"""Is told bytes done and in all."""

# Each script has the folder as $1 and the file's name as $2; every foreign word comes as an argument, never as text.
_HASH = f'{ENTER} && sha256sum "./$2"'
# Into a folder of that name, `mv` would put the file.
_NAME_IT = f'{ENTER} && {{ [ ! -d "./$2" ] || rm -rf "./$2"; }} && mv -f "./$3" "./$2"'

_SECONDS = 10.0
_SLOWEST_TO_HASH = 4e6  # bytes per second, of a phone of 2016 that is hot
_SLOWEST_TO_SEND = 2.5e5  # bytes per second, over a poor Wi-Fi
_NO_SUCH_PROGRAM = 127
_LONGEST_COMPLAINT = 1000  # bytes, of a shell that misses a program
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_ATTEMPTS = 2  # to send it whole: somebody else who deploys to the same phone removes what is unfinished


def seconds_to_hash(size: int) -> float:
    """How long a phone may take to hash a file of `size` bytes."""
    return _SECONDS + size / _SLOWEST_TO_HASH


def hashes_in(text: str) -> tuple[str, ...]:
    """The hashes in what a phone says."""
    return tuple(_SHA256.findall(text))


def send(
    adb: Adb,
    serial: str,
    data: bytes,
    sha256: str,
    name: str,
    progress: Progress,
    accepts: Callable[[str], bool] = lambda _: True,
) -> None:
    """Send `data` to the folder's file `name`, which is replaced in one step once it has arrived whole, with this
    SHA-256.

    `accepts` may look at it before, under its temporary name; it is sent again where that is false. Raises PhoneFull,
    PhoneReadOnly, NotDeployable, what `accepts` raises, and what `Adb` raises.
    """
    for _ in range(_ATTEMPTS):
        run_script(adb, serial, PREPARE, f"made room for {name}")
        part = f".{name}-{os.urandom(4).hex()}.part"
        seconds = 30 + len(data) / _SLOWEST_TO_SEND
        try:
            adb.push(serial, data, f"{FOLDER}/{part}", mode=0o700, progress=progress, seconds=seconds)
        except AdbRefused as error:
            raise _storage_error(serial, error.message) from error
        if sha256 in _hashes_of(adb, serial, part, len(data)) and accepts(part):
            run_script(adb, serial, _NAME_IT, f"put {name} in its place", name, part)
            return
    raise NotDeployable(f"{name} was damaged on its way to {serial}.", advice="Deploy it again.")


def run_script(adb: Adb, serial: str, script: str, note: str, *names: str, seconds: float = _SECONDS) -> str:
    """A script's output; the error that its words tell where it fails."""
    result = adb.shell(serial, "sh", "-c", script, "sh", FOLDER, *names, seconds=seconds, note=note)
    if result.status != 0:
        raise _storage_error(serial, f"{result.errors} {result.output}".strip() or f"status {result.status}")
    return result.output


def _hashes_of(adb: Adb, serial: str, name: str, size: int) -> tuple[str, ...]:
    """The hashes in what the phone says of a file's sha256 or, where it has no program for that (Android 5), the one
    of the file read back.
    """
    seconds = seconds_to_hash(size)
    result = adb.shell(serial, "sh", "-c", _HASH, "sh", FOLDER, name, seconds=seconds, note="checked what arrived")
    if result.status != _NO_SUCH_PROGRAM:
        return hashes_in(result.output)
    parts = []
    with adb.open_exec(serial, f"cat {FOLDER}/{name}") as stream:  # a path of this program's own making
        stream.settimeout(seconds)
        try:
            while part := stream.recv(1 << 16):
                parts.append(part)
        except OSError as error:
            raise PhoneTimedOut(f"{serial} did not say within {words.seconds(seconds)} what it received.") from error
    said = b"".join(parts)
    if len(said) < min(size, _LONGEST_COMPLAINT) and b"not found" in said:
        raise NotDeployable(f"What arrived at {serial} cannot be checked: it has neither sha256sum nor cat.")
    return (sha256_hex(said),)


def _without_mark(said: str) -> str:
    return said.replace(FOREIGN, "").strip()


def _storage_error(serial: str, words: str) -> PhoneError:
    """What the phone's words on a file that it refuses mean."""
    said = one_line(words)
    low = said.lower()
    if "no space left" in low or "quota" in low:
        return PhoneFull(f"{serial} has no space left in /data/local/tmp.")
    if "read-only" in low:
        return PhoneReadOnly(f"{serial} does not let anything be written to /data/local/tmp: it is read-only.")
    if FOREIGN in low and "not found" not in low:  # a program that the script needs is missing
        return NotDeployable(
            f"{FOLDER} on {serial} belongs to another user of the phone.",
            advice=f"Remove it as that user: after `adb root`, for instance, with `adb shell rm -r {FOLDER}`.",
        )
    return NotDeployable(f"{serial} did not accept the runner. It says: {_without_mark(said)}.")
