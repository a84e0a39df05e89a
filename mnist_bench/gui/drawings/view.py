"""The Drawings tab: what was drawn before, to look through, search, label, delete and put back on the pad."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from PySide6.QtGui import QPixmap

from mnist_bench.base import words
from mnist_bench.digits.kept import KeptDrawing, search
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.columns import Column
from mnist_bench.gui.kit.list_view import ListView
from mnist_bench.gui.kit.pixels import enlarged
from mnist_bench.gui.kit.table import Table
from mnist_bench.gui.kit.text import set_tip
from mnist_bench.session.session import Session

_THUMBNAIL: Final = 32
_NOTHING_YET = (
    "No drawings yet. What you draw is kept here, with its label and the answers,\n"
    "when you clear the pad or put something else on it."
)
_SEARCH_TIP = (
    "Search for a digit, for 'right', 'wrong' or 'unlabelled', for a backend's name, or for a time such as 2026-03."
)


class DrawingsView(ListView):
    """Shows the kept drawings, newest first."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, session.drawings, "drawing", _NOTHING_YET)
        self._drawings = session.drawings
        labels = {str(digit): partial(self._label_selected, digit) for digit in range(10)}
        table = drawings_table(session, {"Del": self.delete_selected, "Ctrl+Z": self.undo_delete, **labels})
        tip = "Put the selected drawing back on the pad (Enter or double-click)"
        self.put_back_button = push_button("Put back on the pad", self._put_back, tip=tip)
        self.search.setPlaceholderText("Search: 7, wrong, unlabelled, QNNPACK, …")
        set_tip(self.search, _SEARCH_TIP)
        set_tip(table, "Press 0 to 9 to label the selected drawings")
        self.lay_out(table, [self.put_back_button])
        table.chosen.connect(self._put_back)
        self._drawings.seen.subscribe(lambda _: table.viewport().update())

    def _label_selected(self, label: int) -> None:
        """As on the pad: the same digit again takes it back."""
        self._drawings.label([kept.id for kept in self.table.selected()], label)

    def _put_back(self) -> None:
        selected = self.table.selected()
        if len(selected) == 1:
            self._drawings.put_back(selected[0].id)

    def found(self, words: str) -> Sequence[KeptDrawing]:
        """By label, answers, backends and time."""
        return search(list(self._drawings.rows.rows.values()), words)

    def unreadable(self) -> int:
        """Files that cannot be read have nothing to draw."""
        return self._drawings.unreadable

    def _show_what_can_be_done(self) -> None:
        super()._show_what_can_be_done()
        self.put_back_button.setEnabled(len(self.table.selected()) == 1)


def drawings_table(session: Session, keys: Mapping[str, Callable[[], object]]) -> Table[KeptDrawing]:
    """An empty table, newest first until the person sorts it otherwise; for `keys` see Table."""

    def thumbnail(kept: KeptDrawing) -> QPixmap | None:
        pixels = session.drawings.image(kept)
        return None if pixels is None else enlarged(pixels, _THUMBNAIL)

    columns: tuple[Column[KeptDrawing], ...] = (
        Column("Drawn", _when, key=lambda kept: (kept.time, kept.id), picture=thumbnail, spoken=_spoken),
        Column("Label", lambda kept: "?" if kept.label is None else str(kept.label)),
        Column("Answers", _answers, stretch=True, least=30),
    )
    name = "Kept drawings"
    return Table(session, name, columns, lambda kept: kept.id, keys=keys, newest_first=True, icon_side=_THUMBNAIL)


def _when(kept: KeptDrawing) -> str:
    return words.date_time(kept.time)


def _spoken(kept: KeptDrawing) -> str:
    digit = "an unknown digit" if kept.label is None else f"a {kept.label}"
    return f"Drawing of {digit}, {_when(kept)}"


def _answers(kept: KeptDrawing) -> str:
    """As "PyTorch fp32: 7 (99.8 %) ✓   QNNPACK int8: 1 (51.0 %) ✗"; right and wrong only where there is a label."""
    said = []
    for answer in kept.answers:
        sign = "" if kept.label is None else " ✓" if answer.digit == kept.label else " ✗"
        said.append(f"{answer.backend}: {answer.digit} ({words.probability(answer.probability)}){sign}")
    return "    ".join(said)
