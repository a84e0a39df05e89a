"""The Latency tab: how to measure, and the outcome."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QWidget

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.results.outcome import Outcome
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.containers import hbox, named, vbox
from mnist_bench.gui.kit.export import Asker
from mnist_bench.gui.kit.flow import Flow
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.text import Label, empty_label
from mnist_bench.gui.kit.text_line import TextLine
from mnist_bench.gui.latency.outcome_view import OutcomeView
from mnist_bench.gui.latency.settings_fields import SettingsFields

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


class LatencyTab(QWidget):
    """What to measure, and the last outcome.

    Attributes:
        fields: how to measure.
        answer: which is faster, in a sentence.
        view: shows the outcome.

    Signals:
        benchmark_requested: the person wants to measure.
        cancel_requested: the person wants no more; what there is is kept.
        by_changed: TimeKind, which time ratios are of; what they are against may have changed, too.
        why_requested: the person wants to know why.
        report_requested: Outcome to write a report of.
    """

    benchmark_requested = Signal()
    cancel_requested = Signal()
    by_changed = Signal(object)
    why_requested = Signal()
    report_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, asker: Asker | None = None) -> None:
        super().__init__(parent)
        self.view = OutcomeView(asker=asker)
        self.benchmark_button = push_button("Benchmark", self.benchmark_requested, tip="Measure the backends (F5)")
        self.cancel_button = push_button("Cancel", self.cancel_requested, tip="Stop, and keep what was measured (Esc)")
        self.report_button = push_button("Report …", self._report, tip="Write a report, as HTML or Markdown")
        self.fields = SettingsFields()
        self.answer = Label(wrap=True, selectable=True)
        self.why_button = push_button("Why?", self.why_requested, tip="Show where each layer spends its time")
        self.by = named_combo("Which time is compared", _BY)
        self.against = named_combo("What several results are compared with", _AGAINST)
        self._estimate = ""
        self._words = TextLine(role="caption")
        self._is_measuring = self._is_analysing = False
        self._empty = empty_label(_EMPTY)
        self._lay_out()
        self.by.currentIndexChanged.connect(lambda _index: self.by_changed.emit(self.time_kind))
        self.against.currentIndexChanged.connect(lambda _index: self.by_changed.emit(self.time_kind))

    def _lay_out(self) -> None:
        self._against = named("with", self.against)
        self._of_outcome = (
            *(named("Show", self.view.kind), named("Compare", self.by)),
            *(self.view.export_button, self.report_button),
        )
        answer = hbox((self.answer, 1), self.why_button, spacing=theme.GRID)
        settings = Flow(self.benchmark_button, self.cancel_button, *self.fields.widgets)
        outcome = Flow(*self._of_outcome[:2], self._against, *self._of_outcome[2:])
        for widget in (self.cancel_button, self._against, self.answer, self.why_button, *self._of_outcome):
            widget.hide()
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.view)
        parts = (answer, settings, outcome, (self._pages, 1), self._words)
        margins = (theme.GRID, theme.GRID, theme.GRID, 0)
        self.setLayout(vbox(*parts, spacing=theme.GRID // 2, margins=margins))

    @property
    def time_kind(self) -> TimeKind:
        """Which time ratios are of."""
        return TimeKind(self.by.currentData())

    @property
    def against_itself(self) -> bool:
        """Whether each backend of several results is compared with itself in the first."""
        return bool(self.against.currentData())

    def show_busy(self, is_busy: bool, *, is_measuring: bool) -> None:
        """Whether something runs, beside which nothing can be measured, and whether that is a benchmark."""
        self.benchmark_button.setEnabled(not is_busy)
        self.benchmark_button.setVisible(not is_measuring)
        self.cancel_button.setVisible(is_measuring)
        self._empty.setText(_EMPTY_MEANWHILE if is_measuring else _EMPTY)
        self._is_measuring = is_measuring
        self.why_button.setEnabled(not is_busy)
        if not is_measuring:
            self._estimate = ""
        self._show_words()

    def show_estimate(self, said: str) -> None:
        """Shows the answer so far, of the benchmark that runs."""
        self._estimate = f"So far: {said}"
        self._show_words()

    def show_analysing(self, is_analysing: bool) -> None:
        """Whether the figures of what is to be shown are being worked out."""
        self._is_analysing = is_analysing
        self._show_words()

    def show_outcome(self, outcome: Outcome, styles: Sequence[BackendStyle]) -> None:
        """Shows what came of it; `styles` are of its lines."""
        self.view.show_outcome(outcome, styles)
        self._pages.setCurrentWidget(self.view)
        for widget in self._of_outcome:
            widget.show()
        self._against.setVisible(len(outcome.files) > 1)
        self._show_words()

    def _show_words(self) -> None:
        """The answer, and one line below: what is going on, else what the outcome is of."""
        outcome = self.view.outcome
        answer = self._estimate or ("" if outcome is None else outcome.answer)
        self.answer.setText(answer)
        self.answer.setVisible(bool(answer))
        self.why_button.setVisible(bool(answer) and not self._estimate)
        words = [_MEASURING] if self._is_measuring else [_ANALYSING] if self._is_analysing else []
        if not words and outcome is not None:
            words = [outcome.title, outcome.note]
            if outcome.warnings:
                words.append(f"⚠ {', '.join(outcome.warnings)}")
        self._words.show_text("   ".join(filter(None, words)), tip="\n".join(filter(None, words)))

    @Slot()
    def _report(self) -> None:
        self.report_requested.emit(self.view.outcome)
