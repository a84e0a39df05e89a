"""An engine's library on a phone, beside the runner that opens it: which one fits the phone, and bringing it there."""

import re
from collections.abc import Sequence

from mnist_bench.base import words
from mnist_bench.base.files import read_limited
from mnist_bench.base.text import one_line
from mnist_bench.devices import libraries
from mnist_bench.devices.device import NeededLibrary
from mnist_bench.devices.errors import RunnerUnavailable
from mnist_bench.devices.libraries import ANDROID, Library
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import NotDeployable, PhoneFull
from mnist_bench.devices.phone.facts import PhoneFacts, read_facts
from mnist_bench.devices.phone.folder import ENTER, FOLDER
from mnist_bench.devices.phone.sending import Progress, hashes_in, run_script, seconds_to_hash, send

_OLDEST_SDK = 24  # Android 7: the libraries of both engines want what its C library has
_MAX_BYTES = 300_000_000

_LOOK = f'{ENTER} && [ -f "./$2" ] && [ -O "./$2" ] && sha256sum "./$2"; exit 0'
_ROOM = 'df -k "$1" 2>/dev/null; exit 0'
_AVAILABLE = re.compile(r"\s([0-9]{1,15})\s+[0-9]{1,3}%\s+/\S*\s*\Z")  # KiB; then the part that is used, and the place


def fitting_library(adb: Adb, serial: str, abis: Sequence[str], needed: NeededLibrary) -> Library:
    """The installed library for a phone that executes `abis`, hashed and found to be what was installed.

    Raises NotDeployable where the engine has none for its processor or its Android, RunnerUnavailable where it is not
    installed, or is not what was installed, and what `Adb.shell` raises.
    """
    # Of the first ABI alone: whatever else an emulator executes it translates, which says nothing of any phone.
    abi = next((f"{ANDROID}{one}" for one in abis[:1]), "")
    if abi not in needed.abis:
        known = ", ".join(abis) or "it does not say what"
        raise NotDeployable(
            f"There is no {needed.title} for {serial}'s processor (it executes {known}).",
            advice="Choose another backend, such as native.",
        )
    _check_version(read_facts(adb, serial), serial, needed.title)
    found = libraries.find(needed.name, abi)
    if found is None:
        raise RunnerUnavailable(f"{needed.title} for {serial} is not installed.", advice=needed.advice(abi))
    return found


def bring_library(adb: Adb, serial: str, library: Library, progress: Progress) -> bool:
    """Make sure that the phone has this library, and that it is whole; whether it had to be sent.

    Raises PhoneFull before anything is sent where there is no room, and what `send` raises.
    """
    size, name = library.path.stat().st_size, file_name(library)
    output = run_script(adb, serial, _LOOK, f"looked for {name}", name, seconds=seconds_to_hash(size))
    if library.sha256 in hashes_in(output):
        return False
    free = _AVAILABLE.search(run_script(adb, serial, _ROOM, "asked for its room"))
    if free is not None and 1024 * int(free[1]) < size:
        raise PhoneFull(
            f"{serial} has {words.size(1024 * int(free[1]))} free in /data/local/tmp, and {name} needs "
            f"{words.size(size)}.",
            advice="Free some space on the phone.",
        )
    data = read_limited(library.path, _MAX_BYTES, "library")
    send(adb, serial, data, library.sha256, name, progress)
    return True


def file_name(library: Library) -> str:
    """Its name on a phone: the engine's, so that another version takes its place."""
    return f"{library.name}.so"


def options_for(library: Library) -> tuple[str, ...]:
    """What the runner is told of the library that it opens."""
    return library.name, f"{FOLDER}/{file_name(library)}", "--engine-version", library.version


def _check_version(facts: PhoneFacts, serial: str, title: str) -> None:
    if facts.sdk is not None and facts.sdk < _OLDEST_SDK:
        has = f"Android {one_line(facts.android, 20)}" if facts.android else "an older one"
        raise NotDeployable(
            f"{title} needs Android 7 or later; {serial} has {has}.", advice="Choose another backend, such as native."
        )
