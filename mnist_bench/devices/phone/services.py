"""What is done over a link that stands at a phone: a command run to its end, and a file sent.

Sources: AOSP, packages/modules/adb, shell_protocol.h (`shell,v2`) and docs/dev/sync.md (`sync:`).
"""

import contextlib
import shlex
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from mnist_bench.base.text import one_line, whole_number
from mnist_bench.devices.phone.errors import AdbRefused, AdbTrouble
from mnist_bench.devices.phone.link import AdbLink

_SHELL_V2 = "shell,v2,raw:"  # Android 7 and later: output, errors and status come apart
_SHELL_V1 = "shell:"
_OUTPUT, _ERRORS, _STATUS = 1, 2, 3
_MAX_OUTPUT = 4 << 20  # bytes; nothing that is asked for here says as much
_MARK = "mnist-bench-status:"

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
    link.ask(_SHELL_V2 + shlex.join(words))
    texts = {_OUTPUT: bytearray(), _ERRORS: bytearray()}
    total = 0
    while True:
        kind, size = struct.unpack("<BI", link.exactly(5))
        total += size
        _check_size(total)
        data = link.exactly(size)
        if kind == _STATUS and data:
            return ShellResult(_text(texts[_OUTPUT]), _text(texts[_ERRORS]), data[0])
        if kind in texts:
            texts[kind] += data


def run_v1(link: AdbLink, words: tuple[str, ...]) -> ShellResult:
    """The same on older phones, where errors stand among the output."""
    try:
        link.ask(f"{_SHELL_V1}{shlex.join(words)}; echo {_MARK}$?")
    except AdbRefused as error:
        raise AdbTrouble(f"The phone has no shell for adb: {error.message}.") from error
    output = bytearray()
    while part := link.some():
        output += part
        _check_size(len(output))
    said, _, text = _text(output).replace("\r\n", "\n").rpartition(_MARK)
    status = whole_number(text.strip(), range(256))
    if status is None:  # it was cut off
        raise EOFError
    return ShellResult(said, "", status)


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


def _text(data: bytearray) -> str:
    return data.decode(errors="replace")
