"""The folder of kept results: one file for each, with the CSV of a latency's samples beside it."""

import contextlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import check_writable, make_folder, read_limited, reason, stamp_of, write_atomically
from mnist_bench.bench.results.format import MAX_BYTES, load_head, load_result, relabel
from mnist_bench.bench.results.overview import Overview, head_of
from mnist_bench.bench.results.rescue import save_measured
from mnist_bench.bench.results.result import Kind, Measured, Result, ValueT, checked_name, checked_note
from mnist_bench.bench.results.samples import csv_beside

_ID = re.compile(r"(?:run|latency|accuracy|layers)-[0-9A-Za-z][0-9A-Za-z-]{0,99}")
"""Older versions called a latency a run."""
LEAST_ROOM_BYTES = 100_000  # for a result of a usual size
_ADVICE = "Run mnist-bench results to see what is kept."


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file of the folder that cannot be read, and why; it can still be deleted."""

    path: Path
    error: str

    @property
    def id(self) -> str:
        """Its name in the folder."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class ResultList:
    """What a folder holds, newest first."""

    overviews: tuple[Overview, ...]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted, for `restore`: the files' names and bytes, of which those too large to keep are missing."""

    id: str
    files: tuple[tuple[str, bytes], ...]


class KeptResults:
    """The folder of kept results. Every change is written at once and whole; another program may use it, too.

    Attributes:
        folder: where they are; made when the first is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or locations.data_dir() / "runs"

    def add(self, value: ValueT, name: str = "", note: str = "") -> Result[ValueT]:
        """Keep what was measured, under an id that tells what and when.

        Raises SavedElsewhere where only another folder took it, InputError where none did.
        """
        result = Result(value, checked_name(name), checked_note(note))
        started = datetime.fromisoformat(value.conditions.started).astimezone(UTC)
        path = self._path(f"{result.kind}-{started:%Y%m%d-%H%M%S}-{os.urandom(4).hex()}")
        save_measured(path, result)
        return Result(value, result.name, result.note, path)

    def prepare(self) -> None:
        """Make the folder, and see that it can be written: before a measurement, not behind it; InputError if not."""
        make_folder(self.folder)
        check_writable(self.folder, LEAST_ROOM_BYTES)

    def ids(self) -> tuple[str, ...]:
        """The names of all that are in the folder, newest first, whether they can be read or not."""
        found = (path.stem for path in self.folder.glob("*.json") if _ID.fullmatch(path.stem))
        return tuple(sorted(found, key=lambda id_: (id_.partition("-")[2], id_), reverse=True))

    def load(self, id_: str) -> Result[Measured]:
        """Read one; InputError if it is not there or damaged."""
        return load_result(self._path(id_))

    def overview(self, id_: str) -> Overview:
        """What a list tells of one; InputError if it is not there or damaged. Of an old file this reads all."""
        path = self._path(id_)
        stamp = stamp_of(path)
        head = load_head(path)
        return Overview.of(head_of(load_result(path)) if head is None else head, path, stamp)

    def list(
        self,
        known: Mapping[str, Overview] = MappingProxyType({}),
        cancelled: Callable[[], bool] = lambda: False,
        kind: Kind | None = None,
    ) -> ResultList:
        """All that are in the folder, or those of one kind; those in `known`, by their id, are read only if their file
        has changed since.
        """
        overviews: list[Overview] = []
        unreadable: list[Unreadable] = []
        for id_ in self.ids():
            if cancelled():
                break
            try:
                before = known.get(id_)
                is_same = before is not None and before.stamp == stamp_of(before.path)
                overview = before if before is not None and is_same else self.overview(id_)
            except InputError as error:
                unreadable.append(Unreadable(self._path(id_), str(error)))
                continue
            if kind in (None, overview.kind):
                overviews.append(overview)
        return ResultList(tuple(overviews), tuple(unreadable))

    def rename(self, id_: str, name: str) -> Overview:
        """Give it another name, "" for none; InputError if it is not there, cannot be read or cannot be written."""
        path = self._path(id_)
        return Overview.of(relabel(path, name=name), path, stamp_of(path))

    def set_note(self, id_: str, note: str) -> Overview:
        """Give it another note, "" for none; InputError as `rename`."""
        path = self._path(id_)
        return Overview.of(relabel(path, note=note), path, stamp_of(path))

    def delete(self, id_: str) -> Deleted:
        """Remove one with its CSV, even if it cannot be read; InputError if it is not there or cannot be removed."""
        path = self._path(id_)
        files = []
        try:
            path.lstat()
            for one in (csv_beside(path), path):  # the CSV first: it can be made again from the other
                if content := _content(one):
                    files.append((one.name, content))
                one.unlink(missing_ok=one is not path)
        except OSError as error:
            raise InputError(f"{path} cannot be deleted: {reason(error)}.") from error
        return Deleted(id_, tuple(files))

    def restore(self, deleted: Deleted) -> Overview | Unreadable:
        """Put back what `delete` returned; InputError if it cannot be written, or was too large to be kept."""
        if self._path(deleted.id).name not in dict(deleted.files):
            raise InputError(f"{deleted.id} cannot be restored: its file could not be read.")
        make_folder(self.folder)
        for name, content in deleted.files:
            write_atomically(self.folder / name, content)
        try:
            return self.overview(deleted.id)
        except InputError as error:  # as it was before it was deleted
            return Unreadable(self._path(deleted.id), str(error))

    def find(self, text: str) -> Path:
        """The file that `text` names: a kept result's id, or any file; InputError where there is none."""
        paths = [Path(text), *([self._path(text)] if _ID.fullmatch(text) else [])]
        for path in paths:
            with contextlib.suppress(OSError):  # such as a name that is too long
                if path.is_file():
                    return path
        raise InputError(f"There is no result {text!r}.", advice=_ADVICE)

    def _path(self, id_: str) -> Path:
        if not _ID.fullmatch(id_):
            raise InputError(f"There is no kept result {id_!r}.", advice=_ADVICE)
        return self.folder / f"{id_}.json"


def _content(path: Path) -> bytes:
    """What is in a file; nothing where it cannot be read, or is too large to be kept for `restore`."""
    try:
        return read_limited(path, MAX_BYTES, "result")
    except InputError:
        return b""
