"""The store of installed engine libraries: what runners open, each with a record of what it is.

A library is one shared library, or of an engine of Python a folder of packages that its runner alone imports.

Each lies in a folder of its own, NAME-ABI, inside a folder of the cache that is its user's own and closed to others:
whoever could write there could swap a library between its check and its start.
"""

import contextlib
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import NotAFileError, make_folder, open_file, read_limited, reason
from mnist_bench.base.locks import locked
from mnist_bench.devices.errors import RunnerUnavailable

ANDROID = "android-"
"""What stands in front of an ABI for programs and libraries that Android's own linker starts."""

_RECORD = "record.json"
_MAX_RECORD_BYTES = 20_000
_TEMPORARY = ".part-"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")  # it becomes part of a path


@dataclass(frozen=True, slots=True)
class Library:
    """What is known of an installed library; raises ValueError for a record that cannot be right.

    Attributes:
        name: of the engine, such as "litert".
        abi: what it runs on: as `locations.runner_program` takes it, with ANDROID in front for Android's.
        version: the engine's.
        file: its name in its folder.
        sha256: what `hash_of` says of it.
        package: the name of the wheel or other archive that it came out of.
        licence: under which it may be used, such as "Apache-2.0".
        title: the engine's as people write it, such as "LiteRT"; records that know none are read as `name`.
    """

    name: str
    abi: str
    version: str
    file: str
    sha256: str
    package: str
    licence: str
    title: str = ""

    def __post_init__(self) -> None:
        if not all(isinstance(getattr(self, each.name), str) for each in fields(self)):
            raise ValueError("a value is no text")
        if not all(map(_PLAIN_NAME.fullmatch, (self.name, self.abi, self.file))) or self.file == _RECORD:
            raise ValueError("a name is none of a file")

    @property
    def words(self) -> str:
        """The engine with its version: "LiteRT 2.3.0"."""
        return f"{self.title or self.name} {self.version}"

    @property
    def folder(self) -> Path:
        """Where it lies, with its record, licence and notices beside it."""
        return _folder_of(self.name, self.abi)

    @property
    def path(self) -> Path:
        """The library itself: a file, or a folder of packages."""
        return self.folder / self.file


def store() -> Path:
    """The folder that holds all of them."""
    return locations.cache_dir() / "engines"


def look(name: str, abi: str) -> Library | None:
    """The library of that name for `abi`, by its record; None where it is not installed. It is not checked."""
    return _read(_folder_of(name, abi))


def installed() -> tuple[Library, ...]:
    """All that are installed, by name; none of them is checked."""
    found = filter(None, map(_read, store().glob("*-*")))
    return tuple(sorted(found, key=lambda library: (library.name, library.abi)))


def find(name: str, abi: str) -> Library | None:
    """The library of that name for `abi`, hashed and found to be what was installed; None where it is not installed.

    Ask again at each start. Raises RunnerUnavailable where it is not what was installed, or others may change it.
    """
    library = look(name, abi)
    if library is None:
        return None
    advice = f"Install it again: mnist-bench engines install {name} --for {abi}"
    if (why := _not_closed(store())) is not None:
        raise RunnerUnavailable(
            f"{store()} {why}, so nothing in it is opened.", advice=f"{advice} (which removes all that is in there)."
        )
    try:
        sha256 = _hash_of_folder(library.path) if library.path.is_dir() else _hash(library.path)
    except OSError as error:
        raise RunnerUnavailable(f"{library.path} cannot be read: {reason(error)}.", advice=advice) from error
    if sha256 != library.sha256:
        raise RunnerUnavailable(f"{library.path} has changed since it was installed.", advice=advice)
    return library


@contextlib.contextmanager
def changing() -> Iterator[Path]:
    """A temporary folder to prepare a library in, which is gone afterwards; meanwhile nobody else changes the store.

    What earlier changes left that were cut short is removed. Raises InputError where somebody else changes it, or it
    cannot be written.
    """
    folder = store()
    try:
        _make_closed(folder)
        with locked(folder / "store", 0.0):
            for left in folder.glob(f"{_TEMPORARY}*"):
                shutil.rmtree(left, ignore_errors=True)
            temporary = folder / f"{_TEMPORARY}{os.urandom(8).hex()}"
            temporary.mkdir(mode=0o700)
            try:
                yield temporary
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    except TimeoutError:
        raise InputError(
            "Another mnist-bench is installing or removing an engine.", advice="Wait until it is done."
        ) from None
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {reason(error)}.", advice="Free some space, or check its permissions."
        ) from error


Content = bytes | Mapping[str, bytes]
"""Of a library: a file's bytes, or those of each file of a folder by its path in it, "package/module.py"."""


def put(temporary: Path, library: Library, content: Content, notices: Mapping[str, bytes]) -> None:
    """Install a library of this content, in place of one that is there, inside `changing`, which gave `temporary`.

    `notices` are the texts that must stand beside it, by their files' names. Raises OSError where it cannot be written;
    what was there stays then.
    """
    ready, old = temporary / "ready", temporary / "old"
    ready.mkdir(mode=0o700)
    files: dict[str, bytes] = {Path(name).name: data for name, data in notices.items()}
    if isinstance(content, bytes):
        files[library.file] = content
    else:
        _write_folder(ready / library.file, content)
    files[_RECORD] = json.dumps(asdict(library), indent=1).encode()
    for name, data in files.items():
        with (ready / name).open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    with contextlib.suppress(FileNotFoundError):
        library.folder.rename(old)
    try:
        ready.rename(library.folder)
    except OSError:
        if old.exists():
            old.rename(library.folder)
        raise


def remove(name: str, abi: str) -> bool:
    """Remove a library and all that lies beside it; whether it was there. Raises InputError where that cannot be."""
    folder = _folder_of(name, abi)
    if not folder.exists():
        return False
    with changing() as temporary, contextlib.suppress(FileNotFoundError):
        folder.rename(temporary / "old")
    return True


def hash_of(content: Content) -> str:
    """The SHA-256, in hexadecimal, of a file; of a folder that of a line for each file with its hash and its path, as
    sha256sum prints them, sorted by path.
    """
    if isinstance(content, bytes):
        return sha256_hex(content)
    return _joined({name: sha256_hex(data) for name, data in content.items()})


def _joined(hashes: Mapping[str, str]) -> str:
    return sha256_hex(*(f"{hashes[name]}  {name}\n".encode() for name in sorted(hashes)))


def _write_folder(folder: Path, content: Mapping[str, bytes]) -> None:
    """Not each to the disk at once, as that would take minutes: what a power cut damages is found by its hash."""
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o700)  # some are programs


def _folder_of(name: str, abi: str) -> Path:
    return store() / f"{name}-{abi}"


def _read(folder: Path) -> Library | None:
    """The library that lies in this folder; None where none does, or not the one that the folder is named for."""
    try:
        library = Library(**json.loads(read_limited(folder / _RECORD, _MAX_RECORD_BYTES, "record")))
    except (InputError, ValueError, TypeError, RecursionError):
        return None
    return library if library.folder == folder and library.path.exists() else None


def _hash(path: Path) -> str:
    import hashlib  # its library takes 4 MB, which a window that hashes nothing does without

    digest = hashlib.sha256()
    with open_file(path, follow_links=False) as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            digest.update(piece)
    return digest.hexdigest()


def _hash_of_folder(folder: Path) -> str:
    """As `hash_of`; OSError for a folder with links, which lead to what was not hashed."""
    hashes = {}
    for parent, folders, files in os.walk(folder):
        if any(Path(parent, name).is_symlink() for name in folders):
            raise NotAFileError
        for name in files:
            path = Path(parent, name)
            hashes[path.relative_to(folder).as_posix()] = _hash(path)
    return _joined(hashes)


def _make_closed(folder: Path) -> None:
    """Make the folder. One of the user's that others may enter is made anew, since anything in it may be theirs."""
    if folder.exists() and _not_closed(folder) == _OPEN:
        shutil.rmtree(folder)
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    if (why := _not_closed(folder)) is not None:
        raise InputError(f"{folder} {why}.", advice="Remove it.")


_OPEN = "may be entered by others"


def _not_closed(folder: Path) -> str | None:
    """Why others than its user may change what is in the folder; None where they may not. On Windows a user's own
    folders are closed to others by themselves.
    """
    if sys.platform == "win32":
        return None
    status = folder.stat()
    if status.st_uid != os.getuid():
        return "belongs to another user"
    return _OPEN if stat.S_IMODE(status.st_mode) & 0o077 else None
