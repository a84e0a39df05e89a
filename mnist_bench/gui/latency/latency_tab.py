"""The Latency tab: how to measure, and what came of it."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.settings import MAX_PROCESSES, Scenario, Settings
from mnist_bench.gui.latency.outcome import Outcome
from mnist_bench.gui.latency.outcome_view import OutcomeView
from mnist_bench.gui.look import theme
from mnist_bench.gui.look.buttons import named_combo, push_button
from mnist_bench.gui.look.palette import BackendStyle

_EMPTY = (
    "Press “Benchmark” (F5): the chosen backends are measured in several fresh processes each, their turns in random\n"
    "order. Here you see which is faster, by how much, and how sure that is. Drawing meanwhile disturbs it."
)
_BY = {TimeKind.COMPUTE: "compute", TimeKind.ROUND_TRIP: "round trip"}
_BATCHES = (1, 10, 100)
_NARROW = 84


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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = OutcomeView()
        self.benchmark_button = push_button("Benchmark", tip="Measure the chosen backends (F5)")
        self.cancel_button = push_button("Cancel", tip="End it, and keep what was measured (Esc)")
        self.cancel_button.hide()
        self.report_button = push_button("Report …", tip="Write it as one HTML file, or as Markdown")
        self.scenario = named_combo("Scenario")
        for place, scenario in enumerate(Scenario):
            self.scenario.addItem(str(scenario), scenario)
            self.scenario.setItemData(place, scenario.words, Qt.ItemDataRole.ToolTipRole)
        self.processes = QSpinBox(minimum=1, maximum=MAX_PROCESSES, value=Settings().processes)
        self.processes.setAccessibleName("Processes of each backend")
        self.processes.setToolTip("Fresh processes of each backend: identical ones differ, so one tells little")
        self.seconds = QDoubleSpinBox(minimum=0, maximum=600, decimals=1, singleStep=1)
        self.seconds.setSpecialValueText("default")
        self.seconds.setAccessibleName("Seconds of each backend")
        self.seconds.setSuffix(" s")
        self.seconds.setToolTip("How long each backend is measured in all")
        self.cool_down = QDoubleSpinBox(minimum=0, maximum=60, decimals=1, singleStep=1)
        self.cool_down.setSpecialValueText("none")
        self.cool_down.setAccessibleName("Cool-down before each process")
        self.cool_down.setSuffix(" s")
        self.cool_down.setToolTip("Rest before each process, for a phone that gets warm")
        self.by = named_combo("Which time is compared")
        for kind, words in _BY.items():
            self.by.addItem(words, kind)
        self._empty = QLabel(_EMPTY, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        theme.set_role(self._empty, "empty")
        self._lay_out()
        self.benchmark_button.clicked.connect(self.benchmark_requested)
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.report_button.clicked.connect(lambda: self.report_requested.emit(self.view.outcome))
        self.by.currentIndexChanged.connect(lambda _index: self.by_changed.emit(self.time_kind))
        self.scenario.currentIndexChanged.connect(self._scenario_chosen)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(theme.GRID)
        for widget in (self.benchmark_button, self.cancel_button, self.scenario):
            top.addWidget(widget)
        fields = (
            ("processes", self.processes),
            ("measure", self.seconds),
            ("cool down", self.cool_down),
            ("ratio of", self.by),
        )
        for words, field in fields:
            label = QLabel(words)
            label.setBuddy(field)
            theme.set_role(label, "caption")
            top.addWidget(label)
            top.addWidget(field)
        for box in (self.processes, self.seconds, self.cool_down):
            box.setMaximumWidth(_NARROW)
        top.addStretch(1)
        self._of_outcome = (self.view.kind, self.view.export_button, self.report_button)
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

    @property
    def settings(self) -> Settings:
        """What the person chose."""
        scenario = Scenario(self.scenario.currentData())
        return Settings(
            scenario=scenario,
            processes=self.processes.value(),
            seconds=self.seconds.value() or None,
            batches=_BATCHES if scenario is Scenario.OFFLINE else (1,),
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

    def show_outcome(self, outcome: Outcome, styles: Mapping[str, BackendStyle]) -> None:
        """Shows what came of it."""
        self.view.show_outcome(outcome, styles)
        self._pages.setCurrentWidget(self.view)
        for widget in self._of_outcome:
            widget.show()

    @Slot()
    def _scenario_chosen(self) -> None:
        """A hot loop has no round trips."""
        has_round_trips = Scenario(self.scenario.currentData()).has_round_trips
        if not has_round_trips:
            self.by.setCurrentIndex(0)
        self.by.setEnabled(has_round_trips)
