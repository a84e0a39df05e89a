"""The Runs tab: kept results of every kind, to sort, search, name, show, compare, report and delete."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QInputDialog

from mnist_bench.base.words import accuracy, count, date_time, duration
from mnist_bench.bench.results.overview import Overview
from mnist_bench.bench.results.result import Kind
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.columns import Column
from mnist_bench.gui.kit.export import ask_for_report
from mnist_bench.gui.kit.list_view import ListView
from mnist_bench.gui.kit.table import Table
from mnist_bench.session.results import Row
from mnist_bench.session.session import Session

T = TypeVar("T")

_NOTHING_YET = (
    "No runs yet. Every benchmark, evaluation and layer analysis is kept here,\n"
    "to view again, to compare, or to report."
)


class RunsView(ListView):
    """Shows the kept results, newest first until the person sorts them otherwise."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, session.results, "run", _NOTHING_YET)
        self._results = session.results
        table = runs_table(
            session, {"Del": self.delete_selected, "Ctrl+Z": self.undo_delete, "F2": self.rename_selected}
        )
        self.search.setPlaceholderText("Search: digits-cnn, accuracy, native, partial, 2026-11, …")
        tip = "Show it on its tab (Enter or double-click)"
        self.show_button = push_button("Show", self._show_selected, tip=tip)
        tip = "Compare the selected runs; all must be of one kind"
        self.compare_button = push_button("Compare", self._show_selected, tip=tip)
        tip = "Write a report of the selected runs, as HTML or Markdown"
        self.report_button = push_button("Report …", self._report_selected, tip=tip)
        self.rename_button = push_button("Name …", self.rename_selected, tip="Name this run (F2)")
        self.note_button = push_button("Note …", self._ask_for_note, tip="Add a note to this run")
        self.open_button = push_button(
            "Open file …", self._ask_for_file, tip="Open a result that --save wrote elsewhere"
        )
        of_selected = (self.show_button, self.compare_button, self.report_button, self.rename_button, self.note_button)
        self.lay_out(table, (*of_selected, self.open_button))
        table.chosen.connect(self._show_selected)

    # What the person does.

    @Slot()
    def rename_selected(self) -> None:
        """Ask for the name of the selected one."""
        for one in self._one_selected():
            name, agreed = QInputDialog.getText(self, "Name", "Name of this run:", text=one.name)
            if agreed:
                self._results.rename(one.id, name)

    @Slot()
    def _ask_for_note(self) -> None:
        for one in self._one_selected():
            note, agreed = QInputDialog.getMultiLineText(self, "Note", "Note on this run:", one.note)
            if agreed:
                self._results.set_note(one.id, note)

    @Slot()
    def _ask_for_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Kept run", "", "Kept runs (*.json)")
        if chosen:
            self._results.load([Path(chosen)], self._results.show)

    @Slot()
    def _show_selected(self) -> None:
        if readable := self._readable():
            self._results.load_ids([one.id for one in readable], self._results.show)

    @Slot()
    def _report_selected(self) -> None:
        if readable := self._readable():
            ids = [one.id for one in readable]
            self._results.load_ids(ids, lambda results: ask_for_report(self._session, results, self))

    def _readable(self) -> list[Overview]:
        """The selected ones that can be read."""
        return [one.overview for one in self.table.selected() if one.overview is not None]

    def _one_selected(self) -> list[Overview]:
        readable = self._readable()
        return readable if len(readable) == 1 else []

    # What is shown.

    def found(self, words: str) -> Sequence[Row]:
        """Those in which each of the words stands."""
        wanted = words.casefold().split()
        return [one for one in self._results.rows.rows.values() if all(word in _text(one) for word in wanted)]

    def _show_what_can_be_done(self) -> None:
        super()._show_what_can_be_done()
        readable = self._readable()
        is_one = len(self.table.selected()) == len(readable) == 1
        self.show_button.setEnabled(is_one)
        self.rename_button.setEnabled(is_one)
        self.note_button.setEnabled(is_one)
        self.compare_button.setEnabled(len(readable) > 1 and len({one.kind for one in readable}) == 1)
        self.report_button.setEnabled(bool(readable))


def _text(row: Row) -> str:
    """What is searched."""
    one = row.overview
    if one is None:
        return f"{row.id} {row.error}".casefold()
    warnings = (str(kind) for kind in one.warnings)
    whole = "complete" if one.complete else "partial"
    words = (one.kind, one.name, one.note, _when(row), one.model, one.data, str(one.scenario or ""))
    return " ".join((*words, *one.backends, *one.titles, whole, *warnings)).casefold()


def runs_table(session: Session, keys: Mapping[str, Callable[[], object]]) -> Table[Row]:
    """An empty table, newest first until the person sorts it otherwise; for `keys` see Table."""
    columns: tuple[Column[Row], ...] = (
        Column("Measured", _when, key=_of(_started, 0.0), tip=lambda row: str(row.path)),
        Column("Kind", _of(lambda one: str(one.scenario or one.kind), ""), tip=_of(lambda one: str(one.kind), "")),
        Column("Name", lambda row: row.id if row.overview is None else row.overview.name, optional=True, most=30),
        Column("Network", _of(lambda one: Path(one.model).name, ""), tip=_of(lambda one: one.model, ""), most=24),
        Column("Data", _of(lambda one: one.data, ""), tip=_of(lambda one: one.data, ""), optional=True, most=32),
        Column(
            "Backends",
            lambda row: row.error if row.overview is None else ", ".join(row.overview.titles),
            tip=lambda row: row.error if row.overview is None else "\n".join(row.overview.titles),
            stretch=True,
            least=20,
        ),
        Column(
            "Time or\naccuracy",
            _of(_figure, ""),
            "Of the baseline: median compute, or accuracy",
            key=_of(lambda one: one.figure or 0.0, 0.0),
        ),
        Column("Samples", _of(lambda one: count(one.samples), ""), key=_of(lambda one: one.samples, 0)),
        Column("Complete", _of(lambda one: "yes" if one.complete else "partial", "cannot be read")),
        Column(
            "Warnings",
            _of(lambda one: f"⚠ {len(one.warnings)}" if one.warnings else "", ""),
            key=_of(lambda one: len(one.warnings), 0),
            tip=_of(lambda one: "\n".join(f"{kind}: {kind.advice}" for kind in one.warnings), ""),
        ),
        Column("Note", _of(_note_in_a_line, ""), optional=True, tip=_of(lambda one: one.note, ""), most=30),
    )
    return Table(session, "Kept runs", columns, lambda row: row.id, keys=keys, newest_first=True)


def _when(row: Row) -> str:
    """When it was measured, in local time."""
    return "" if row.overview is None else date_time(row.overview.started)


def _of(value: Callable[[Overview], T], unreadable: T) -> Callable[[Row], T]:
    """The value of a row that can be read, else `unreadable`."""
    return lambda row: unreadable if row.overview is None else value(row.overview)


def _started(one: Overview) -> float:
    return datetime.fromisoformat(one.started).timestamp()


def _figure(one: Overview) -> str:
    """The baseline's median compute, or its accuracy."""
    if one.figure is None:
        return ""
    return accuracy(one.figure) if one.kind is Kind.ACCURACY else duration(one.figure)


def _note_in_a_line(one: Overview) -> str:
    return " ".join(one.note.split())
