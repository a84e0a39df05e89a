"""The Latency tab: how to measure, and what came of it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QSpinBox, QStackedLayout, QWidget

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.settings import DEFAULT_BATCHES, MAX_PROCESSES, Scenario, Settings, parse_batches
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.containers import named, vbox
from mnist_bench.gui.kit.export import Asker
from mnist_bench.gui.kit.flow import Flow
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.text import empty_label, set_tip
from mnist_bench.gui.kit.text_line import TextLine
from mnist_bench.gui.latency.outcome import Outcome
from mnist_bench.gui.latency.outcome_view import OutcomeView

_EMPTY = (
    "Press “Benchmark” (F5): the chosen backends are measured in several fresh processes each, their turns in random\n"
    "order. Here you see which is faster, by how much, and how sure that is. Drawing meanwhile disturbs it."
)
_EMPTY_MEANWHILE = (
    "The chosen backends are being measured in several fresh processes each, their turns in random order.\n"
    "In the end you see here which is faster, by how much, and how sure that is."
)
_MEASURING = "Measuring … Drawing meanwhile disturbs it: the warning “busy machine” tells if much else went on."
_ANALYSING = "Working out the intervals …"
_BY: Final = {TimeKind.COMPUTE: "of compute", TimeKind.ROUND_TRIP: "of round trip"}
_MOST_RUNS: Final = 999_999


class LatencyTab(QWidget):
    """What to measure, and the last outcome.

    Attributes:
        view: shows the outcome.

    Signals:
        benchmark_requested: the person wants to measure.
        cancel_requested: the person wants no more; what there is is kept.
        by_changed: TimeKind, which time ratios are of.
        report_requested: Outcome to write a report of.
    """

    benchmark_requested = Signal()
    cancel_requested = Signal()
    by_changed = Signal(object)
    report_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, asker: Asker | None = None) -> None:
        super().__init__(parent)
        self.view = OutcomeView(asker=asker)
        self.benchmark_button = push_button("Benchmark", self.benchmark_requested, tip="Measure the backends (F5)")
        self.cancel_button = push_button("Cancel", self.cancel_requested, tip="Keep what was measured (Esc)")
        self.report_button = push_button("Report …", self._report, tip="Write it as one HTML file, or as Markdown")
        self.scenario = named_combo("How samples follow one another", {one: str(one) for one in Scenario})
        for place, scenario in enumerate(Scenario):
            self.scenario.setItemData(place, scenario.words, Qt.ItemDataRole.ToolTipRole)
        self.batches = QLineEdit(",".join(map(str, DEFAULT_BATCHES)))
        set_tip(self.batches, "Images to a request, each of these in turn, such as 1,10,100")
        self.processes, self.runs = QSpinBox(), QSpinBox()
        self.seconds, self.cool_down = QDoubleSpinBox(), QDoubleSpinBox()
        self._set_up_boxes()
        self.by = named_combo("Which time is compared", _BY)
        self._words = TextLine(role="caption")
        self._is_measuring = self._is_analysing = False
        self._empty = empty_label(_EMPTY)
        self._lay_out()
        self.by.currentIndexChanged.connect(lambda _index: self.by_changed.emit(self.time_kind))
        self.scenario.currentIndexChanged.connect(self._scenario_chosen)
        self._scenario_chosen()

    def _set_up_boxes(self) -> None:
        """What can be chosen in them, and what they say where nothing is."""
        boxes: tuple[tuple[QSpinBox | QDoubleSpinBox, int, str, str, str], ...] = (
            (self.processes, MAX_PROCESSES, "", "", "Fresh processes of each backend: identical ones differ"),
            (self.seconds, 600, " s", "default", "How long each backend is measured, all in all"),
            (self.runs, _MOST_RUNS, "", "default", "Samples of each backend in all, and of each batch size"),
            (self.cool_down, 60, " s", "none", "Rest before each process, for a device that gets warm"),
        )
        for box, most, suffix, nothing, tip in boxes:
            box.setRange(0 if nothing else 1, most)
            box.setSuffix(suffix)
            box.setSpecialValueText(nothing)
            box.setGroupSeparatorShown(True)
            set_tip(box, tip)
        for decimal in (self.seconds, self.cool_down):
            decimal.setDecimals(1)
        self.runs.setSingleStep(1000)
        self.processes.setValue(Settings().processes)

    def _lay_out(self) -> None:
        self._batches = named("Batch sizes", self.batches)
        self._of_outcome = (named("Show", self.view.kind), self.by, self.view.export_button, self.report_button)
        settings = Flow(
            self.benchmark_button,
            self.cancel_button,
            named("Scenario", self.scenario),
            self._batches,
            named("Processes", self.processes),
            named("Time", self.seconds),
            named("Samples", self.runs),
            named("Cool-down", self.cool_down),
            *self._of_outcome,
        )
        for widget in (self.cancel_button, *self._of_outcome):
            widget.hide()
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.view)
        margins = (theme.GRID, theme.GRID, theme.GRID, 0)
        self.setLayout(vbox(settings, (self._pages, 1), self._words, spacing=theme.GRID // 2, margins=margins))

    @property
    def settings(self) -> Settings:
        """What the person chose; UsageError if that is not possible."""
        scenario = Scenario(self.scenario.currentData())
        return Settings(
            scenario=scenario,
            processes=self.processes.value(),
            runs=self.runs.value() or None,
            seconds=self.seconds.value() or None,
            batches=parse_batches(self.batches.text()) if scenario is Scenario.OFFLINE else (1,),
            cool_down_s=self.cool_down.value(),
        )

    @property
    def time_kind(self) -> TimeKind:
        """Which time ratios are of."""
        return TimeKind(self.by.currentData())

    def show_busy(self, is_busy: bool, *, is_measuring: bool) -> None:
        """Whether something runs, beside which nothing can be measured, and whether that is a benchmark."""
        self.benchmark_button.setEnabled(not is_busy)
        self.benchmark_button.setVisible(not is_measuring)
        self.cancel_button.setVisible(is_measuring)
        self._empty.setText(_EMPTY_MEANWHILE if is_measuring else _EMPTY)
        self._is_measuring = is_measuring
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
        self._show_words()

    def _show_words(self) -> None:
        """One line below: what is going on, else what the outcome is of."""
        outcome = self.view.outcome
        words = [_MEASURING] if self._is_measuring else [_ANALYSING] if self._is_analysing else []
        if not words and outcome is not None:
            words = [outcome.title, outcome.note]
            if outcome.warnings:
                words.append(f"⚠ {', '.join(outcome.warnings)}")
        self._words.show_text("   ".join(filter(None, words)), "\n".join(filter(None, words)))

    @Slot()
    def _scenario_chosen(self) -> None:
        """Batches are Offline's."""
        scenario = Scenario(self.scenario.currentData())
        self._batches.setVisible(scenario is Scenario.OFFLINE)
        set_tip(self.scenario, f"{scenario}: {scenario.words}")

    @Slot()
    def _report(self) -> None:
        self.report_requested.emit(self.view.outcome)
