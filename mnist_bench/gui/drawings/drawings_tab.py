"""The Drawings tab: what was drawn before, to look through, search, label, delete and put back on the pad."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QItemSelectionModel, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.kept import KeptAnswer, KeptDrawing, KeptDrawings, KeptList, search
from mnist_bench.gui.cards.answers import Answer
from mnist_bench.gui.drawings.drawings_model import DrawingsModel
from mnist_bench.gui.drawings.drawings_table import DrawingsTable
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


_ADD_ROW: Final = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows


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
        self._model = DrawingsModel(self)
        self.table = DrawingsTable(self._model)
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
        self.table.selectionModel().selectionChanged.connect(self._show_what_can_be_done)
        self.table.chosen.connect(self._put_back)
        self.table.delete_requested.connect(self.delete_selected)
        self.table.undo_requested.connect(self.undo_delete)
        self.table.label_requested.connect(self._label_selected)
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
        rows = self.table.selected_rows()
        if rows:
            self._drawings.delete([self._model.drawing_at(row).id for row in rows])
            self.table.selectRow(min(rows[0], self._model.rowCount() - 1))

    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        self._drawings.undo()
        self._show_what_can_be_done()

    def _restored(self, kept: KeptDrawing) -> KeptDrawing:
        self._kept.restore(kept)
        return kept

    def _label_selected(self, label: int) -> None:
        """As on the pad: the same digit again takes it back."""
        ids = [self._model.drawing_at(row).id for row in self.table.selected_rows()]

        def work() -> Tell:
            same = all(self._kept.get(id_).label == label for id_ in ids)
            return partial(
                self._drawings.put, *each(lambda id_: self._kept.set_label(id_, None if same else label), ids)
            )

        self._drawings.do(work)

    def _put_back(self) -> None:
        rows = self.table.selected_rows()
        if len(rows) == 1:
            self.chosen.emit(self._model.drawing_at(rows[0]))

    def _read(self, listed: KeptList) -> None:
        self._unreadable = listed.unreadable
        self._drawings.show_all(listed.drawings)

    def _show(self) -> None:
        """Show what the search finds, newest first, and keep what is selected."""
        selected = {self._model.drawing_at(row).id for row in self.table.selected_rows()}
        text = self.search.text().strip()
        newest_first = sorted(self._drawings.rows(), key=lambda kept: (kept.time, kept.id), reverse=True)
        found = search(newest_first, text)
        self._model.show_drawings(found)
        selection = self.table.selectionModel()
        for row, kept in enumerate(found):
            if kept.id in selected:
                selection.select(self._model.index(row, 0), _ADD_ROW)
        self.show_count(len(found), len(newest_first), self._unreadable, is_read=self._drawings.is_read)
        self._show_what_can_be_done()

    def _show_what_can_be_done(self) -> None:
        selected = len(self.table.selected_rows())
        self.put_back_button.setEnabled(selected == 1)
        self.delete_button.setEnabled(selected > 0)
        self.undo_button.setEnabled(self._drawings.can_undo)

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the folder, in which another window may have kept drawings, too."""
        super().showEvent(event)
        self._drawings.do(lambda: partial(self._read, self._kept.list()))
