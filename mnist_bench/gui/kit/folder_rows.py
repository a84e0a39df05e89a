"""The rows of a list that shows a folder, and their files: the disk follows the screen, in the background."""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from mnist_bench.base.errors import InputError
from mnist_bench.gui.kit.worker import Worker


class Row(Protocol):
    """What a row shows of a file."""

    @property
    def id(self) -> str:
        """The file's name in its folder, for good."""


RowT = TypeVar("RowT", bound=Row)
FileT = TypeVar("FileT")
A = TypeVar("A")
B = TypeVar("B")
Tell = Callable[[], object]
"""What a job in the background has come to, to be told on the window's thread."""


class FolderRows(QObject, Generic[RowT, FileT]):
    """Keeps the rows, and does all that reads or writes their files, one after the other, off the window's thread.

    Attributes:
        is_read: whether `show_all` has told what is in the folder.

    `delete` removes the file of an id and returns what `restore` brings back as a row; both may raise InputError.

    Signals:
        changed: rows came, went or are different.
        failed: the exception of a file that could not be read, written or deleted.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self, delete: Callable[[str], FileT], restore: Callable[[FileT], RowT], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._delete = delete
        self._restore = restore
        self._rows: dict[str, RowT] = {}
        self.is_read = False
        self._deletions: list[list[FileT]] = []
        """Each is filled by its own job and emptied by a later one: jobs follow one another."""
        self._files = Worker(self)
        self._files.answered.connect(lambda tell: tell())
        self._files.failed.connect(self.failed)

    def rows(self) -> Collection[RowT]:
        """All of them, in no order."""
        return self._rows.values()

    def row(self, id_: str) -> RowT:
        """The one of this id."""
        return self._rows[id_]

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to bring back."""
        return bool(self._deletions)

    def do(self, job: Callable[[], Tell]) -> None:
        """Do this in the background, after what was asked before, and tell what came of it here."""
        self._files.do(job)

    def finish(self) -> None:
        """The window closes: waits until all that was asked is so on the disk."""
        self._files.finish()

    def show_all(self, rows: Iterable[RowT]) -> None:
        """These and no others are in the folder."""
        self._rows = {row.id: row for row in rows}
        self.is_read = True
        self.changed.emit()

    def put(self, rows: Iterable[RowT], error: InputError | None = None) -> None:
        """These are new or different; after `error` there are no more of them."""
        self._rows.update((row.id, row) for row in rows)
        self.changed.emit()
        if error is not None:
            self.failed.emit(error)

    def delete(self, ids: Collection[str]) -> None:
        """Take these out at once, and delete their files; those that cannot be deleted come back."""
        if not ids:
            return
        taken = [self._rows.pop(id_) for id_ in ids]
        deleted: list[FileT] = []
        self._deletions.append(deleted)

        def work() -> Tell:
            done, error = each(self._delete, ids)
            deleted.extend(done)
            return partial(self._end_deletion, deleted, taken[: len(done)], taken[len(done) :], error)

        self._files.do(work)
        self.changed.emit()

    def undo(self) -> None:
        """Bring back what was deleted last; `can_undo` tells at once whether there is more of it."""
        if not self._deletions:
            return
        deleted = self._deletions.pop()

        def work() -> Tell:
            restored, error = each(self._restore, deleted)
            return partial(self._end_undo, restored, deleted[len(restored) :], error)

        self._files.do(work)

    def _end_deletion(
        self, deleted: list[FileT], gone: Iterable[RowT], kept: Iterable[RowT], error: InputError | None
    ) -> None:
        returned = [self._rows.pop(row.id) for row in gone if row.id in self._rows]  # read before they were deleted
        if error is not None:
            if not deleted:
                self._deletions = [one for one in self._deletions if one is not deleted]
            self.put(kept, error)
        elif returned:
            self.changed.emit()

    def _end_undo(self, restored: Iterable[RowT], rest: list[FileT], error: InputError | None) -> None:
        if rest:
            self._deletions.append(rest)
        self.put(restored, error)


def each(action: Callable[[A], B], things: Iterable[A]) -> tuple[list[B], InputError | None]:
    """What `action` made of each of them, up to the first that failed, and why that failed."""
    done: list[B] = []
    try:
        for thing in things:
            done.append(action(thing))  # noqa: PERF401 - those before a failure count
    except InputError as error:
        return done, error
    return done, None
