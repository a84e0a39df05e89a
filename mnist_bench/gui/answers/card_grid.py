"""Lays out one to six cards: up to three in one row, more in two."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from mnist_bench.gui.answers.card import BackendCard
from mnist_bench.gui.kit import theme
from mnist_bench.session.backend_choice import MOST_CHOSEN

_MOST_IN_A_ROW = 3
_TAB = Qt.FocusPolicy.TabFocus


def columns_for(cards: int) -> int:
    """How many cards stand side by side."""
    return cards if cards <= _MOST_IN_A_ROW else (cards + 1) // 2


class CardGrid(QWidget):
    """The cards, in their order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[BackendCard] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.GRID)

    def show_cards(self, cards: Sequence[BackendCard]) -> None:
        """Shows these cards and no others; the ones that were shown before and are not in `cards` are deleted."""
        for gone in (card for card in self._cards if card not in cards):
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._cards = list(cards)
        columns = columns_for(len(cards))
        for index in range(MOST_CHOSEN):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)
            self._grid.setRowStretch(index, 1 if index * columns < len(cards) else 0)
        for index, card in enumerate(cards):
            self._grid.addWidget(card, index // columns, index % columns)
            card.show()
        parts = [part for card in cards for part in (card, *card.findChildren(QWidget)) if part.focusPolicy() & _TAB]
        for before, part in pairwise(parts):
            QWidget.setTabOrder(before, part)

    def cards(self) -> list[BackendCard]:
        """The cards that are shown."""
        return list(self._cards)

    def minimumSizeHint(self) -> QSize:
        """Room for the cards at their smallest, all of one size."""
        columns = max(columns_for(len(self._cards)), 1)
        rows = -(-len(self._cards) // columns)
        hints = [card.minimumSizeHint() for card in self._cards]
        width, height = max((h.width() for h in hints), default=0), max((h.height() for h in hints), default=0)
        return QSize(columns * (width + theme.GRID) - theme.GRID, max(rows * (height + theme.GRID) - theme.GRID, 0))
