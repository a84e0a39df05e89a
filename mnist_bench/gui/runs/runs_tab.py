"""The Runs tab: kept results of every kind, to sort, search, name, show, compare, report and delete."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.export import Asker
from mnist_bench.gui.kit.list_tab import ListTab
from mnist_bench.gui.kit.report import ask_for_report
from mnist_bench.gui.runs.runs_table import runs_table, when
from mnist_bench.session.results import Row
from mnist_bench.session.session import Session

_NOTHING_YET = (
    "No runs yet. Every benchmark, evaluation and layer analysis is kept here,\n"
    "to view again, to compare, or to report."
)


class RunsTab(ListTab):
    """Shows the kept results, newest first until the person sorts them otherwise."""

    def __init__(self, session: Session, asker: Asker | None = None, parent: QWidget | None = None) -> None:
        super().__init__(session, session.results, "run", _NOTHING_YET, parent)
        self._results = session.results
        self._asker = asker or Asker()
        table = runs_table({"Del": self.delete_selected, "Ctrl+Z": self.undo_delete, "F2": self.rename_selected})
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
            before = one.overview.name if one.overview is not None else ""
            name, agreed = QInputDialog.getText(self, "Name", "Name of this run:", text=before)
            if agreed:
                self._results.rename(one.id, name)

    @Slot()
    def _ask_for_note(self) -> None:
        for one in self._one_selected():
            before = one.overview.note if one.overview is not None else ""
            note, agreed = QInputDialog.getMultiLineText(self, "Note", "Note on this run:", before)
            if agreed:
                self._results.set_note(one.id, note)

    @Slot()
    def _ask_for_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Kept run", "", "Kept runs (*.json)")
        if chosen:
            self._results.load([Path(chosen)], self._results.show)

    @Slot()
    def _show_selected(self) -> None:
        if ids := self._readable():
            self._results.load_ids(ids, self._results.show)

    @Slot()
    def _report_selected(self) -> None:
        if ids := self._readable():
            self._results.load_ids(ids, lambda results: ask_for_report(self._session, results, self, self._asker))

    def _readable(self) -> list[str]:
        return [one.id for one in self.table.selected() if one.overview is not None]

    def _one_selected(self) -> list[Row]:
        selected = [one for one in self.table.selected() if one.overview is not None]
        return selected if len(selected) == 1 else []

    # What is shown.

    def found(self, words: str) -> Sequence[Row]:
        """Those in which each of the words stands."""
        wanted = words.casefold().split()
        return [one for one in self._results.rows.rows.values() if all(word in _text(one) for word in wanted)]

    def _show_what_can_be_done(self) -> None:
        super()._show_what_can_be_done()
        selected = self.table.selected()
        readable = [one.overview for one in selected if one.overview is not None]
        is_one = len(selected) == len(readable) == 1
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
    words = (one.kind, one.name, one.note, when(row), one.model, str(one.scenario or ""))
    return " ".join((*words, *one.backends, *one.titles, whole, *warnings)).casefold()
