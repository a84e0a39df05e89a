"""The Drawings tab: what was drawn before, to look through, search, label, delete and put back on the pad."""

from functools import partial

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from mnist_bench.digits.kept import search
from mnist_bench.gui.drawings.drawings_table import drawings_table
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.list_tab import ListTab
from mnist_bench.gui.kit.text import set_tip
from mnist_bench.session.session import Session

_NOTHING_YET = (
    "No drawings yet. What you draw is kept here, with its label and the answers,\n"
    "when you clear the pad or put something else on it."
)
_SEARCH_TIP = (
    "Search for a digit, for 'right', 'wrong' or 'unlabelled', for a backend's name, or for a time such as 2026-03."
)


class DrawingsTab(ListTab):
    """Shows the kept drawings, newest first."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("drawing", _NOTHING_YET, parent)
        self._session = session
        self._drawings = session.drawings
        labels = {str(digit): partial(self._label_selected, digit) for digit in range(10)}
        self.table = drawings_table({"Del": self.delete_selected, "Ctrl+Z": self.undo_delete, **labels})
        tip = "Put the selected drawing back on the pad (Enter or double-click)"
        self.put_back_button = push_button("Put back on the pad", self._put_back, tip=tip)
        tip = "Delete the selected drawings (Delete); you can undo it"
        self.delete_button = push_button("Delete", self.delete_selected, tip=tip)
        tip = "Restore what was deleted last (Ctrl+Z)"
        self.undo_button = push_button("Undo delete", self.undo_delete, tip=tip)
        self.lay_out(self.table, (self.put_back_button, self.delete_button, self.undo_button))
        self.search.setPlaceholderText("Search: 7, wrong, unlabelled, QNNPACK, …")
        set_tip(self.search, _SEARCH_TIP)
        set_tip(self.table, "Press 0 to 9 to label the selected drawings")
        self._drawings.rows.changed.subscribe(lambda _: self._show())
        self.search.textChanged.connect(self._show)
        self.table.rows_selected.connect(self._show_what_can_be_done)
        self.table.message.connect(session.message.publish)
        self.table.failed.connect(session.failed.publish)
        self.table.chosen.connect(self._put_back)
        self._show()

    def delete_selected(self) -> None:
        """Delete the selected drawings; `undo_delete` brings them back."""
        self.table.remove_selected(lambda selected: self._drawings.rows.delete([kept.id for kept in selected]))

    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        self._drawings.rows.undo()

    def _label_selected(self, label: int) -> None:
        """As on the pad: the same digit again takes it back."""
        self._drawings.label([kept.id for kept in self.table.selected()], label)

    def _put_back(self) -> None:
        selected = self.table.selected()
        if len(selected) == 1:
            self._session.pad.put_drawing(selected[0].drawing)

    def _show(self) -> None:
        """Show what the search finds."""
        rows = self._drawings.rows
        found = search(list(rows.rows.values()), self.search.text().strip())
        self.table.show_rows(found)
        self.show_count(len(found), len(rows.rows), self._drawings.unreadable, is_read=rows.is_read)
        self._show_what_can_be_done()

    def _show_what_can_be_done(self) -> None:
        selected = len(self.table.selected())
        self.put_back_button.setEnabled(selected == 1)
        self.delete_button.setEnabled(selected > 0)
        self.undo_button.setEnabled(self._drawings.rows.can_undo)

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the folder, in which another window may have kept drawings, too."""
        super().showEvent(event)
        self._drawings.read()
