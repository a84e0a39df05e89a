"""The Layers tab: says what to do until there is something to show, then what dominates, the chart and the table."""

import importlib
from collections.abc import Mapping
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from mnist_bench.base import words
from mnist_bench.bench.layers.export import to_csv
from mnist_bench.bench.layers.sentence import dominant_sentence
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.chart_export import ALL_KINDS, ChartExport, ChooseFile, ask_where
from mnist_bench.gui.kit.containers import splitter
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.text_line import TextLine
from mnist_bench.gui.kit.worker import Background
from mnist_bench.gui.layers.layers_table import LayersTable
from mnist_bench.network.network import Precision

if TYPE_CHECKING:
    from mnist_bench.gui.layers.layers_chart import LayersChart

_EMPTY = (
    "Press “Analyse layers”: each chosen backend then runs the network layer by layer,\n"
    "and here you see which layers take the time, and which add the error that quantization makes."
)


class Source(StrEnum):
    """What is analysed."""

    PAD = "pad"
    SAMPLES = "samples"


_SOURCES = {Source.SAMPLES: "of the bundled samples", Source.PAD: "of the digit on the pad"}


class LayersTab(QWidget):
    """Shows a comparison of layers, and asks for one.

    Attributes:
        chart: the chart, once it is there.
        table, sentence, detail: what it says.
        export_action: saves the chart or its figures; enabled while there is something.

    Signals:
        analysis_requested: Source.
        message: a sentence for the status bar.
        failed: the exception of something that failed.
    """

    analysis_requested = Signal(object)
    message = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, choose_file: ChooseFile = ask_where) -> None:
        super().__init__(parent)
        self._exporter = ChartExport(self, choose_file)
        self._exporter.saved.connect(self.message)
        self._exporter.failed.connect(self.failed)
        self.comparison: LayerComparison | None = None
        self.chart: LayersChart | None = None
        self.table = LayersTable()
        self._styles: Mapping[str, BackendStyle] = {}
        self._reader = Background(self)
        self._reader.answered.connect(self._chart_read)
        self._reader.failed.connect(self.failed)
        self.analyse_button = push_button(
            "Analyse layers", tip="Run the network layer by layer on every chosen backend, in runners of its own"
        )
        self.source = named_combo("What is analysed")
        for source, text in _SOURCES.items():
            self.source.addItem(text, source)
        self.absolute = QCheckBox("one time scale")
        self.absolute.setToolTip("Draw all bars to one scale of time, not each as 100 %")
        self.compared = named_combo("Whose difference from the reference the table shows")
        self._compared_label = QLabel("Difference of")
        self.export_action = QAction("Layers as a picture or CSV …", self)
        self.export_action.setEnabled(False)
        self.export_action.triggered.connect(self._export)
        self.export_button = push_button(
            "Export …", tip="Save the chart as PNG or SVG, or every layer's figures as CSV"
        )
        self.export_button.clicked.connect(self.export_action.trigger)
        self.detail = TextLine(role="caption")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.sentence.setAccessibleName("What dominates")
        self._empty = QLabel(_EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        theme.set_role(self._empty, "empty")
        self._lay_out()
        self.analyse_button.clicked.connect(lambda: self.analysis_requested.emit(Source(self.source.currentData())))
        self.absolute.toggled.connect(self._scale_chosen)
        self.compared.activated.connect(self._show_table)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(theme.GRID)
        for widget in (self.analyse_button, self.source, self.absolute):
            top.addWidget(widget)
        top.addWidget(self.detail, 1)
        top.addWidget(self._compared_label)
        top.addWidget(self.compared)
        top.addWidget(self.export_button)
        self._splitter = splitter(Qt.Orientation.Horizontal, self.table)
        found = QWidget()
        found_layout = QVBoxLayout(found)
        found_layout.setContentsMargins(0, 0, 0, 0)
        found_layout.setSpacing(theme.GRID // 2)
        found_layout.addWidget(self.sentence)
        found_layout.addWidget(self._splitter, 1)
        self._found = found
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(found)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addLayout(top)
        layout.addLayout(self._pages, 1)
        self._show_what_can_be_done()

    def begin(self) -> None:
        """Makes the chart; its library is imported on another thread, so that the window stays live."""
        self._reader.ask(lambda: importlib.import_module("mnist_bench.gui.layers.layers_chart"))

    def show_styles(self, styles: Mapping[str, BackendStyle]) -> None:
        """How backends look, by their id."""
        self._styles = dict(styles)

    @Slot(bool)
    def show_busy(self, is_busy: bool) -> None:
        """Whether something runs, beside which nothing can be analysed."""
        self.analyse_button.setEnabled(not is_busy)

    @Slot(object)
    def show_comparison(self, comparison: LayerComparison) -> None:
        """Shows what was found, or what is known so far."""
        if not comparison.backends:
            return
        self.comparison = comparison
        self._show_compared()
        failures = (f"{name}: {error}" for name, error in comparison.failures.items())
        self.sentence.setText(" ".join((dominant_sentence(comparison), *failures)))
        self._show_detail(comparison)
        self._show_table()
        if self.chart is not None:
            self.chart.show_comparison(comparison)
        self._pages.setCurrentWidget(self._found)
        self._show_what_can_be_done()

    def _show_detail(self, comparison: LayerComparison) -> None:
        traces = min(layers.traces for layers in comparison.backends)
        parts = [comparison.network, words.plural(comparison.images, "image"), f"median of {traces} traces"]
        if comparison.reference is not None:
            parts.append(f"reference: {comparison.reference.title}")
        parts += [f"{one.mode} traced as {one.traced_as}" for one in comparison.backends if one.traced_as]
        self.detail.show_text(" · ".join(parts))

    def _show_compared(self) -> None:
        """Lists those that differ from the reference; the one that was chosen stays, else the first int8 one."""
        comparison = self.comparison
        if comparison is None:
            return
        chosen = self.compared.currentData()
        others = [one for one in comparison.backends if one.backend_id != comparison.reference_id]
        others.sort(key=lambda one: one.precision is not Precision.INT8)
        self.compared.clear()
        for one in others:
            self.compared.addItem(one.title, one.backend_id)
        self.compared.setCurrentIndex(max(self.compared.findData(chosen), 0 if others else -1))

    @Slot()
    def _show_table(self) -> None:
        if self.comparison is not None:
            self.table.show_comparison(self.comparison, self.compared.currentData() or "", self._styles)

    @Slot(bool)
    def _scale_chosen(self, is_absolute: bool) -> None:
        if self.chart is not None:
            self.chart.set_absolute(is_absolute)

    def _show_what_can_be_done(self) -> None:
        something = self.comparison is not None
        self.export_action.setEnabled(something and self.chart is not None)
        self.export_button.setVisible(something)
        self.absolute.setVisible(something)
        self.compared.setVisible(something and self.compared.count() > 0)
        self._compared_label.setVisible(something and self.compared.count() > 0)

    @Slot(object)
    def _chart_read(self, module: ModuleType) -> None:
        chart: LayersChart = module.LayersChart()
        chart.set_absolute(self.absolute.isChecked())
        self._splitter.insertWidget(0, chart)
        self._splitter.setSizes([600, 1000])
        self.chart = chart
        if self.comparison is not None:
            chart.show_comparison(self.comparison)
        self._show_what_can_be_done()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offers the export."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.export_action)
        menu.popup(event.globalPos())

    @Slot()
    def _export(self) -> None:
        comparison, chart = self.comparison, self.chart
        if comparison is not None and chart is not None:
            self._exporter.export(chart.plot, "layers.png", ALL_KINDS, lambda: to_csv(comparison))
