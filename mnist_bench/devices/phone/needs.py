"""What phones need on this computer, and whether it is there: adb, its server, permission to open USB devices."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from mnist_bench.base import words
from mnist_bench.base.text import one_line
from mnist_bench.devices.access import Fact
from mnist_bench.devices.phone.adb import Adb
from mnist_bench.devices.phone.errors import NoAdb, NoServer, PhoneError
from mnist_bench.devices.phone.remembered import remembered
from mnist_bench.devices.phone.server import find_adb
from mnist_bench.devices.phone.server_trouble import cannot_run

_PROGRAM_SECONDS = 5.0
_RULES_FOLDERS = tuple(
    Path(folder) for folder in ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
)
_GROUP = "plugdev"


def needs(adb: Adb) -> Iterator[Fact]:
    """All of it, one after the other; nothing is started but `adb version`."""
    protocol = None
    try:
        program = find_adb()
        yield Fact("adb program", program)
        said = _version(program)
        yield Fact("adb version", said)
        protocol = re.search(r"\bversion 1\.0\.(\d+)", said)
    except NoAdb as error:
        yield Fact("adb program", str(error), is_problem=True)
    yield _server(adb, int(protocol[1]) if protocol else None)
    yield Fact("remembered addresses", words.count(len(remembered())))
    if sys.platform == "linux":
        yield udev_rules()
        yield group_words()


def _version(program: str) -> str:
    """What `adb version` says; NoAdb where it cannot be run."""
    try:
        done = subprocess.run(
            (program, "version"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PROGRAM_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired as error:
        raise NoAdb(f"`adb version` did not end within {words.seconds(_PROGRAM_SECONDS)}.") from error
    except OSError as error:
        raise cannot_run(program, error) from error
    said = one_line(", ".join(done.stdout.decode(errors="replace").splitlines()[:2]))  # where it lies is known
    if done.returncode != 0:
        raise NoAdb(f"`adb version` failed with status {done.returncode}: {said or 'it said nothing'}.")
    return said


def _server(adb: Adb, program_speaks: int | None) -> Fact:
    """Whether adb's server runs, and whether it is of the program's own version."""
    name = f"adb server, port {adb.port}"
    try:
        version = adb.server_version()
    except NoServer:
        return Fact(name, "not running; `mnist-bench phones` starts it")
    except PhoneError as error:
        return Fact(name, str(error), is_problem=True)
    if program_speaks is not None and version != program_speaks:
        return Fact(
            name,
            f"running, but its version is 1.0.{version}, not the program's: each adb ends the other's server."
            " Let all programs use the same adb (ADBUTILS_ADB_PATH names it).",
            is_problem=True,
        )
    return Fact(name, f"running, version 1.0.{version}")


def udev_rules(folders: Sequence[Path] = _RULES_FOLDERS) -> Fact:
    """The rules by which Linux lets users open Android's USB devices."""
    found = sorted({path.name for folder in folders for path in folder.glob("*android*.rules")})
    if found:
        return Fact("udev rules", ", ".join(found))
    return Fact(
        "udev rules",
        "none for Android; if a phone is “not permitted”: sudo apt-get install android-sdk-platform-tools-common,"
        " or your system's package of such rules",
    )


def group_words() -> Fact:
    """Whether this user is in the group that such rules let open USB devices."""
    import grp  # there is none on Windows

    name = f"group {_GROUP}"
    try:
        group = grp.getgrnam(_GROUP)
    except KeyError:
        return Fact(name, "does not exist; this system's rules do not use it")
    if os.geteuid() == 0:
        return Fact(name, "not needed: running as root")
    if group.gr_gid in (os.getegid(), *os.getgroups()):
        return Fact(name, "this user is in it")
    if _user_name() in group.gr_mem:
        return Fact(name, "this user is in it from the next login on: log out, and in again")
    return Fact(name, f"this user is not in it; if a phone is “not permitted”: sudo usermod -aG {_GROUP} $USER")


def _user_name() -> str:
    import pwd  # there is none on Windows

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return ""
