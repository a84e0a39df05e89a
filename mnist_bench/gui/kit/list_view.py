"""What tabs that list a folder have in common: a search, a count and buttons above a table, or a text in its place."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLineEdit, QPushButton

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import Flow, hbox, pages, vbox
from mnist_bench.gui.kit.table import Table
from mnist_bench.gui.kit.text import Label, empty_label
from mnist_bench.gui.kit.view import View
from mnist_bench.session.kept_drawings import Drawings
from mnist_bench.session.results import Results
from mnist_bench.session.session import Session


class ListView(View):
    """Lays them out, shows how many there are, and deletes; what is in the table is its own subject.

    Attributes:
        table: the rows that the search finds; each has an id.
        search: what the person looks for.
        count: how many there are, of which how many are found.

    `folder` is what is listed, `one` what a row is called, `nothing_yet` what is shown where there is none.
    """

    table: Table[Any]

    def __init__(self, session: Session, folder: Drawings | Results, one: str, nothing_yet: str) -> None:
        super().__init__()
        self._session = session
        self._folder = folder
        self._one = one
        self._nothing_yet = nothing_yet
        self.search = QLineEdit()
        self.search.setAccessibleName(f"Search the kept {one}s")
        self.search.setClearButtonEnabled(True)
        self.count, self._empty = Label(role="caption"), empty_label()
        tip = f"Delete the selected {one}s (Delete); you can undo it"
        self.delete_button = push_button("Delete", self.delete_selected, tip=tip)
        tip = "Restore what was deleted last (Ctrl+Z)"
        self.undo_button = push_button("Undo delete", self.undo_delete, tip=tip)

    def lay_out(self, table: Table[Any], buttons: Sequence[QPushButton]) -> None:
        """Puts the table in its place, and the buttons above it; from now on it follows the folder and the search."""
        self.table = table
        self._stack = pages(table, self._empty)
        top = hbox((self.search, 1), self.count)
        flow = Flow(*buttons, self.delete_button, self.undo_button)
        self.setLayout(vbox(top, flow, (self._stack, 1), margins=theme.GRID))
        self._folder.rows.changed.subscribe(lambda _: self._show())
        self.search.textChanged.connect(self._show)
        table.rows_selected.connect(self._show_what_can_be_done)
        self._show()

    def delete_selected(self) -> None:
        """Delete the selected ones; `undo_delete` brings them back."""
        self.table.remove_selected(lambda selected: self._folder.rows.delete([one.id for one in selected]))

    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        self._folder.rows.undo()

    def found(self, words: str) -> Sequence[Any]:
        """The rows of the folder that a search for `words` finds, in order."""
        raise NotImplementedError

    def unreadable(self) -> int:
        """How many files of the folder cannot be read, and are no rows."""
        return 0

    def _show(self) -> None:
        """Shows what the search finds."""
        rows = self._folder.rows
        found = self.found(self.search.text().strip())
        self.table.show_rows(found)
        self._show_count(len(found), len(rows.rows))
        self._show_what_can_be_done()

    def _show_what_can_be_done(self) -> None:
        self.delete_button.setEnabled(self.table.selectionModel().hasSelection())
        self.undo_button.setEnabled(self._folder.rows.can_undo)

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the folder, in which the command line or another window may have kept something, too."""
        super().showEvent(event)
        self._folder.read()

    def _show_count(self, found: int, total: int) -> None:
        """Shows the table if it has rows, else why it has none; and how many there are."""
        nothing = self._nothing_yet if self._folder.rows.is_read else f"Reading the kept {self._one}s …"
        self._empty.setText(f"No {self._one} matches “{self.search.text().strip()}”." if total else nothing)
        self._stack.setCurrentIndex(0 if found else 1)
        everything = words.plural(total, self._one)
        text = everything if found == total else f"{found} of {everything}"
        if unreadable := self.unreadable():
            text += f"; {words.plural(unreadable, 'file')} could not be read"
        self.count.setText(text if total or unreadable else "")
