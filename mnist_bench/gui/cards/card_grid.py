"""Lays out one to six cards: in one row, in two from four on, or from three where it is narrow."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from mnist_bench.gui.cards.card import BackendCard
from mnist_bench.gui.kit import theme

MOST_CARDS = 6
_NARROW = 3 * 264 + 2 * theme.GRID
"""Three cards side by side need this many pixels."""


def columns_for(cards: int, width: int) -> int:
    """How many cards stand side by side."""
    if cards >= 4 or (cards == 3 and width < _NARROW):
        return (cards + 1) // 2
    return max(cards, 1)


class CardGrid(QWidget):
    """The cards, in their order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[BackendCard] = []
        self._columns = 0
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
        self._columns = 0
        self._arrange(self.width())

    def cards(self) -> list[BackendCard]:
        """The cards that are shown."""
        return list(self._cards)

    def minimumSizeHint(self) -> QSize:
        """Room for two columns at least, so that a narrower window can be made and the cards go into two rows."""
        if not self._cards:
            return QSize(0, 0)
        columns = columns_for(len(self._cards), 0)
        rows = -(-len(self._cards) // columns)
        card = self._cards[0].minimumSizeHint()
        return QSize(
            columns * (card.width() + theme.GRID) - theme.GRID, rows * (card.height() + theme.GRID) - theme.GRID
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Changes the number of columns with the width."""
        self._arrange(event.size().width())
        super().resizeEvent(event)

    def _arrange(self, width: int) -> None:
        columns = columns_for(len(self._cards), width)
        if columns == self._columns:
            return
        for index in range(MOST_CARDS):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)
            self._grid.setRowStretch(index, 1 if index * columns < len(self._cards) else 0)
        self._columns = columns
        for index, card in enumerate(self._cards):
            self._grid.addWidget(card, index // columns, index % columns)
            card.show()
