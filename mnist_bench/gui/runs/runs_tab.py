"""The Runs tab: saved measurements, to sort, filter, show, compare and delete."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.bench.runs.saved import SavedComparison, SavedList, SavedRuns, load_comparison
from mnist_bench.errors import InputError
from mnist_bench.gui.look import formatting, theme
from mnist_bench.gui.look.buttons import push_button
from mnist_bench.gui.runs.runs_table import RunsTable
from mnist_bench.gui.work.background import Background

_EMPTY = "No runs yet. Each benchmark is kept here, to look at it again, to compare it, or to report it."
_SELECT = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows


class RunsTab(QWidget):
    """Shows a folder of saved measurements, newest first until the person sorts them otherwise.

    Signals:
        chosen: list of SavedComparison to show: one, or several to compare.
        message: a sentence for the status bar.
        failed: the exception of a file that could not be read or deleted.
    """

    chosen = Signal(object)
    message = Signal(str)
    failed = Signal(object)

    def __init__(self, runs: SavedRuns, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self._saved: dict[str, SavedComparison] = {}
        self._unreadable: tuple[str, ...] = ()
        self._deleted: list[list[SavedComparison]] = []
        self.table = RunsTable()
        self.filter = QLineEdit()
        self.filter.setAccessibleName("Filter the saved runs")
        self.filter.setPlaceholderText("Filter: digits-cnn, Offline, native, 2026-11, …")
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(360)
        self.count = QLabel()
        self.show_button = push_button("Show", tip="Show it on the Latency tab (Enter, or a double click)")
        self.compare_button = push_button("Compare", tip="Show the selected ones side by side on the Latency tab")
        self.open_button = push_button("Open file …", tip="Show a file that bench --save wrote elsewhere")
        self.delete_button = push_button("Delete", tip="Delete the selected ones (Delete); you can undo it")
        self.undo_button = push_button("Undo delete", tip="Bring back what was deleted last (Ctrl+Z)")
        self._empty = QLabel(_EMPTY, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        theme.set_role(self._empty, "empty")
        theme.set_role(self.count, "caption")
        self._reader = Background(self)
        self._reader.answered.connect(self._read)
        self._reader.failed.connect(self.failed)
        self._opener = Background(self)
        self._opener.answered.connect(lambda saved: self.chosen.emit([saved]))
        self._opener.failed.connect(self.failed)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(theme.GRID)
        top.addWidget(self.filter, 1)
        top.addWidget(self.count)
        top.addStretch(1)
        buttons = (self.show_button, self.compare_button, self.open_button, self.delete_button, self.undo_button)
        for button in buttons:
            top.addWidget(button)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*4 * (theme.GRID,))
        layout.setSpacing(theme.GRID)
        layout.addLayout(top)
        layout.addLayout(self._pages, 1)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._show)
        self.table.itemSelectionChanged.connect(self._show_what_can_be_done)
        self.table.itemActivated.connect(lambda _item: self._show_selected())
        self.show_button.clicked.connect(self._show_selected)
        self.compare_button.clicked.connect(self._show_selected)
        self.open_button.clicked.connect(self._ask_for_file)
        self.delete_button.clicked.connect(self.delete_selected)
        self.undo_button.clicked.connect(self.undo_delete)
        for keys, action in ((Qt.Key.Key_Delete, self.delete_selected), ("Ctrl+Z", self.undo_delete)):
            shortcut = QShortcut(QKeySequence(keys), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(action)

    def begin(self) -> None:
        """Reads the folder, off the window's thread."""
        self._reader.ask(self._runs.list)

    def add(self, saved: SavedComparison) -> None:
        """Shows one more, which is in the folder already."""
        self._saved[saved.id] = saved
        self._changed()

    def selected(self) -> list[SavedComparison]:
        """What is selected, from top to bottom."""
        return [self._saved[id_] for id_ in self.table.selected_ids()]

    @Slot()
    def delete_selected(self) -> None:
        """Delete the selected ones; `undo_delete` brings them back."""
        deleted = []
        try:
            for saved in self.selected():
                deleted.append(self._runs.delete(saved.id))
                del self._saved[saved.id]
        except InputError as error:
            self.failed.emit(error)
        if deleted:
            self._deleted.append(deleted)
        self._changed()

    @Slot()
    def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        if not self._deleted:
            return
        last = self._deleted[-1]
        try:
            while last:
                saved = self._runs.restore(last[-1].id, last[-1].comparison)
                last.pop()
                self._saved[saved.id] = saved
        except InputError as error:
            self.failed.emit(error)
        else:
            self._deleted.pop()
        self._changed()

    def open_file(self, path: Path) -> None:
        """Shows a file from anywhere."""
        self._opener.ask(lambda: SavedComparison(path, load_comparison(path)))

    @Slot()
    def _ask_for_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Saved run", "", "Saved runs (*.json)")
        if chosen:
            self.open_file(Path(chosen))

    @Slot()
    def _show_selected(self) -> None:
        if selected := self.selected():
            self.chosen.emit(selected)

    @Slot(object)
    def _read(self, listed: SavedList) -> None:
        self._saved = {saved.id: saved for saved in listed.saved}
        self._unreadable = listed.unreadable
        self._show()

    def _changed(self) -> None:
        if self._reader.is_busy:  # what is being read may be from before the change
            self.begin()
        self._show()

    @Slot()
    def _show(self) -> None:
        """Shows what the filter lets through, and keeps what is selected."""
        chosen = set(self.table.selected_ids())
        words = self.filter.text().casefold().split()
        found = [saved for saved in self._saved.values() if all(word in _text(saved) for word in words)]
        self.table.show_saved(found)
        selection = self.table.selectionModel()
        for row, id_ in enumerate(self.table.ids()):
            if id_ in chosen:
                selection.select(self.table.model().index(row, 0), _SELECT)
        self._pages.setCurrentWidget(self.table if self._saved else self._empty)
        count = formatting.plural(len(found), "run")
        unreadable = f", {len(self._unreadable)} unreadable" if self._unreadable else ""
        self.count.setText(f"{count}{unreadable}" if self._saved or unreadable else "")
        self.count.setToolTip("\n".join(self._unreadable))
        self._show_what_can_be_done()

    @Slot()
    def _show_what_can_be_done(self) -> None:
        count = len(self.table.selected_ids())
        self.show_button.setEnabled(count == 1)
        self.compare_button.setEnabled(count > 1)
        self.delete_button.setEnabled(count > 0)
        self.undo_button.setEnabled(bool(self._deleted))


def _text(saved: SavedComparison) -> str:
    """What the filter looks at."""
    comparison = saved.comparison
    parts: Sequence[str] = (
        comparison.conditions.started.replace("T", " "),
        comparison.model,
        str(comparison.scenario),
        *(f"{run.backend} {run.title}" for run in comparison.runs),
    )
    return " ".join(parts).casefold()
