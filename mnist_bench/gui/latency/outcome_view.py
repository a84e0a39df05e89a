"""Shows an outcome: a chart or the warnings beside the table; chooses and exports the chart."""

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from mnist_bench.bench.results.samples import samples_csv, samples_csv_of_several
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.chart_export import ALL_KINDS, ChartExport, ChooseFile, ask_where
from mnist_bench.gui.kit.containers import splitter
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.worker import Background
from mnist_bench.gui.latency.latency_table import latency_table, rows_of
from mnist_bench.gui.latency.outcome import Outcome, View
from mnist_bench.gui.latency.warnings_list import WarningsList

if TYPE_CHECKING:
    from mnist_bench.gui.latency.latency_chart import LatencyChart

_WIDTHS: Final = (340, 920)


class OutcomeView(QWidget):
    """What came of a measurement.

    Attributes:
        table, warnings, chart: its parts; the chart once its library is read.
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
        self._exporter = ChartExport(self, choose_file)
        self._exporter.saved.connect(self.message)
        self._exporter.failed.connect(self.failed)
        self._styles: Sequence[BackendStyle] = ()
        self.outcome: Outcome | None = None
        self.chart: LatencyChart | None = None
        self.table = latency_table()
        self.warnings = WarningsList()
        self.kind = named_combo("What is shown beside the table")
        for view in View:
            self.kind.addItem(str(view), view)
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.export_button = push_button("Export …", tip="Save the chart as PNG or SVG, or every sample as CSV")
        self.export_button.clicked.connect(self._export)
        self._reader = Background(self)
        self._reader.answered.connect(self._chart_read)
        self._reader.failed.connect(self.failed)
        self._beside = QStackedWidget()
        self._beside.addWidget(self.warnings)
        divided = splitter(Qt.Orientation.Horizontal, self._beside, self.table, stretch=(1, 2))
        divided.setSizes(_WIDTHS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(divided)

    def begin(self) -> None:
        """Makes the chart; its library is imported on another thread, so that the window stays live."""
        self._reader.ask(lambda: importlib.import_module("mnist_bench.gui.latency.latency_chart"))

    def show_outcome(self, outcome: Outcome, styles: Sequence[BackendStyle]) -> None:
        """Shows this; `styles` are of its lines."""
        self.outcome, self._styles = outcome, styles
        self.table.show_rows(rows_of(outcome, styles))
        self.warnings.show_warnings(outcome.lines)
        count = len(outcome.warnings)
        words = f"{View.WARNINGS} ({count})" if count else str(View.WARNINGS)
        self.kind.setItemText(self.kind.findData(View.WARNINGS), words)
        QTimer.singleShot(0, self, self._show_in_chart)  # in a turn of its own: the pen may come first

    @Slot()
    def _show_in_chart(self) -> None:
        if self.chart is not None and self.outcome is not None:
            self.chart.show_outcome(self.outcome, self._styles)

    @Slot(object)
    def _chart_read(self, module: ModuleType) -> None:
        chart: LatencyChart = module.LatencyChart()
        self._beside.addWidget(chart)
        self.chart = chart
        self._show_in_chart()
        self._show_kind()

    @Slot()
    def _show_kind(self) -> None:
        view, chart = View(self.kind.currentData()), self.chart
        if view is View.WARNINGS or chart is None:
            self._beside.setCurrentWidget(self.warnings)
        else:
            chart.show_view(view)
            self._beside.setCurrentWidget(chart)

    @Slot()
    def _export(self) -> None:
        outcome, chart = self.outcome, self.chart
        if outcome is None or chart is None:
            return

        def to_csv() -> bytes:
            first, *others = outcome.files
            return samples_csv_of_several(outcome.files) if others else samples_csv(first.value)

        self._exporter.export(chart.plot, f"{outcome.name}.png", ALL_KINDS, to_csv)
