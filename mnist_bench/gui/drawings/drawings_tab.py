"""The Drawings tab: what was drawn before, to look through, search, label, delete and put back on the pad."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.kept import KeptAnswer, KeptDrawing, KeptDrawings, KeptList, search
from mnist_bench.gui.cards.answers import Answer
from mnist_bench.gui.drawings.drawings_table import drawings_table
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.folder_rows import FolderRows, Tell, each
from mnist_bench.gui.kit.list_tab import ListTab

_NOTHING_YET = (
    "No drawings yet. What you draw is kept here, with its label and the answers,\n"
    "when you clear the pad or put something else on it."
)
_SEARCH_TIP = (
    "A digit finds drawings of it; 'right', 'wrong' and 'unlabelled' what they say; "
    "other words a backend's name or the time, such as 2026-03."
)


class DrawingsTab(ListTab):
    """Shows a folder of kept drawings, newest first. What it does to files is done in the background.

    Signals:
        chosen: KeptDrawing to put back on the pad.
        failed: the exception of a drawing that could not be kept, read, changed or deleted.
    """

    chosen = Signal(object)
    failed = Signal(object)

    def __init__(self, kept: KeptDrawings, parent: QWidget | None = None) -> None:
        super().__init__("drawing", _NOTHING_YET, parent)
        self._kept = kept
        self._unreadable = 0
        self._drawings = FolderRows(kept.delete, self._restored, self)
        labels = {str(digit): partial(self._label_selected, digit) for digit in range(10)}
        self.table = drawings_table({"Del": self.delete_selected, "Ctrl+Z": self.undo_delete, **labels})
        self.put_back_button = push_button(
            "Put back on the pad", tip="Put the selected drawing on the pad again (Enter, or a double click)"
        )
        self.delete_button = push_button("Delete", tip="Delete the selected drawings (Delete); you can undo it")
        self.undo_button = push_button("Undo delete", tip="Bring back what was deleted last (Ctrl+Z)")
        self.lay_out(self.table, (self.put_back_button, self.delete_button, self.undo_button))
        self.search.setPlaceholderText("Search: 7, wrong, unlabelled, QNNPACK, …")
        self.search.setToolTip(_SEARCH_TIP)
        self.table.setToolTip("Press 0 to 9 to say what the selected drawings really are")
        self._connect()
        self._show()

    def _connect(self) -> None:
        self._drawings.changed.connect(self._show)
        self._drawings.failed.connect(self.failed)
        self.search.textChanged.connect(self._show)
        self.table.rows_selected.connect(self._show_what_can_be_done)
        self.table.chosen.connect(self._put_back)
        self.put_back_button.clicked.connect(self._put_back)
        self.delete_button.clicked.connect(self.delete_selected)
        self.undo_button.clicked.connect(self.undo_delete)

    def keep(self, drawing: Drawing, label: int | None, answers: Mapping[str, Answer]) -> None:
        """Keep a drawing with its label and the last answer of each backend, by title; shown when it is on the disk."""
        said = [KeptAnswer(title, answer.digit, answer.probability) for title, answer in answers.items()]
        labelled, time = replace(drawing, label=label), datetime.now(UTC)

        def work() -> Tell:
            return partial(self._drawings.put, [self._kept.add(labelled, said, time)])

        self._drawings.do(work)

    def finish(self) -> None:
        """The window closes: waits until every change is on the disk."""
        self._drawings.finish()

    def delete_selected(self) -> None:
        """Delete the selected drawings; `undo_delete` brings them back."""
        self.table.remove_selected(lambda selected: self._drawings.delete([kept.id for kept in selected]))

    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        self._drawings.undo()
        self._show_what_can_be_done()

    def _restored(self, kept: KeptDrawing) -> KeptDrawing:
        self._kept.restore(kept)
        return kept

    def _label_selected(self, label: int) -> None:
        """As on the pad: the same digit again takes it back."""
        ids = [kept.id for kept in self.table.selected()]

        def work() -> Tell:
            same = all(self._kept.get(id_).label == label for id_ in ids)
            return partial(
                self._drawings.put, *each(lambda id_: self._kept.set_label(id_, None if same else label), ids)
            )

        self._drawings.do(work)

    def _put_back(self) -> None:
        selected = self.table.selected()
        if len(selected) == 1:
            self.chosen.emit(selected[0])

    def _read(self, listed: KeptList) -> None:
        self._unreadable = listed.unreadable
        self._drawings.show_all(listed.drawings)

    def _show(self) -> None:
        """Show what the search finds."""
        found = search(list(self._drawings.rows()), self.search.text().strip())
        self.table.show_rows(found)
        self.show_count(len(found), len(self._drawings.rows()), self._unreadable, is_read=self._drawings.is_read)
        self._show_what_can_be_done()

    def _show_what_can_be_done(self) -> None:
        selected = len(self.table.selected())
        self.put_back_button.setEnabled(selected == 1)
        self.delete_button.setEnabled(selected > 0)
        self.undo_button.setEnabled(self._drawings.can_undo)

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the folder, in which another window may have kept drawings, too."""
        super().showEvent(event)
        self._drawings.do(lambda: partial(self._read, self._kept.list()))
