"""The Answers tab: a card and a curve for each backend, above and below a divider."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.answers.card import BackendCard
from mnist_bench.gui.answers.card_parts import WHY_THEY_DIFFER
from mnist_bench.gui.answers.live_chart import LiveChart
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import tool_button
from mnist_bench.gui.kit.containers import grid, hbox, splitter, timer, vbox
from mnist_bench.gui.kit.text import TextLine
from mnist_bench.gui.kit.view import View
from mnist_bench.session.backend_state import MOST_CHOSEN, BackendState
from mnist_bench.session.session import Session

_REST_MS = 400
_MOST_IN_A_ROW = 3
_TAB = Qt.FocusPolicy.TabFocus
_HINT = "Each card answers what is on the pad. Click one to make it the baseline."


def columns_for(cards: int) -> int:
    """How many cards stand side by side."""
    return cards if cards <= _MOST_IN_A_ROW else (cards + 1) // 2


class CardGrid(QWidget):
    """Lays out `cards`, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[BackendCard] = []
        self._grid = grid(self, theme.GRID, theme.GRID)

    def show_cards(self, cards: Sequence[BackendCard]) -> None:
        """Shows these cards and no others; the ones that were shown before and are not in `cards` are deleted."""
        for gone in (card for card in self.cards if card not in cards):
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self.cards = list(cards)
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

    def minimumSizeHint(self) -> QSize:
        """Room for the cards at their smallest, all of one size."""
        columns = max(columns_for(len(self.cards)), 1)
        rows = -(-len(self.cards) // columns)
        hints = [card.minimumSizeHint() for card in self.cards]
        width, height = max((h.width() for h in hints), default=0), max((h.height() for h in hints), default=0)
        return QSize(columns * (width + theme.GRID) - theme.GRID, max(rows * (height + theme.GRID) - theme.GRID, 0))


class AnswersView(View):
    """Shows the chosen backends, in their order; the divider always moves, as the chart can be folded away.

    Attributes:
        cards: by their backends' ids.
        grid: lays them out.
        chart: live times.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.cards: dict[str, BackendCard] = {}
        self.grid = CardGrid()
        self.chart = LiveChart(session)
        self.exports = (self.chart.export_action,)
        self._session = session
        self._rest = timer(self, self._describe, _REST_MS, once=True)
        name = "Run this image 100 times on every backend"
        self.repeat_button = tool_button("100 runs", session.live.repeat, tip=WHY_THEY_DIFFER, role="chip", name=name)
        self.divider = splitter(Qt.Orientation.Vertical, self.grid, self.chart, stretch=(2, 1), name="cards and chart")
        self.divider.setCollapsible(1, True)
        self.divider.setSizes([360, 180])
        top, gap = hbox((TextLine(_HINT, role="caption"), 1), self.repeat_button), theme.GRID // 2
        self.setLayout(vbox(top, (self.divider, 1), spacing=gap, margins=(theme.GRID, gap, theme.GRID, 0)))
        self._connect()
        self._show_chosen(session.live.backends)

    def _connect(self) -> None:
        session = self._session
        session.live.chosen.subscribe(self._show_chosen)
        session.live.changed.subscribe(self._show_backend)
        session.live.answered.subscribe(self._answered)
        session.live.loaded.subscribe(lambda _network: self.chart.refresh())
        session.pad.changed.subscribe(lambda digit: self._show_label(digit.label))
        session.pad.labelled.subscribe(self._show_label)

    def _show_chosen(self, states: tuple[BackendState, ...]) -> None:
        before, self.cards = self.cards, {}
        for state in states:
            card = before.get(state.id) or self._new_card(state)
            self.cards[state.id] = card
            card.show_backend(state)
            card.show_alone(len(states) == 1)
        self.grid.show_cards(list(self.cards.values()))
        self.chart.show_backends(states)
        self._show_repeated()
        self._show_label(self._session.pad.digit.label)
        self._show_what_can_be_done()

    def _new_card(self, state: BackendState) -> BackendCard:
        card, live = BackendCard(state), self._session.live
        card.baseline_requested.connect(lambda: live.set_baseline(state.id))
        card.retry_requested.connect(lambda: live.restart(state.id))
        card.quantize_requested.connect(self._session.quantizing.quantize)
        return card

    def _show_backend(self, state: BackendState) -> None:
        if (card := self.cards.get(state.id)) is not None:
            before = card.state
            card.show_backend(state)
            if state.repeated is not before.repeated or state.is_baseline != before.is_baseline:
                self._show_repeated()
            self._show_what_can_be_done()

    def _show_repeated(self) -> None:
        """A ratio changes with the baseline's own median, too."""
        baseline = next((state for state in self._session.live.backends if state.is_baseline), None)
        own = None if baseline is None or baseline.repeated is None else baseline.repeated.median_ns
        for backend_id, card in self.cards.items():
            repeated = card.state.repeated
            is_other = baseline is not None and baseline.id != backend_id
            card.times.show_repeated(None if repeated is None else repeated.median_ns, own if is_other else None)

    def _answered(self, _state: BackendState) -> None:
        self.chart.refresh()
        self._rest.start()

    def _show_label(self, label: int | None) -> None:
        for card in self.cards.values():
            card.answer_view.show_truth(label)
        self._show_what_can_be_done()

    def _show_what_can_be_done(self) -> None:
        self.repeat_button.setEnabled(any(state.answer is not None for state in self._session.live.backends))

    def _describe(self) -> None:
        for card in self.cards.values():
            card.describe()
