"""Shows an outcome: a chart beside the table, a line of warnings below; chooses and exports the chart."""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from mnist_bench.bench.runs.saved import samples_csv
from mnist_bench.errors import MnistBenchError
from mnist_bench.gui.latency.latency_table import LatencyTable
from mnist_bench.gui.latency.outcome import Line, Outcome
from mnist_bench.gui.look import theme
from mnist_bench.gui.look.buttons import named_combo, push_button
from mnist_bench.gui.look.chart_export import ALL_KINDS, ChooseFile, ask_where, export_chart
from mnist_bench.gui.look.palette import BackendStyle
from mnist_bench.gui.look.text_line import TextLine
from mnist_bench.gui.work.background import Background

if TYPE_CHECKING:
    from mnist_bench.gui.latency.latency_chart import LatencyChart


class OutcomeView(QWidget):
    """What came of a measurement.

    Attributes:
        table, chart: its parts; the chart once its library is read.
        kind, export_button: for the row of controls above it.
        outcome: what is shown.

    Signals:
        message: a sentence for the status bar.
        failed: the exception of something that failed.
    """

    message = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, choose_file: ChooseFile = ask_where) -> None:
        super().__init__(parent)
        self._choose_file = choose_file
        self._styles: Mapping[str, BackendStyle] = {}
        self.outcome: Outcome | None = None
        self.chart: LatencyChart | None = None
        self.table = LatencyTable()
        self._words = TextLine(role="caption")
        self.kind = named_combo("What the chart shows")
        self.export_button = push_button("Export …", tip="Save the chart as PNG or SVG, or every sample as CSV")
        self.export_button.clicked.connect(self._export)
        self._reader = Background(self)
        self._reader.answered.connect(self._chart_read)
        self._reader.failed.connect(self.failed)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        self._splitter.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addWidget(self._splitter, 1)
        layout.addWidget(self._words)

    def begin(self) -> None:
        """Makes the chart; its library is imported on another thread, so that the window stays live."""
        self._reader.ask(lambda: importlib.import_module("mnist_bench.gui.latency.latency_chart"))

    def show_outcome(self, outcome: Outcome, styles: Mapping[str, BackendStyle]) -> None:
        """Shows this; `styles` are of backends by their id."""
        self.outcome, self._styles = outcome, styles
        parts = (outcome.title, outcome.note, warning_words(outcome.lines))
        self._words.show_text("   ".join(filter(None, parts)), "\n".join(filter(None, parts)))
        self.table.show_outcome(outcome, styles)
        if self.chart is not None:
            self.chart.show_outcome(outcome, styles)

    @Slot(object)
    def _chart_read(self, module: ModuleType) -> None:
        chart: LatencyChart = module.LatencyChart()
        for kind in module.ChartKind:
            self.kind.addItem(str(kind), kind)
        self.kind.currentIndexChanged.connect(lambda _index: chart.show_kind(self.kind.currentData()))
        self._splitter.insertWidget(0, chart)
        self._splitter.setSizes([500, 900])
        self.chart = chart
        if self.outcome is not None:
            chart.show_outcome(self.outcome, self._styles)

    @Slot()
    def _export(self) -> None:
        outcome, chart = self.outcome, self.chart
        if outcome is None or chart is None:
            return

        def to_csv() -> bytes:
            return b"".join(samples_csv(saved.comparison) for saved in outcome.files)

        try:
            path = export_chart(chart.plot, f"{outcome.name}.png", ALL_KINDS, to_csv, self._choose_file)
        except MnistBenchError as error:
            self.failed.emit(error)
        else:
            if path is not None:
                self.message.emit(f"Saved {path}.")


def warning_words(lines: tuple[Line, ...]) -> str:
    """Each kind of warning once, with its advice and whom it concerns; the table's tips say what was seen."""
    concerned: dict[str, list[str]] = {}
    for line in lines:
        for kind in dict.fromkeys(warning.kind for warning in line.warnings):
            concerned.setdefault(f"⚠ {kind} ({{}}): {kind.advice}", []).append(line.run.title)
    return " ".join(words.format(", ".join(titles)) for words, titles in concerned.items())
