"""Progress for people: a bar on standard error if that is a terminal, nothing otherwise."""

import sys
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mnist_bench.base import words
from mnist_bench.base.progress import Pace
from mnist_bench.base.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress


class ProgressBar:
    """Shows how far something is, between entering and leaving its `with`."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._bars: Progress | None = None
        self._pace = Pace()

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bars = self._stack.enter_context(_rich_bars())
            self._bars.add_task("", total=None, left="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a terminal that was closed; what was done until then still counts
            self._stack.close()

    def show(self, done: int, total: int, message: str) -> None:
        """Show that `done` of `total` are done (a total of 0 is unknown), what is going on, and the time left."""
        if self._bars is not None:
            task = self._bars.task_ids[0]
            left = words.time_left(self._pace.seconds_left(done, total))
            self._bars.update(task, completed=done, total=total or None, description=printable(message), left=left)


def _rich_bars() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    # No markup: a description may hold a file's name.
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)
