"""The Latency tab: how to measure, and the outcome."""

import contextlib
from typing import Final

from PySide6.QtCore import Slot

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.outcome import Outcome, outcome_of
from mnist_bench.bench.results.result import Kind, Result, only
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.containers import Flow, hbox, named, pages, vbox
from mnist_bench.gui.kit.export import ask_for_report
from mnist_bench.gui.kit.palette import styles_of_runs
from mnist_bench.gui.kit.text import Label, TextLine, empty_label
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.latency.outcome_view import OutcomeView
from mnist_bench.gui.latency.settings_fields import SettingsFields
from mnist_bench.session.choices import Choices
from mnist_bench.session.measuring import remember_settings, remembered_batches, remembered_settings
from mnist_bench.session.session import Session

_EMPTY = (
    "Press “Benchmark” (F5) to measure each chosen backend in several fresh processes, taking turns in random order.\n"
    "The result says which is faster, by how much, and how certain that is. Drawing meanwhile disturbs it."
)
_EMPTY_MEANWHILE = (
    "Each chosen backend is being measured in several fresh processes, taking turns in random order.\n"
    "The result will say which is faster, by how much, and how certain that is."
)
_MEASURING = "Measuring … Drawing disturbs it; a “busy machine” warning appears if too much else was running."
_ANALYSING = "Computing the intervals …"
_BY: Final = {TimeKind.COMPUTE: "compute", TimeKind.ROUND_TRIP: "round trip"}
_AGAINST: Final = {False: "the baseline of #1", True: "each backend in #1"}


class LatencyView(View):
    """Asks what to measure, and shows one measurement, or several side by side.

    Attributes:
        fields: how to measure.
        answer: which is faster, in a sentence.
        shown: shows the outcome.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._results: tuple[Result[Comparison], ...] = ()
        self._estimate = ""
        self._is_analysing = False
        self.shown = OutcomeView(session)
        cancel = session.jobs.cancel
        self.benchmark_button = push_button("Benchmark", self.run, tip="Measure the backends (F5)")
        self.cancel_button = push_button("Cancel", cancel, tip="Stop, and keep what was measured (Esc)")
        self.report_button = push_button("Report …", self._report, tip="Write a report, as HTML or Markdown")
        self.fields = SettingsFields()
        self.answer = Label(wrap=True, selectable=True)
        self.why_button = push_button("Why?", self._explain, tip="Show where each layer spends its time")
        self.by = named_combo("Which time is compared", _BY)
        self.against = named_combo("What several results are compared with", _AGAINST)
        self._words = TextLine(role="caption")
        self._empty = empty_label(_EMPTY)
        self._lay_out()
        self._restore(session.choices)
        for combo in (self.by, self.against):
            combo.currentIndexChanged.connect(self._show_anew)
        session.jobs.progressed.subscribe(lambda _progress: self._show_busy())
        session.measuring.changed.subscribe(lambda _kind: self._show_busy())
        session.measuring.estimated.subscribe(self._show_estimate)
        session.results.changed.subscribe(self._results_changed)

    def _lay_out(self) -> None:
        self._against = named("with", self.against)
        self._of_outcome = (
            *(named("Show", self.shown.kind), named("Compare", self.by)),
            *(self.shown.export_button, self.report_button),
        )
        answer = hbox((self.answer, 1), self.why_button, spacing=theme.GRID)
        settings = Flow(self.benchmark_button, self.cancel_button, *self.fields.widgets)
        outcome = Flow(*self._of_outcome[:2], self._against, *self._of_outcome[2:])
        for widget in (self.cancel_button, self._against, self.answer, self.why_button, *self._of_outcome):
            widget.hide()
        self._pages = pages(self._empty, self.shown)
        parts = (answer, settings, outcome, (self._pages, 1), self._words)
        margins = (theme.GRID, theme.GRID, theme.GRID, 0)
        self.setLayout(vbox(*parts, spacing=theme.GRID // 2, margins=margins))

    @Slot()
    def run(self) -> None:
        """Measures the chosen backends."""
        self.wanted.emit()
        try:
            settings = self.fields.settings
        except UsageError as error:
            self._session.failed.publish(error)
        else:
            self._session.measuring.measure_latency(settings)

    # What is remembered.

    def _restore(self, choices: Choices) -> None:
        """Shows what was chosen the last time, and keeps what is chosen from now on."""
        for key, combo in (("latency time", self.by), ("latency chart", self.shown.kind)):
            values = [str(combo.itemData(place)) for place in range(combo.count())]
            combo.setCurrentIndex(values.index(choices.text(key, values[0], among=values)))
            combo.currentIndexChanged.connect(lambda at, key=key, values=values: choices.put(key, values[at]))
        self.fields.show_settings(remembered_settings(choices), remembered_batches(choices))
        self.fields.changed.connect(self._remember)

    def _remember(self) -> None:
        with contextlib.suppress(UsageError):  # half-typed: what was there before stays
            remember_settings(self._session.choices, self.fields.settings)

    # What the session tells.

    def _show_busy(self) -> None:
        """Shows whether something runs, beside which nothing can be measured, and whether that is a benchmark."""
        is_busy, is_measuring = self._session.jobs.is_busy, self._is_measuring
        self.benchmark_button.setEnabled(not is_busy)
        self.benchmark_button.setVisible(not is_measuring)
        self.cancel_button.setVisible(is_measuring)
        self.why_button.setEnabled(not is_busy)
        if not is_measuring:
            self._estimate = ""
        self._show_words()

    @property
    def _is_measuring(self) -> bool:
        return self._session.measuring.kind is Kind.LATENCY

    def _show_estimate(self, said: str) -> None:
        """Shows the answer so far, of the benchmark that runs."""
        self._estimate = f"So far: {said}"
        self._show_words()

    def _results_changed(self, kind: Kind) -> None:
        if kind is Kind.LATENCY:
            self._results = tuple(only(Comparison, self._session.results.shown[kind]))
            self._show_anew()

    @Slot()
    def _show_anew(self) -> None:
        """Works out the figures, which may take seconds."""
        if results := self._results:
            by, each = TimeKind(self.by.currentData()), bool(self.against.currentData())
            self._show_analysing(True)
            self._session.analyser.do_latest(lambda: outcome_of(results, by, each=each), self._show, self._not_analysed)

    def _show_analysing(self, is_analysing: bool) -> None:
        self._is_analysing = is_analysing
        self._show_words()

    def _not_analysed(self, error: Exception) -> None:
        self._show_analysing(False)
        self._session.failed.publish(error)

    def _show(self, outcome: Outcome) -> None:
        styles = styles_of_runs((line.run.backend for line in outcome.lines), self._session.live.color_of)
        self.shown.show_outcome(outcome, styles)
        self._pages.setCurrentWidget(self.shown)
        for widget in self._of_outcome:
            widget.show()
        self._against.setVisible(len(outcome.files) > 1)
        self._show_analysing(False)
        self.wanted.emit()

    def _show_words(self) -> None:
        """The answer with what to bear in mind, and one line below: what is going on, else what the outcome is of."""
        outcome = self.shown.outcome
        answer = self._estimate or ("" if outcome is None else f"{outcome.answer} {outcome.note}".strip())
        self._empty.setText(_EMPTY_MEANWHILE if self._is_measuring or self._is_analysing else _EMPTY)
        self.answer.setText(answer)
        self.answer.setVisible(bool(answer))
        self.why_button.setVisible(bool(answer) and not self._estimate)
        words = [_MEASURING] if self._is_measuring else [_ANALYSING] if self._is_analysing else []
        if not words and outcome is not None:
            words = [outcome.title]
            if outcome.warnings:
                words.append(f"⚠ {', '.join(outcome.warnings)}")
        self._words.show_text("   ".join(filter(None, words)), tip="\n".join(filter(None, words)))

    # What the person asks for.

    def _explain(self) -> None:
        self._session.measuring.explain(self._results[0].value.conditions.network_sha256)

    def _report(self) -> None:
        if (outcome := self.shown.outcome) is not None:
            each = bool(self.against.currentData())
            ask_for_report(self._session, outcome.files, self, outcome.by, each=each)
