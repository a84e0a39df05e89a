"""Why adb, or its server, does not start: the one line that tells it among all that adb writes, and what to do."""

import errno
import os
import re

from mnist_bench.base.files import reason
from mnist_bench.base.text import one_line
from mnist_bench.devices.phone.errors import AdbTrouble, NoAdb

# adb's log, which it prints where its server ends at once: "adb F 08-10 03:39:45 15195 15195 main.cpp:155] TEXT", and
# since version 35 "08-10 03:39:45.123 15195 15195 F adb     : main.cpp:155 TEXT". Other lines that say why begin with
# "error:" or "adb:"; but the last of all, "error: cannot connect to daemon", only says that it did not start.
_FATAL = (
    re.compile(r"^adb F .*?\] (.+)$", re.MULTILINE),
    re.compile(r"\bF adb\s*: (?:\S+:\d+\]? )?(.+)$", re.MULTILINE),
    re.compile(r"^(?:\S+: )?(error while loading shared libraries: .+)$", re.MULTILINE),
    re.compile(r"^(?:adb: )?error: (?!cannot connect to daemon)(.+)$", re.MULTILINE),
    re.compile(r"^adb: (.+)$", re.MULTILINE),
)
# What adb says of every start, and of every one that fails.
_SAYS_NOTHING = re.compile(
    r"\* |--- |ADB server didn't ACK|Full server startup log|Server had pid|error: cannot conn|adb I |[-:. \d]+ I adb "
)

_OTHER_ADB = "Install another adb, and name it in ADBUTILS_ADB_PATH."


def no_start(said: str, status: int, port: int) -> AdbTrouble:
    """Why `adb start-server`, which said this and ended with this status, started no server at this port."""
    fatal = _fatal_line(said.replace("\r\n", "\n"))
    why = fatal or f"it {_end_of(status)}"
    low = why.lower()
    message = f"The adb server did not start: {why.rstrip('.')}."
    advices = (advice for clues, advice in _advices(port) if any(clue in low for clue in clues))
    if not fatal and status <= 0:
        return AdbTrouble(message, advice=f"This adb is broken, or isn't adb. {_OTHER_ADB}")
    return AdbTrouble(message, advice=next(advices, AdbTrouble.advice))


def _end_of(status: int) -> str:
    """How a program ended, by its status as `subprocess` gives it."""
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"


def _fatal_line(text: str) -> str:
    fatal = next((found[1] for pattern in _FATAL if (found := pattern.search(text))), None)
    if fatal is None:
        fatal = " ".join(line for line in text.splitlines() if not _SAYS_NOTHING.match(line))
    return one_line(fatal)


def _advices(port: int) -> tuple[tuple[tuple[str, ...], str], ...]:
    """What to do by words of the fatal line, the first that fit."""
    return (
        (("shared librar", "libusb"), f"This adb is incomplete. {_OTHER_ADB}"),
        (
            ("listener: permission denied", "listener: operation not permitted"),
            f"This adb may not open a port: it is confined, as a snap is. {_OTHER_ADB}",
        ),
        (("smartsocket", "cannot bind", "address already in use"), taken_port_advice(port)),
        (
            (".android", "adbkey", "user key", "home directory"),
            "adb keeps its key in the folder .android of your home: set HOME to a folder that you can write to.",
        ),
        (
            ("cannot open", "cannot redirect"),
            "adb writes its log to the folder for temporary files: set TMPDIR to one that you can write to.",
        ),
        (("doesn't match",), "Let all programs use the same adb; ADBUTILS_ADB_PATH names it."),
    )


def taken_port_advice(port: int) -> str:
    """What to do where another program listens at the port of adb's server."""
    return f"If another program uses port {port}, end it, or choose another port in ANDROID_ADB_SERVER_PORT."


def cannot_run(program: str, error: OSError) -> NoAdb:
    """Why the system does not start the program that is taken for adb."""
    if os.path.lexists(program) and not os.path.isfile(program):  # noqa: PTH113 - pathlib's raises errors
        message = f"The program {program} cannot be started: it is not a file."
        return NoAdb(message, advice="Name the program itself in ADBUTILS_ADB_PATH.")
    message = f"The program {program} cannot be started: {reason(error)}."
    if error.errno == errno.EACCES:
        return NoAdb(message, advice="Make it executable (chmod +x), or name another adb in ADBUTILS_ADB_PATH.")
    # What is there, and yet not found, is the loader that it asks for: that of 32-bit programs, for instance.
    if error.errno == errno.ENOEXEC or (error.errno == errno.ENOENT and os.path.isfile(program)):  # noqa: PTH113
        return NoAdb(message, advice=f"It is made for another kind of computer. {_OTHER_ADB}")
    return NoAdb(message)
