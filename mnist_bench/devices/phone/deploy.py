"""Copies the runner to a phone, checks it there before it gets its name, and removes it again."""

import contextlib
import logging
import re
import threading
from collections import defaultdict
from dataclasses import dataclass, replace

from mnist_bench.base import locations
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.locks import held
from mnist_bench.base.text import one_line
from mnist_bench.devices import libraries
from mnist_bench.devices.device import NeededLibrary
from mnist_bench.devices.libraries import ANDROID, Library
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.engine_library import bring_library, fitting_library
from mnist_bench.devices.phone.errors import DoesNotStart, NotDeployable
from mnist_bench.devices.phone.folder import ENTER, FOLDER, FOREIGN, TIDY
from mnist_bench.devices.phone.sending import Progress, hashes_in, run_script, send

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
_IS_GONE = 100
_TRY = f"""
{ENTER} || exit
chmod 700 "./$2" 2>/dev/null
"./$2" --version >/dev/null && exit
status=$?
[ -e "./$2" ] || exit {_IS_GONE}
rm -f "./$2"
exit $status
"""
_REMOVE = f"""
[ -e "$1" ] || exit 0
chmod 700 "$1" 2>/dev/null
rm -rf "$1" && echo removed && exit
[ -O "$1" ] || echo {FOREIGN}
exit 1
"""

_SECONDS = 10.0
_ABI = re.compile(r"[A-Za-z0-9_-]{1,40}")  # it becomes part of a path
_MOST_ABIS = 20
_LONGEST = 8000  # characters of what a phone tells of itself

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
    """The runner on a phone: its path there, its instruction set, its size, and whether it had to be sent.

    `library`: what lies beside it for it to open, if anything; its size and whether it had to be sent count as well.
    """

    program: str
    abi: str
    pushed: bool
    bytes: int
    library: Library | None = None


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
    progress: Progress = lambda _done, _total: None,
    *,
    name: str = locations.NATIVE_RUNNER,
    library: NeededLibrary | None = None,
) -> Deployed:
    """Make sure that the phone has this version's runner, the program `name`, and the `library` that it opens, if any.
    `progress` is told bytes done and in all, where one is sent. Where the phone does not start the first of its
    instruction sets, the next one is sent.

    Whatever happens half-way, a name on the phone is never on something that was not checked, and the next call puts
    right what is left. Raises PhoneFull, PhoneReadOnly, NotDeployable, RunnerUnavailable where the library is not
    installed, and what `Adb` raises.
    """
    with held(_locks[serial], adb.is_cancelled):
        seen = _look(adb, serial, name)
        if library is None:
            return _deploy_runner(adb, serial, seen, name, progress)
        found = fitting_library(adb, serial, seen.abis, library)
        return _deploy_library(adb, serial, seen, name, found, progress)


def deploy_all(
    adb: Adb, serial: str, progress: Progress = lambda _done, _total: None
) -> tuple[Deployed, tuple[Library, ...]]:
    """Make sure that the phone has the native runner, and of each engine that is installed for phones like it what that
    needs there; what of it is there now. Raises what `deploy` raises, but an engine that does not fit is left out.
    """
    own = deploy(adb, serial, progress)
    engines = []
    for library in libraries.installed():
        if library.abi == f"{ANDROID}{own.abi}":
            needed = NeededLibrary(library.name, library.title or library.name, (library.abi,))
            with contextlib.suppress(NotDeployable):
                deploy(adb, serial, progress, name=locations.LIBRARY_RUNNER, library=needed)
                engines.append(library)
    return own, tuple(engines)


def _deploy_library(adb: Adb, serial: str, seen: _Seen, name: str, library: Library, progress: Progress) -> Deployed:
    runner = _deploy_runner(adb, serial, replace(seen, abis=(library.abi,)), name, progress)
    pushed = bring_library(adb, serial, library, progress)
    size = runner.bytes + library.path.stat().st_size
    return replace(runner, pushed=runner.pushed or pushed, bytes=size, library=library)


def _deploy_runner(adb: Adb, serial: str, seen: _Seen, name: str, progress: Progress) -> Deployed:
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
        run_script(adb, serial, _TIDY, "removed what was left")


def remove(adb: Adb, serial: str) -> bool:
    """Remove everything that was brought to the phone; whether there was anything."""
    with held(_locks[serial], adb.is_cancelled):
        return "removed" in run_script(adb, serial, _REMOVE, "removed the runner")


def _look(adb: Adb, serial: str, name: str) -> _Seen:
    """What the phone says of itself, and of the runner that it has."""
    output = run_script(adb, serial, _LOOK, "looked for the runner", name)
    told = re.search(r"^abis=(.*?)^machine=(.*?)(?:^sha256=(.*))?\Z", output[:_LONGEST], re.MULTILINE | re.DOTALL)
    abis, machine, sha256 = told.groups(default="") if told else ("", "", "")
    known = _abis(abis) or _abis(_ABIS_OF.get(machine.strip(), machine))
    return _Seen(known, hashes_in(sha256))


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


def _bring(adb: Adb, serial: str, program: _Program, name: str, progress: Progress) -> None:
    """Send a program, which starts before it gets its name; DoesNotStart where it does not."""
    send(adb, serial, program.data, program.sha256, name, progress, lambda part: _starts(adb, serial, part))


def _starts(adb: Adb, serial: str, name: str) -> bool:
    """Start the program once; False where it is gone, DoesNotStart where the phone does not run it."""
    result = adb.shell(serial, "sh", "-c", _TRY, "sh", FOLDER, name, seconds=_SECONDS, note="tried the runner")
    if result.status not in (0, _IS_GONE):
        said = one_line(result.errors or result.output) or f"status {result.status}"
        raise DoesNotStart(f"{serial} does not run programs from /data/local/tmp. It says: {said}.")
    return result.status == 0
