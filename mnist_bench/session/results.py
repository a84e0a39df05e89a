"""Kept results of every kind: the list of them, and those that are shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.overview import Overview
from mnist_bench.bench.results.rescue import SavedElsewhere
from mnist_bench.bench.results.result import Kind, Measured, Result
from mnist_bench.bench.results.store import Deleted, KeptResults, Unreadable
from mnist_bench.session.folder_rows import FolderRows
from mnist_bench.session.inbox import Inbox, Topic

AnyResult = Result[Measured]
Then = Callable[[tuple[AnyResult, ...]], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One file of the folder: what a list tells of it, or why it cannot be read; it can be deleted all the same."""

    id: str
    path: Path
    overview: Overview | None
    error: str = ""


class Results:
    """The folder of kept results, and what the tabs show of it.

    Attributes:
        kept: the folder.
        rows: its Rows.
        shown: what is shown of each kind: one result, or several side by side.

    Topics:
        changed: the Kind of which another result is shown now.
    """

    def __init__(self, inbox: Inbox, kept: KeptResults | None = None) -> None:
        self.kept = kept or KeptResults()
        self.shown: dict[Kind, tuple[AnyResult, ...]] = {}
        self.changed: Topic[Kind] = Topic()
        self.rows: FolderRows[Row, Deleted] = FolderRows(
            inbox, "results", self.kept.delete, lambda deleted: _row(self.kept.restore(deleted))
        )
        self._is_closing = False

    def read(self) -> None:
        """Read the folder, in which the command line or another window may have kept results, too."""
        known = {id_: row.overview for id_, row in self.rows.rows.items() if row.overview is not None}

        def read() -> list[Row]:
            listed = self.kept.list(known, lambda: self._is_closing)
            return [*map(_row, listed.overviews), *map(_row, listed.unreadable)]

        self.rows.read(read)

    def keep(self, value: Measured, *, is_shown: bool = False) -> None:
        """Keep what was measured, and show it, unless it `is_shown` already; even where it cannot be kept."""

        def work() -> tuple[AnyResult, InputError | None]:
            try:
                return self.kept.add(value), None
            except SavedElsewhere as error:
                return error.result, error
            except InputError as error:
                return Result(value), error

        def then(done: tuple[AnyResult, InputError | None]) -> None:
            result, trouble = done
            if not is_shown:
                self.show((result,))
            if trouble is None:
                self.rows.change(lambda: ([_row(self.kept.overview(result.id))], None))
            else:
                self.rows.failed.publish(trouble)

        self.rows.do(work, then)

    def show(self, results: Sequence[AnyResult]) -> None:
        """Show these, all of one kind."""
        if results:
            self.shown[results[0].kind] = tuple(results)
            self.changed.publish(results[0].kind)

    def load(self, paths: Sequence[Path], then: Then) -> None:
        """Read these files, from the folder or from anywhere; `then` gets the results."""

        def work() -> tuple[AnyResult, ...]:
            return () if self._is_closing else tuple(map(load_result, paths))

        self.rows.do(work, lambda results: then(results) if results else None)

    def load_ids(self, ids: Sequence[str], then: Then) -> None:
        """Read these of the folder."""
        self.load([self.rows.rows[id_].path for id_ in ids], then)

    def rename(self, id_: str, name: str) -> None:
        """Give one another name."""
        self.rows.change(lambda: ([_row(self.kept.rename(id_, name))], None))

    def set_note(self, id_: str, note: str) -> None:
        """Give one another note."""
        self.rows.change(lambda: ([_row(self.kept.set_note(id_, note))], None))

    def close(self) -> None:
        """Read no more, and wait until every change is on the disk."""
        self._is_closing = True
        self.rows.close()


def _row(one: Overview | Unreadable) -> Row:
    return Row(one.id, one.path, one) if isinstance(one, Overview) else Row(one.id, one.path, None, one.error)
