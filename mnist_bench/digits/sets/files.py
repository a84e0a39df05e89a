"""Files by their names, in a folder or an archive: an archive is never unpacked to disk, and each read has a limit."""

import gzip
import io
import os
import posixpath
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, open_ordinary, reason
from mnist_bench.digits.sets.found import MAX_BYTES

GZIP_MAGIC = b"\x1f\x8b"
MOST_FILES = 300_000
"""In a folder with those below it, or in an archive."""
MOST_UNPACKED_BYTES = 2_000 * MEGABYTE
"""Of all that an archive says it holds."""
MOST_TAR_BYTES = 512 * MEGABYTE
"""A tar archive has no list: it is read once, from front to end, and what is in it kept in memory."""

_NO_DATA = {
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    "__macosx",
    "$recycle.bin",
    "lost+found",
}
"""What systems leave in people's folders, besides names that begin with a dot."""


class Unreadable(InputError):
    """A folder cannot be looked into."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder: the paths of its folders and of its files, by name."""

    folders: tuple[str, ...]
    files: tuple[str, ...]


class Files(Protocol):
    """Files in folders; a path has "/" between its parts, and "" is the top."""

    where: str
    """For people."""

    def children(self, folder: str) -> Listing:
        """What lies in a folder, without what systems leave there; InputError where it cannot be read."""
        ...

    def start(self, path: str, size: int) -> bytes:
        """The first bytes of a file, `size` or fewer; InputError where it cannot be read."""
        ...

    def open(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """The file, to be read with `with`; InputError where that is not possible, or it is no ordinary file."""
        ...


def listing_of(files: Files, folder: str) -> Listing | None:
    """What lies in a folder; None where it cannot be looked into."""
    try:
        return files.children(folder)
    except Unreadable:
        return None


def inside(files: Files, folder: str) -> Listing:
    """The same; nothing where it cannot be looked into."""
    return listing_of(files, folder) or Listing((), ())


def head(files: Files, path: str, size: int = 1024) -> bytes:
    """The first bytes of a file; none where it cannot be read."""
    try:
        return files.start(path, size)
    except InputError:
        return b""


def read_whole(files: Files, path: str, limit_bytes: int, what: str) -> bytes:
    """All bytes of a file, of at most `limit_bytes`; `what` names its kind in errors ("picture")."""
    with files.open(path) as file:
        size_bytes = file.seek(0, io.SEEK_END)
        file.seek(0)
        data = file.read(min(size_bytes, limit_bytes + 1))
    if len(data) > limit_bytes:
        raise InputError(f"{path} is too large for a {what} file (more than {words.size(limit_bytes)}).")
    return data


@contextmanager
def named(where: str) -> Iterator[None]:
    """Puts `where` in front of the message of an InputError that does not name it."""
    try:
        yield
    except InputError as error:
        if where in error.message:
            raise
        raise InputError(f"{where}: {error.message}", advice=error.advice) from error


class Folder:
    """A folder of this computer with those below it."""

    def __init__(self, root: Path) -> None:
        self.where = str(root)
        self._root = root
        self._listings: dict[str, Listing] = {}
        self._files = 0

    def children(self, folder: str) -> Listing:
        """What lies in a folder: links are followed."""
        if folder not in self._listings:
            self._listings[folder] = self._list(folder)
        return self._listings[folder]

    def _list(self, folder: str) -> Listing:
        folders, files = list[str](), list[str]()
        try:
            with os.scandir(self._root / folder) as entries:
                for entry in entries:
                    if _is_data(entry.name):
                        (folders if _is_folder(entry) else files).append(posixpath.join(folder, entry.name))
        except OSError as error:
            raise Unreadable(
                f"The folder {self._root / folder} cannot be read: {reason(error)}.", advice="Check its permissions."
            ) from error
        self._files += len(folders) + len(files)
        if self._files > MOST_FILES:
            raise _too_many(self.where)
        return Listing(tuple(sorted(folders)), tuple(sorted(files)))

    def start(self, path: str, size: int) -> bytes:
        """The first bytes of a file."""
        with self.open(path) as file:
            return file.read(size) or b""  # None where the system would let a read wait, as in /proc

    @contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """The file as it lies there."""
        try:
            with open_ordinary(self._root / path, "data") as file:
                yield file
        except OSError as error:
            raise InputError(f"{self._root / path} cannot be read: {reason(error)}.") from error


class Archive:
    """What a ZIP or tar archive holds, by the paths in it.

    Attributes:
        where: for people.
        outside: one of the paths that lead out of it ("../3/a.png", "/3/a.png"), which are left out; empty without any.
    """

    def __init__(self, where: str, names: Iterable[str]) -> None:
        self.where = where
        self.outside = ""
        self._listings: dict[str, tuple[set[str], set[str]]] = {"": (set(), set())}
        for name in names:
            parts = name.split("/")
            if parts[0] in ("", ".."):
                self.outside = self.outside or name
            if not all(map(_is_data, parts)):
                continue
            for depth in range(len(parts)):
                folder = "/".join(parts[:depth])
                folders, files = self._listings.setdefault(folder, (set(), set()))
                (files if depth == len(parts) - 1 else folders).add("/".join(parts[: depth + 1]))

    def children(self, folder: str) -> Listing:
        """What lies in a folder of it."""
        folders, files = self._listings.get(folder, ((), ()))
        return Listing(tuple(sorted(folders)), tuple(sorted(files)))


class ZipFiles(Archive):
    """A ZIP archive; an entry is unpacked when it is read, and no more of it than the archive's list says.

    Raises:
        InputError: it is damaged, or says that it holds more than the limits.
    """

    def __init__(self, where: str, file: IO[bytes]) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except Exception as error:  # zipfile raises whatever it stumbles over in a damaged file
            what = ".npz file" if where.lower().endswith(".npz") else "ZIP archive"  # an .npz file is one, too
            raise InputError(f"{where} is a damaged {what}.", advice="Get or make it again.") from error
        ordinary = (one for one in self._archive.infolist() if not one.is_dir())
        entries = {posixpath.normpath(one.filename.replace("\\", "/")): one for one in ordinary}
        if len(entries) > MOST_FILES:
            raise _too_many(where)
        if sum(one.file_size for one in entries.values()) > MOST_UNPACKED_BYTES:
            raise _too_much(where, MOST_UNPACKED_BYTES)
        self._entries = entries
        super().__init__(where, entries)

    @contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """The entry's bytes, in memory."""
        yield io.BytesIO(self.start(path, MAX_BYTES))

    def start(self, path: str, size: int) -> bytes:
        """What an entry holds, up to `size` bytes."""
        entry = self._entries[path]
        if entry.flag_bits & 1:
            raise InputError(f"{path} is protected by a password.", advice="Make the archive without one.")
        # Other methods of compression unpack as much as they like at once.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.file_size > MAX_BYTES:
            raise InputError(
                f"{path} is larger than {words.size(MAX_BYTES)}, or packed in an unusual way.",
                advice="Make the ZIP archive again with the usual method, deflate, or unpack it and name the folder.",
            )
        try:
            with self._archive.open(entry) as file:
                return file.read(min(size, entry.file_size))
        except Exception as error:  # as above
            raise InputError(f"{path} is damaged in the archive.", advice="Get or make it again.") from error


class TarFiles(Archive):
    """A tar archive, gzipped or not; only ordinary files in it count.

    Raises:
        InputError: it is damaged, or holds more than the limits.
    """

    def __init__(self, where: str, file: IO[bytes]) -> None:
        self._contents: dict[str, bytes] = {}
        total = 0
        try:
            with tarfile.open(fileobj=_Limited(where, unzipped(file)), mode="r|") as archive:
                for entry in archive:
                    if not entry.isreg():
                        continue
                    total += entry.size
                    if total > MOST_TAR_BYTES:
                        raise _too_much(where, MOST_TAR_BYTES)
                    if len(self._contents) >= MOST_FILES:
                        raise _too_many(where)
                    if (content := archive.extractfile(entry)) is not None:
                        self._contents[posixpath.normpath(entry.name)] = content.read()
        except InputError:
            raise
        except Exception as error:  # tarfile raises whatever it stumbles over in a damaged file
            raise InputError(f"{where} is a damaged tar archive.", advice="Get or make it again.") from error
        super().__init__(where, self._contents)

    def start(self, path: str, size: int) -> bytes:
        """The file's first bytes."""
        return self._contents[path][:size]

    @contextmanager
    def open(self, path: str) -> Iterator[IO[bytes]]:
        """The file's bytes."""
        yield io.BytesIO(self._contents[path])


class _Limited(io.RawIOBase):
    """Reads on from a stream, up to the limit of a tar archive: its headers alone may promise anything."""

    def __init__(self, where: str, stream: IO[bytes]) -> None:
        super().__init__()
        self._where = where
        self._stream = stream
        self._left = 2 * MOST_TAR_BYTES  # small files take a header and padding

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise _too_much(self._where, MOST_TAR_BYTES)
        return data


def unzipped(file: IO[bytes]) -> IO[bytes]:
    """What a file holds, read as it is unpacked where it is gzipped."""
    is_gzipped = file.read(2) == GZIP_MAGIC
    file.seek(0)
    return io.BufferedReader(gzip.GzipFile(fileobj=file)) if is_gzipped else file


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Whether it is a folder, or leads to one; a link to itself leads nowhere."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_data(name: str) -> bool:
    """Whether a part of a path can be a person's data."""
    return bool(name) and not name.startswith(".") and name.lower() not in _NO_DATA


def _too_many(where: str) -> InputError:
    return InputError(
        f"{where} holds more than {words.count(MOST_FILES)} files.", advice="Name the folder of the digits themselves."
    )


def _too_much(where: str, limit_bytes: int) -> InputError:
    return InputError(
        f"{where} holds more than {words.size(limit_bytes)} unpacked.",
        advice="Unpack it, and name the folder with the digits.",
    )
