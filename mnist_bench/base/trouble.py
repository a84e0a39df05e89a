"""Recognises what the system lacks, whatever a library says of it: memory, a file that can be used, room on a disk."""

import errno
import mmap
import os
import re
import sys
from collections.abc import Sequence
from types import ModuleType

from mnist_bench.base.errors import SystemTrouble
from mnist_bench.base.files import reason
from mnist_bench.base.text import one_line

if sys.platform != "win32":
    import resource

_SCIPY_BYTES = 120_000_000  # of address space; its image processing and statistics take 95 MB

MEMORY_ADVICE = "Close other programs, or raise the memory limit (ulimit -v)."

_NO_THREAD = "can't start new thread"  # for want of memory, or at a limit on processes: Python doesn't tell
_NO_MEMORY = re.compile(
    r"failed to map segment|can(no|.)t allocate memory|can't start new thread|not enough memory|unable to allocate"
    r"|out of memory|bad_alloc|\bMemoryError\b|memory allocation",
    re.IGNORECASE,
)


def trouble_of(error: BaseException) -> SystemTrouble | None:
    """The system's part in an error that nobody expected, for people; None where it has none."""
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error) and not _is_memory_limited():
        advice = "Close other programs, or raise the limit on processes (ulimit -u, docker's --pids-limit)."
        return SystemTrouble("The system starts no more threads.", advice=advice)
    if is_no_memory(error):
        return SystemTrouble("There isn't enough memory.", advice=MEMORY_ADVICE)
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return SystemTrouble("Too many files are open.", advice="Raise the limit (ulimit -n).")
    if isinstance(error, BlockingIOError):  # fork(2)'s word for it
        return SystemTrouble("The system starts no more processes.", advice="Close other programs.")
    if isinstance(error, OSError) and error.filename is not None:
        return SystemTrouble(f"{error.filename} cannot be used: {reason(error)}.", advice="Choose another.")
    return None


def told(error: BaseException) -> str:
    """An error that nobody expected, in a sentence: the system's part in it, with advice; else its own words."""
    return str(trouble_of(error) or f"{one_line(str(error)) or type(error).__name__}.")


def save_memory(needed_bytes: int) -> None:
    """Where memory is limited (`ulimit -v`), use few threads, and raise OSError where `needed_bytes` are not to be had.

    To be called before libraries are loaded: OpenBLAS waits for ever, or ends the program, where its threads find none.
    """
    if not _is_memory_limited():
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    mmap.mmap(-1, needed_bytes).close()
    if not any(isinstance(finder, _RoomForScipy) for finder in sys.meta_path):
        sys.meta_path.insert(0, _RoomForScipy())


def _is_memory_limited() -> bool:
    return sys.platform != "win32" and resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


class _RoomForScipy:
    """Finds no module, but raises OSError where SciPy is about to be loaded into too little memory: it would hang."""

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> None:
        if name == "scipy":
            mmap.mmap(-1, _SCIPY_BYTES).close()


def is_no_memory(error: BaseException | None) -> bool:
    """Whether `error`, or what caused it, is that there was not enough memory."""
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
            return True
        if isinstance(error, ImportError | RuntimeError | OSError) and tells_of_no_memory(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def tells_of_no_memory(text: str) -> bool:
    """Whether a library's or a program's last words say that there was not enough memory."""
    return _NO_MEMORY.search(text) is not None
