"""What is done over a link that stands at a phone: a command run to its end, a stream held open, and a file sent.

Phones say more than they are asked: some greet, and Android 5 and 6 put warnings of the linker among the output. So the
shell first says a line of ours, and what stands before it is passed over; the linker's lines are left out anywhere.

Sources: AOSP, packages/modules/adb, shell_protocol.h (`shell,v2`) and docs/dev/sync.md (`sync:`).
"""

import contextlib
import re
import shlex
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from mnist_bench.base.text import one_line, whole_number
from mnist_bench.devices.phone.errors import AdbRefused, AdbTrouble
from mnist_bench.devices.phone.link import AdbLink

_SHELL_V2 = "shell,v2,raw:"  # Android 7 and later: output, errors and status come apart
_SHELL_V1 = "shell:"
_OUTPUT, _ERRORS, _STATUS = 1, 2, 3
_MAX_OUTPUT = 4 << 20  # bytes; nothing that is asked for here says as much
_EXEC = "exec:"
_BEGIN = "mnist-bench-begin"
_STATUS_LINE = re.compile(r"mnist-bench-status:([0-9]{1,3})$", re.MULTILINE)
_LINKER = re.compile(r"^WARNING: linker: .*\n?", re.MULTILINE)
_MAX_CHATTER = 1 << 16  # bytes

_SYNC_HEADER = struct.Struct("<4sI")
_CHUNK = 1 << 14  # bytes; the protocol allows 64 KiB, smaller ones make finer progress
_REGULAR_FILE = 0o100000
_MAX_REASON = 1 << 16  # bytes


@dataclass(frozen=True, slots=True)
class ShellResult:
    """What a command wrote and its exit status, 128 + N where signal N ended it."""

    output: str
    errors: str
    status: int


def run_v2(link: AdbLink, words: tuple[str, ...]) -> ShellResult:
    """Run a command on the phone; AdbRefused where the phone does not know this service."""
    try:
        link.ask(f"{_SHELL_V2}echo {_BEGIN}; {shlex.join(words)}")
    except (EOFError, ConnectionError) as error:  # some old phones hang up on what they do not know
        raise AdbRefused("it hung up") from error
    texts = {_OUTPUT: bytearray(), _ERRORS: bytearray()}
    total = 0
    while True:
        kind, size = struct.unpack("<BI", link.exactly(5))
        total += size
        _check_size(total)
        data = link.exactly(size)
        if kind == _STATUS and data:
            return ShellResult(_said(texts[_OUTPUT]), _said(texts[_ERRORS]), data[0])
        if kind in texts:
            texts[kind] += data


def run_v1(link: AdbLink, words: tuple[str, ...]) -> ShellResult:
    """The same on older phones, where errors stand among the output."""
    try:
        link.ask(f"{_SHELL_V1}echo {_BEGIN}; {shlex.join(words)}; echo mnist-bench-status:$?")
    except AdbRefused as error:
        raise AdbTrouble(f"The phone has no shell for adb: {error.message}.") from error
    output = bytearray()
    while part := link.some():
        output += part
        _check_size(len(output))
    said = _said(output)
    last = deque(_STATUS_LINE.finditer(said), maxlen=1)
    status = whole_number(last[0][1], range(256)) if last else None
    if status is None:  # it was cut off
        raise EOFError
    return ShellResult(said[: last[0].start()], "", status)


def begin_stream(link: AdbLink, line: str) -> None:
    """Run a shell's line whose input and output are the link from here on.

    AdbRefused where the phone does not know this service.
    """
    link.ask(f"{_EXEC}echo {_BEGIN}; {line}")
    link.pass_over(_BEGIN.encode(), _MAX_CHATTER)


def send_file(link: AdbLink, data: bytes, path: str, mode: int, progress: Callable[[int, int], None]) -> None:
    """Send `data` to a file on the phone, which removes it where it does not arrive whole.

    AdbRefused has the phone's own words.
    """
    link.ask("sync:")
    target = f"{path},{_REGULAR_FILE | mode}".encode()
    # A phone that refuses may close before everything is sent: what it says then is still there to be read.
    with contextlib.suppress(ConnectionError):
        link.send(_SYNC_HEADER.pack(b"SEND", len(target)) + target)
        for start in range(0, len(data), _CHUNK):
            chunk = data[start : start + _CHUNK]
            link.send(_SYNC_HEADER.pack(b"DATA", len(chunk)) + chunk)
            progress(start + len(chunk), len(data))
        link.send(_SYNC_HEADER.pack(b"DONE", int(time.time())) + _SYNC_HEADER.pack(b"QUIT", 0))
    answer, size = _SYNC_HEADER.unpack(link.exactly(_SYNC_HEADER.size))
    if answer == b"FAIL":
        raise AdbRefused(one_line(link.exactly(min(size, _MAX_REASON)).decode(errors="replace")))
    if answer != b"OKAY":
        raise AdbRefused(f"it answered {answer!r}")


def _check_size(total: int) -> None:
    if total > _MAX_OUTPUT:
        raise AdbTrouble(f"The phone's shell wrote more than {_MAX_OUTPUT >> 20} MiB, and was given up.")


def _said(data: bytearray) -> str:
    """What a command said, without what stands before it, and without what the linker put between."""
    text = re.sub(r"(?<!\r)\r+\n", "\n", data.decode(errors="replace"))  # each run of \r is looked at once
    before, begin, after = text.partition(f"{_BEGIN}\n")
    return _LINKER.sub("", after if begin else before)
