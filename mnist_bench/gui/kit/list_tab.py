"""What tabs that list a folder have in common: a search, a count and buttons above a table, or a text in its place."""

from collections.abc import Sequence

from PySide6.QtWidgets import QLineEdit, QPushButton, QStackedLayout, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.flow import Flow
from mnist_bench.gui.kit.text import Label, empty_label


class ListTab(QWidget):
    """Lays them out and shows how many there are; what is in the table is its own subject.

    Attributes:
        search: what the person looks for.
        count: how many there are, of which how many are found.

    `one` is what a row is called, `nothing_yet` what is shown where there is none.
    """

    def __init__(self, one: str, nothing_yet: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._one = one
        self._nothing_yet = nothing_yet
        self.search = QLineEdit()
        self.search.setAccessibleName(f"Search the kept {one}s")
        self.search.setClearButtonEnabled(True)
        self.count, self._empty = Label(role="caption"), empty_label()
        self._stack = QStackedLayout()

    def lay_out(self, table: QWidget, buttons: Sequence[QPushButton]) -> None:
        """Puts the table in its place, and the buttons above it."""
        self._stack.addWidget(table)
        self._stack.addWidget(self._empty)
        top = hbox((self.search, 1), self.count)
        self.setLayout(vbox(top, Flow(*buttons), (self._stack, 1), margins=theme.GRID))

    def show_count(self, found: int, total: int, unreadable: int, *, is_read: bool) -> None:
        """Shows the table if it has rows, else why it has none; and how many there are. `is_read`: the folder is."""
        nothing = self._nothing_yet if is_read else f"Reading the kept {self._one}s …"
        self._empty.setText(f"No {self._one} matches “{self.search.text().strip()}”." if total else nothing)
        self._stack.setCurrentIndex(0 if found else 1)
        everything = words.plural(total, self._one)
        text = everything if found == total else f"{found} of {everything}"
        if unreadable:
            text += f"; {words.plural(unreadable, 'file')} could not be read"
        self.count.setText(text if total or unreadable else "")
