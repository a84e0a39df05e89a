"""The rows of a list that shows a folder; the files follow the list, in the background."""

from collections.abc import Callable, Collection, Iterable
from typing import Generic, Protocol, TypeVar

from mnist_bench.session.inbox import Inbox, Topic, Worker

DISK_SECONDS = 20.0


class Row(Protocol):
    """What a row tells of a file."""

    @property
    def id(self) -> str:
        """The file's name in its folder, for good."""


RowT = TypeVar("RowT", bound=Row)
FileT = TypeVar("FileT")
A = TypeVar("A")
B = TypeVar("B")


class FolderRows(Generic[RowT, FileT]):
    """Keeps the rows, and does all that reads or writes their files, one after the other, on a thread of its own.

    `delete` removes the file of an id and returns what `restore` brings back as a row; both may raise.

    Attributes:
        rows: by id, in no order.
        is_read: whether the folder has been read.

    Topics:
        changed: rows came, went or are different.
        failed: the exception of a file that could not be read, written or deleted.
    """

    def __init__(
        self, inbox: Inbox, name: str, delete: Callable[[str], FileT], restore: Callable[[FileT], RowT]
    ) -> None:
        self.rows: dict[str, RowT] = {}
        self.is_read = False
        self.changed: Topic[None] = Topic()
        self.failed: Topic[Exception] = Topic()
        self._worker = Worker(inbox, name)
        self._delete = delete
        self._restore = restore
        self._deletions: list[list[FileT]] = []

    @property
    def can_undo(self) -> bool:
        """Whether `undo` has something to bring back."""
        return bool(self._deletions)

    def read(self, read: Callable[[], Iterable[RowT]]) -> None:
        """Have `read` tell all that is in the folder."""

        def show(rows: Iterable[RowT]) -> None:
            self.rows = {row.id: row for row in rows}
            self.is_read = True
            self.changed.publish(None)

        self._worker.do(read, show, self.failed.publish)

    def change(self, work: Callable[[], tuple[Iterable[RowT], Exception | None]]) -> None:
        """Have `work` write files; it returns the rows that are new or different, and why there are no more of them."""
        self._worker.do(work, lambda done: self._put(*done), self.failed.publish)

    def do(self, work: Callable[[], A], then: Callable[[A], object]) -> None:
        """Do anything else with the files, after what was asked before."""
        self._worker.do(work, then, self.failed.publish)

    def delete(self, ids: Collection[str]) -> None:
        """Take these out at once, and delete their files; those that cannot be deleted come back."""
        if not ids:
            return
        taken = [self.rows.pop(id_) for id_ in ids]
        deleted: list[FileT] = []
        self._deletions.append(deleted)

        def work() -> tuple[int, Exception | None]:
            done, error = each(self._delete, ids)
            deleted.extend(done)
            return len(done), error

        def then(done: tuple[int, Exception | None]) -> None:
            returned = [self.rows.pop(row.id) for row in taken[: done[0]] if row.id in self.rows]  # read meanwhile
            if done[1] is not None and not deleted:
                self._deletions = [one for one in self._deletions if one is not deleted]
            if returned or done[1] is not None:
                self._put(taken[done[0] :], done[1])

        self._worker.do(work, then, self.failed.publish)
        self.changed.publish(None)

    def undo(self) -> None:
        """Bring back what was deleted last; `can_undo` tells at once whether there is more of it."""
        if not self._deletions:
            return
        deleted = self._deletions.pop()

        def then(done: tuple[list[RowT], Exception | None]) -> None:
            if rest := deleted[len(done[0]) :]:
                self._deletions.append(rest)
            self._put(*done)

        self._worker.do(lambda: each(self._restore, deleted), then, self.failed.publish)

    def close(self) -> None:
        """Wait until all that was asked is so on the disk; not for ever, where the disk doesn't answer."""
        self._worker.close(DISK_SECONDS)

    def _put(self, rows: Iterable[RowT], error: Exception | None) -> None:
        self.rows.update((row.id, row) for row in rows)
        self.changed.publish(None)
        if error is not None:
            self.failed.publish(error)


def each(action: Callable[[A], B], things: Iterable[A]) -> tuple[list[B], Exception | None]:
    """What `action` made of each of them, up to the first that failed, and why that failed."""
    done: list[B] = []
    try:
        for thing in things:
            done.append(action(thing))  # noqa: PERF401 - those before a failure count
    except Exception as error:
        return done, error
    return done, None
