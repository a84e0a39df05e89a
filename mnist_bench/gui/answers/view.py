"""Joins the Answers tab to the session: a card and a curve for each backend."""

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.answers.answers_tab import AnswersTab
from mnist_bench.gui.answers.card import BackendCard
from mnist_bench.gui.answers.live_chart import LiveChart
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.view import View
from mnist_bench.session.backend_state import BackendState
from mnist_bench.session.session import Session

_REST_MS = 400


class AnswersView(View):
    """Shows the chosen backends, in their order.

    Attributes:
        cards: by their backends' ids.
    """

    tab: AnswersTab

    def __init__(self, session: Session, window: QWidget) -> None:
        self.chart = LiveChart(session.live.samples)
        super().__init__(AnswersTab(self.chart), window)
        self.cards: dict[str, BackendCard] = {}
        self.exports = (self.chart.export_action,)
        self._session = session
        self._rest = timer(self, self._describe, _REST_MS, once=True)
        self.chart.message.connect(session.message.publish)
        self.chart.failed.connect(session.failed.publish)
        self.tab.repeat_requested.connect(session.live.repeat)
        session.live.chosen.subscribe(self._show_chosen)
        session.live.changed.subscribe(self._show_backend)
        session.live.answered.subscribe(self._answered)
        session.live.loaded.subscribe(lambda _network: self.chart.refresh())
        session.pad.changed.subscribe(lambda digit: self._show_label(digit.label))
        session.pad.labelled.subscribe(self._show_label)
        self._show_chosen(session.live.backends)

    def begin(self) -> None:
        """Makes the chart."""
        self.chart.begin()

    def _show_chosen(self, states: tuple[BackendState, ...]) -> None:
        before, self.cards = self.cards, {}
        for state in states:
            card = before.get(state.id) or self._new_card(state)
            self.cards[state.id] = card
            card.show_backend(state)
            card.show_alone(len(states) == 1)
        self.tab.grid.show_cards(list(self.cards.values()))
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
            card.show_truth(label)
        self._show_what_can_be_done()

    def _show_what_can_be_done(self) -> None:
        self.tab.set_can_repeat(any(state.answer is not None for state in self._session.live.backends))

    def _describe(self) -> None:
        for card in self.cards.values():
            card.describe()


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return AnswersView(session, window)
