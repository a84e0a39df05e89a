"""Joins the Latency tab to the session: measures when the tab asks for it, and shows the outcome."""

import contextlib
from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.outcome import Outcome, outcome_of
from mnist_bench.bench.results.result import Kind, Result, only
from mnist_bench.gui.kit.export import Asker, ask_for_report
from mnist_bench.gui.kit.palette import styles_of_runs
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.latency.latency_tab import LatencyTab
from mnist_bench.session.choices import Choices
from mnist_bench.session.latency_settings import remember_settings, remembered_batches, remembered_settings
from mnist_bench.session.session import Session


class LatencyView(View):
    """Shows one measurement, or several side by side."""

    tab: LatencyTab

    def __init__(self, session: Session, window: QWidget, asker: Asker | None = None) -> None:
        super().__init__(LatencyTab(asker=asker), window)
        self._session = session
        self._asker = asker or Asker()
        self._results: tuple[Result[Comparison], ...] = ()
        self.tab.benchmark_requested.connect(self.run)
        self.tab.cancel_requested.connect(session.jobs.cancel)
        self._restore(session.choices)
        self.tab.by_changed.connect(self._show_anew)
        self.tab.report_requested.connect(self._report)
        self.tab.why_requested.connect(self._explain)
        self.tab.view.failed.connect(session.failed.publish)
        self.tab.view.message.connect(session.message.publish)
        session.jobs.progressed.subscribe(lambda _progress: self._show_busy())
        session.measuring.changed.subscribe(lambda _kind: self._show_busy())
        session.measuring.estimated.subscribe(self.tab.show_estimate)
        session.results.changed.subscribe(self._results_changed)

    def begin(self) -> None:
        """Makes the charts."""
        self.tab.view.begin()

    def run(self) -> None:
        """Measures the chosen backends."""
        self.wanted.emit()
        try:
            settings = self.tab.fields.settings
        except UsageError as error:
            self._session.failed.publish(error)
        else:
            self._session.measuring.measure_latency(settings)

    def _results_changed(self, kind: Kind) -> None:
        if kind is Kind.LATENCY:
            self._results = tuple(only(Comparison, self._session.results.shown[kind]))
            self._show_anew(self.tab.time_kind)

    def _show_anew(self, by: TimeKind) -> None:
        """Works out the figures, which may take seconds."""
        if results := self._results:
            each = self.tab.against_itself
            self.tab.show_analysing(True)
            self._session.analyser.do_latest(lambda: outcome_of(results, by, each=each), self._show, self._not_analysed)

    def _not_analysed(self, error: Exception) -> None:
        self.tab.show_analysing(False)
        self._session.failed.publish(error)

    def _show(self, outcome: Outcome) -> None:
        styles = styles_of_runs((line.run.backend for line in outcome.lines), self._session.live.color_of)
        self.tab.show_analysing(False)
        self.tab.show_outcome(outcome, styles)
        self.wanted.emit()

    def _show_busy(self) -> None:
        self.tab.show_busy(self._session.jobs.is_busy, is_measuring=self._session.measuring.kind is Kind.LATENCY)

    def _restore(self, choices: Choices) -> None:
        """Shows what was chosen the last time, and keeps what is chosen from now on."""
        for key, combo in (("latency time", self.tab.by), ("latency chart", self.tab.view.kind)):
            values = [str(combo.itemData(place)) for place in range(combo.count())]
            combo.setCurrentIndex(values.index(choices.text(key, values[0], among=values)))
            combo.currentIndexChanged.connect(partial(_keep, choices, key, values))
        self.tab.fields.show_settings(remembered_settings(choices), remembered_batches(choices))
        self.tab.fields.changed.connect(self._remember)

    def _remember(self) -> None:
        with contextlib.suppress(UsageError):  # half-typed: what was there before stays
            remember_settings(self._session.choices, self.tab.fields.settings)

    def _explain(self) -> None:
        self._session.measuring.explain(self._results[0].value.conditions.network_sha256)

    def _report(self, outcome: Outcome) -> None:
        ask_for_report(self._session, outcome.files, self.tab, self._asker, outcome.by)


def _keep(choices: Choices, key: str, values: Sequence[str], place: int) -> None:
    choices.put(key, values[place])


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return LatencyView(session, window)
