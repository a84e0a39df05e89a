"""Sending a file to a phone (adb's sync service), with progress, cancel and the phone's own words where it refuses.

Source of the format: AOSP, packages/modules/adb, SYNC.TXT. adbutils' own drops what the phone says.
"""

import contextlib
import struct
import time
from collections.abc import Callable

from mnist_bench.base.errors import Cancelled
from mnist_bench.devices.phone.errors import AdbRefused
from mnist_bench.devices.phone.link import AdbLink

_CHUNK = 1 << 14  # bytes; the protocol allows 64 KiB, smaller ones make finer progress
_HEADER = struct.Struct("<4sI")
_REGULAR_FILE = 0o100000
_MAX_WORDS = 1 << 16


def send_file(
    link: AdbLink,
    data: bytes,
    path: str,
    mode: int,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> None:
    """Send `data` over a link that stands at the phone. AdbRefused with the phone's own words; Cancelled half-way.

    The phone removes a file that did not arrive whole.
    """
    link.ask("sync:")
    target = f"{path},{_REGULAR_FILE | mode}".encode()
    # A phone that refuses may close before everything is sent: what it says then is still there to be read.
    with contextlib.suppress(ConnectionError):
        link.send(_HEADER.pack(b"SEND", len(target)) + target)
        for start in range(0, len(data), _CHUNK):
            if cancelled():
                raise Cancelled("Cancelled.")
            chunk = data[start : start + _CHUNK]
            link.send(_HEADER.pack(b"DATA", len(chunk)) + chunk)
            progress(start + len(chunk), len(data))
        link.send(_HEADER.pack(b"DONE", int(time.time())))
    answer, size = _HEADER.unpack(link.exactly(_HEADER.size))
    if answer == b"FAIL":
        raise AdbRefused(link.exactly(min(size, _MAX_WORDS)).decode(errors="replace"))
    if answer != b"OKAY":
        raise AdbRefused(f"it answered {answer!r}")
