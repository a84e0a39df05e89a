"""The Runs tab: saved measurements, to sort, search, show, compare, report and delete."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.overview import Overview
from mnist_bench.bench.results.result import Kind, Result, only
from mnist_bench.bench.results.store import KeptResults, ResultList
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.folder_rows import FolderRows, Tell
from mnist_bench.gui.kit.list_tab import ListTab
from mnist_bench.gui.runs.runs_table import runs_table, when

_NOTHING_YET = "No runs yet. Each benchmark is kept here, to look at it again, to compare it, or to report it."


class RunsTab(ListTab):
    """Shows a folder of saved measurements, newest first until the person sorts them otherwise.

    What it does to files is done in the background: they can be large.

    Signals:
        chosen: list of Result[Comparison] to show: one, or several to compare.
        report_requested: list of Result[Comparison] to write a report of.
        failed: the exception of a file that could not be read, written or deleted.
    """

    chosen = Signal(object)
    report_requested = Signal(object)
    failed = Signal(object)

    def __init__(self, runs: KeptResults, parent: QWidget | None = None) -> None:
        super().__init__("run", _NOTHING_YET, parent)
        self._runs = runs
        self._unreadable: tuple[str, ...] = ()
        self._overviews = FolderRows(runs.delete, runs.restore, self)
        self._closing = threading.Event()
        self.table = runs_table({"Del": self.delete_selected, "Ctrl+Z": self.undo_delete})
        self.search.setPlaceholderText("Search: digits-cnn, Offline, native, partial, 2026-11, …")
        self.show_button = push_button("Show", tip="Show it on the Latency tab (Enter, or a double click)")
        self.compare_button = push_button("Compare", tip="Show the selected ones side by side on the Latency tab")
        self.report_button = push_button("Report …", tip="Write the selected ones as one HTML file, or as Markdown")
        self.open_button = push_button("Open file …", tip="Show a file that bench --save wrote elsewhere")
        self.delete_button = push_button("Delete", tip="Delete the selected ones (Delete); you can undo it")
        self.undo_button = push_button("Undo delete", tip="Bring back what was deleted last (Ctrl+Z)")
        self._of_selected = (self.show_button, self.compare_button, self.report_button)
        self.lay_out(self.table, (*self._of_selected, self.open_button, self.delete_button, self.undo_button))
        self._connect()
        self._show()

    def _connect(self) -> None:
        self._overviews.changed.connect(self._show)
        self._overviews.failed.connect(self.failed)
        self.search.textChanged.connect(self._show)
        self.table.rows_selected.connect(self._show_what_can_be_done)
        self.table.chosen.connect(self._choose)
        self.show_button.clicked.connect(self._choose)
        self.compare_button.clicked.connect(self._choose)
        self.report_button.clicked.connect(lambda: self._load_selected(self.report_requested.emit))
        self.open_button.clicked.connect(self._ask_for_file)
        self.delete_button.clicked.connect(self.delete_selected)
        self.undo_button.clicked.connect(self.undo_delete)

    def finish(self) -> None:
        """The window closes: waits until what was deleted or brought back is so on the disk, and reads no more."""
        self._closing.set()
        self._overviews.finish()

    # What the person does.

    def add(self, saved: Result[Comparison]) -> None:
        """Shows one more, which is in the folder already."""

        def work() -> Tell:
            return partial(self._overviews.put, [self._runs.overview(saved.id)])

        self._overviews.do(work)

    @Slot()
    def delete_selected(self) -> None:
        """Delete the selected ones; `undo_delete` brings them back."""
        self.table.remove_selected(lambda selected: self._overviews.delete([one.id for one in selected]))

    @Slot()
    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        self._overviews.undo()
        self._show_what_can_be_done()

    def open_file(self, path: Path) -> None:
        """Shows a file from anywhere."""
        self._load([path], self.chosen.emit)

    @Slot()
    def _ask_for_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Saved run", "", "Saved runs (*.json)")
        if chosen:
            self.open_file(Path(chosen))

    @Slot()
    def _choose(self) -> None:
        self._load_selected(self.chosen.emit)

    def _load_selected(self, then: Callable[[list[Result[Comparison]]], object]) -> None:
        if selected := self.table.selected():
            self._load([one.path for one in selected], then)

    def _load(self, paths: Sequence[Path], then: Callable[[list[Result[Comparison]]], object]) -> None:
        def work() -> Tell:
            if self._closing.is_set():
                return _nobody_is_left
            return partial(then, only(Comparison, [load_result(path) for path in paths]))

        self._overviews.do(work)

    def _read(self, listed: ResultList) -> None:
        self._unreadable = tuple(one.error for one in listed.unreadable)
        self._overviews.show_all(listed.overviews)

    @Slot()
    def _show(self) -> None:
        """Shows what is looked for."""
        words = self.search.text().casefold().split()
        overviews = self._overviews.rows()
        found = [one for one in overviews if all(word in _text(one) for word in words)]
        self.table.show_rows(found)
        self.show_count(len(found), len(overviews), len(self._unreadable), is_read=self._overviews.is_read)
        self.count.setToolTip("\n".join(self._unreadable))
        self._show_what_can_be_done()

    @Slot()
    def _show_what_can_be_done(self) -> None:
        count = len(self.table.selected())
        self.show_button.setEnabled(count == 1)
        self.compare_button.setEnabled(count > 1)
        self.report_button.setEnabled(count > 0)
        self.delete_button.setEnabled(count > 0)
        self.undo_button.setEnabled(self._overviews.can_undo)

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the folder, in which the command line or another window may have saved runs, too."""
        super().showEvent(event)
        known = {one.id: one for one in self._overviews.rows()}

        def work() -> Tell:
            return partial(self._read, self._runs.list(known, self._closing.is_set, Kind.LATENCY))

        self._overviews.do(work)


def _nobody_is_left() -> None:
    """The window is closed."""


def _text(one: Overview) -> str:
    """What is searched."""
    warnings = (str(kind) for kind in one.warnings)
    whole = "complete" if one.complete else "partial"
    return " ".join((when(one), one.model, str(one.scenario), *one.backends, *one.titles, whole, *warnings)).casefold()
