"""The Latency tab: how to measure, and what came of it."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.settings import DEFAULT_BATCHES, MAX_PROCESSES, Scenario, Settings, parse_batches
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.export import Asker
from mnist_bench.gui.kit.flow import Flow
from mnist_bench.gui.kit.palette import BackendStyle
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
_ARROWS: Final = 30
_EDGES: Final = 28
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
        self.benchmark_button = push_button("Benchmark", tip="Measure the chosen backends (F5)")
        self.cancel_button = push_button("Cancel", tip="End it, and keep what was measured (Esc)")
        self.cancel_button.hide()
        self.report_button = push_button("Report …", tip="Write it as one HTML file, or as Markdown")
        self.scenario = named_combo("Scenario")
        for place, scenario in enumerate(Scenario):
            self.scenario.addItem(str(scenario), scenario)
            self.scenario.setItemData(place, scenario.words, Qt.ItemDataRole.ToolTipRole)
        self.batches = QLineEdit(",".join(map(str, DEFAULT_BATCHES)))
        self.batches.setAccessibleName("Batch sizes")
        self.batches.setToolTip("Images to a request, each of these in turn, such as 1,10,100")
        self.processes, self.runs = QSpinBox(), QSpinBox()
        self.seconds, self.cool_down = QDoubleSpinBox(), QDoubleSpinBox()
        self.processes.setRange(1, MAX_PROCESSES)
        self.processes.setValue(Settings().processes)
        self.runs.setRange(0, _MOST_RUNS)
        self.runs.setSingleStep(1000)
        self.seconds.setRange(0, 600)
        self.cool_down.setRange(0, 60)
        for box in (self.seconds, self.cool_down):
            box.setDecimals(1)
        self._name_lengths()
        self.by = named_combo("Which time is compared")
        for kind, words in _BY.items():
            self.by.addItem(words, kind)
        self._words = TextLine(role="caption")
        self._is_measuring = False
        self._is_analysing = False
        self._empty = QLabel(_EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        theme.set_role(self._empty, "empty")
        self._lay_out()
        self.benchmark_button.clicked.connect(self.benchmark_requested)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.report_button.clicked.connect(lambda: self.report_requested.emit(self.view.outcome))
        self.by.currentIndexChanged.connect(lambda _index: self.by_changed.emit(self.time_kind))
        self.scenario.currentIndexChanged.connect(self._scenario_chosen)
        self._scenario_chosen()

    def _name_lengths(self) -> None:
        """What each box says of itself: there is no room for labels beside them."""
        self.processes.setSuffix(" processes")
        self.processes.setToolTip("Fresh processes of each backend: identical ones differ, so one tells little")
        self.seconds.setSpecialValueText("default time")
        self.seconds.setSuffix(" s")
        self.seconds.setToolTip("How long each backend is measured in all; with runs as well, whichever is over first")
        self.runs.setSpecialValueText("default runs")
        self.runs.setSuffix(" runs")
        self.runs.setGroupSeparatorShown(True)
        self.runs.setToolTip("Samples of each backend in all, and of each batch size")
        self.cool_down.setSpecialValueText("no cool-down")
        self.cool_down.setPrefix("cool ")
        self.cool_down.setSuffix(" s")
        self.cool_down.setToolTip("Rest before each process, for a phone that gets warm")
        for box, name, widest in (
            (self.processes, "Processes of each backend", "100 processes"),
            (self.seconds, "Seconds of each backend", "default time"),
            (self.runs, "Samples of each backend", "999,999 runs"),
            (self.cool_down, "Cool-down before each process, in seconds", "no cool-down"),
        ):
            box.setAccessibleName(name)
            box.setFixedWidth(self.fontMetrics().horizontalAdvance(widest) + _ARROWS)

    def _lay_out(self) -> None:
        top = Flow()
        for widget in (self.benchmark_button, self.cancel_button, self.scenario, self.batches):
            top.addWidget(widget)
        self.batches.setFixedWidth(self.fontMetrics().horizontalAdvance("1,10,100") + _EDGES)
        self.batches.hide()
        for box in (self.processes, self.seconds, self.runs, self.cool_down):
            top.addWidget(box)
        self._of_outcome = (self.view.kind, self.by, self.view.export_button, self.report_button)
        for widget in self._of_outcome:
            top.addWidget(widget)
            widget.hide()
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addLayout(top)
        layout.addLayout(self._pages, 1)
        layout.addWidget(self._words)

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
        self.batches.setVisible(scenario is Scenario.OFFLINE)
        self.scenario.setToolTip(f"{scenario}: {scenario.words}")
