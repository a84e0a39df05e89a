"""Locks that nobody waits for longer than they want: one that processes share, and one that threads share."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.files import NO_WAITING

_LOOK_SECONDS = 0.02


@contextmanager
def held(lock: threading.Lock, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Hold the lock; Cancelled soon after `cancelled` is true while another thread holds it."""
    while not lock.acquire(timeout=_LOOK_SECONDS):
        if cancelled():
            raise Cancelled("Cancelled.")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def locked(path: Path, limit_s: float = 2.0) -> Iterator[None]:
    """Hold the lock of the file `path`, to read it, change it and write it back: a lock on a file beside it.

    Threads and processes exclude each other; the system releases the lock of a process that dies. Raises TimeoutError
    where another holds it for `limit_s`, and OSError where the folder cannot be written.
    """
    deadline = time.monotonic() + limit_s
    lock = path.with_name(f"{path.name}.lock")
    with os.fdopen(os.open(lock, os.O_WRONLY | os.O_CREAT | NO_WAITING, 0o666), "wb") as file:
        while not _try_to_lock(file.fileno()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is locked by another process")
            time.sleep(_LOOK_SECONDS)
        yield  # closing the file releases the lock


if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_to_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
