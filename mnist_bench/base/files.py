"""Reading files that anybody may have made, and writing files so that the last good one survives."""

import contextlib
import csv
import errno
import io
import itertools
import os
import re
import stat
import tempfile
import threading
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from mnist_bench.base.errors import InputError
from mnist_bench.base.text import printable
from mnist_bench.base.words import seconds, size

MEGABYTE = 1_000_000
ANSWER_SECONDS = 5.0  # for a disk to say whether a file is there


NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
"""Flags with which opening a named pipe or a terminal neither waits for its other end nor takes it over."""
_READING = os.O_RDONLY | NO_WAITING | getattr(os, "O_BINARY", 0)
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0)


class NotAFileError(OSError):
    """A folder, a device, a named pipe or a socket where an ordinary file should be."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "it is not an ordinary file")


def open_file(path: Path, *, follow_links: bool = True) -> BinaryIO:
    """An ordinary file, open for reading: the one way to read what a person names or what lies in a person's folder.

    Raises:
        NotAFileError: it is something else, of which nothing is read and for which nobody waits.
        OSError, ValueError: it is missing or cannot be read, its name is none, or it is a link and `follow_links` is
            false.
    """
    if not NO_WAITING and path.exists() and not path.is_file():  # Windows cannot open its devices without waiting
        raise NotAFileError
    try:
        descriptor = os.open(path, _READING | (0 if follow_links else _NO_LINKS))
    except OSError as error:
        raise NotAFileError if error.errno == errno.ENXIO else error from None  # a socket, or a device without a driver
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFileError
    return os.fdopen(descriptor, "rb")


def read_limited(path: Path, limit_bytes: int, what: str) -> bytes:
    """The bytes of an ordinary file of at most `limit_bytes`; `what` names its kind in errors ("picture").

    Raises:
        InputError: the file is missing, unreadable, not an ordinary file, or larger than the limit.
    """
    try:
        with open_ordinary(path, what) as file:
            # A read of the whole limit would reserve as much, whatever the file's size.
            data = file.read(min(os.fstat(file.fileno()).st_size, limit_bytes) + 1)
            if len(data) <= limit_bytes and (more := file.read(1)):  # it has grown, or is one of /proc, without a size
                data += more + file.read(limit_bytes - len(data))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from error
    if len(data) > limit_bytes:
        raise InputError(f"{path} is larger than {what} files may be ({size(limit_bytes)}).")
    return data


def open_ordinary(path: Path, what: str) -> BinaryIO:
    """As `open_file`, with an error for people; `what` names the file's kind in it.

    Raises:
        InputError: the file is missing, unreadable, or not an ordinary file.
    """
    try:
        return open_file(path)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.", advice="Check its name and folder.") from None
    except NotAFileError:
        raise InputError(f"{path} is not a file.", advice=f"Give the name of a {what} file.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from error


def stamp_of(path: Path) -> tuple[int, int]:
    """What changes when the file does; InputError where it is not there."""
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {reason(error)}.") from error
    return status.st_mtime_ns, status.st_size


def write_atomically(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a file whole or not at all: to a temporary name of its own beside it, to the disk, then swapped in.

    A link is followed, so that the file it names is the one replaced. `mode` sets the permissions (0o755); without it,
    a file that was there keeps its own.

    Raises:
        InputError: the folder is missing or may not be written, or the disk is full; the old file is untouched.
    """
    write_together({path: data}, mode=mode)


def write_together(contents: Mapping[Path, bytes], *, mode: int | None = None) -> None:
    """Write several files that belong together, as `write_atomically`: none is swapped in before all are on the disk.

    Raises InputError as `write_atomically`; the old files are untouched then.
    """
    temporaries: dict[Path, Path] = {}
    path = next(iter(contents))
    try:
        try:
            for path, data in contents.items():
                target = path.resolve()
                if target.exists() and not target.is_file():
                    raise NotAFileError
                temporary = temporaries[target] = target.with_name(f".mnist-bench-{os.urandom(8).hex()}.tmp")
                with temporary.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                kept = stat.S_IMODE(target.stat().st_mode) if mode is None and target.exists() else mode
                if kept is not None:
                    temporary.chmod(kept)
            for target, temporary in temporaries.items():
                temporary.replace(target)
        finally:
            for temporary in temporaries.values():
                temporary.unlink(missing_ok=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f"{path} cannot be written: {reason(error)}.", advice="Choose another folder, or free some space."
        ) from error


def csv_bytes(titles: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """A table as CSV, UTF-8 (RFC 4180, but lines end as Unix's do).

    A text that a spreadsheet would take for a formula gets an apostrophe in front, which says that it is a text.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in itertools.chain((titles,), rows):
        writer.writerow([_plain_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode()


@lru_cache(1000)  # a backend's id stands in each row of its samples
def _plain_cell(text: str) -> str:
    is_formula = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return printable(f"'{text}" if is_formula else text, keep="\n")


_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+@\-＝＋＠－]|[\t\r\n]")
"""How a text begins that a spreadsheet may evaluate (OWASP, "CSV Injection"); some skip white space in front."""
_NUMBER = re.compile(r"[+-]?[\d,.]+( [a-zA-Zµ%]+)?")
"""A number, which may have a unit: "-1.30 ms"."""


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it, where they are not there; InputError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be created: {reason(error)}.", advice="Check its permissions."
        ) from error


def check_answers(path: Path) -> None:
    """Raise InputError where a file's disk, such as a network share that is gone, doesn't say in time what is there.

    What it says is not judged.
    """

    def look() -> None:
        with contextlib.suppress(OSError, ValueError):
            path.stat()

    looking = threading.Thread(target=look, name="looking at a file", daemon=True)  # left behind if it never ends
    looking.start()
    looking.join(ANSWER_SECONDS)
    if looking.is_alive():
        message = f"{path} does not answer within {seconds(ANSWER_SECONDS)}."
        raise InputError(message, advice="Check the disk or network share that it is on.")


def is_gone(path: Path) -> bool:
    """Whether there is certainly no such file; a disk that doesn't answer, or lets nobody look, may have it."""
    try:
        check_answers(path)
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no file can have that name
        return True
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    except InputError:
        return False
    return False


def check_writable(folder: Path, room_bytes: int = 1) -> None:
    """Raise InputError where no file of this size can be written into `folder`."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(room_bytes))
            file.flush()
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be written: {reason(error)}.", advice="Choose another folder."
        ) from error


def reason(error: BaseException) -> str:
    """What an operating system's or a library's error says, in a few words and without a file's name."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (text or type(error).__name__).strip().rstrip(".").split("\n")[0][:200].lower()
