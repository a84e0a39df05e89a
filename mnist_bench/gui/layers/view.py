"""The Layers tab: starts an analysis, and shows what dominates, the table and the chart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.bench.layers.export import to_csv
from mnist_bench.bench.layers.sentence import dominant_sentence
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.comparing import layers_side_by_side
from mnist_bench.bench.results.result import Kind, only
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.chart import Chart, Drawn
from mnist_bench.gui.kit.containers import Flow, holding, named, pages, splitter, vbox
from mnist_bench.gui.kit.palette import styles_of_runs
from mnist_bench.gui.kit.text import Label, empty_label, set_tip
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.layers.figures import BARS, LayersTable, draw_layers
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_EMPTY = (
    "Press “Analyse layers” to run the network layer by layer on each chosen backend,\n"
    "and see which layers take the time and which add the quantization error."
)
_EMPTY_MEANWHILE = (
    "Each chosen backend is running the network layer by layer.\n"
    "The result will show which layers take the time and which add the quantization error."
)
_OF_PAD = {False: "of the bundled samples", True: "of the digit on the pad"}


class LayersView(View):
    """Shows an analysis, also while it runs, and asks for one.

    Attributes:
        chart, table, sentence, detail: what it says.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.comparison: LayerComparison | None = None
        self.chart = Chart(session, [BARS], self._draw, self._to_csv, title="Layers", file_name="layers")
        self.table = LayersTable(session)
        tip = "Run the network layer by layer on every chosen backend, in separate runners"
        self.analyse_button = push_button("Analyse layers", self._analyse, tip=tip)
        self.source = named_combo("What is analysed", _OF_PAD)
        self.absolute = QCheckBox("one time scale")
        set_tip(self.absolute, "Draw all bars on one time scale instead of each as 100 %")
        self.absolute.toggled.connect(self.chart.refresh)
        self.compared = named_combo("The backend whose difference from the reference is shown")
        self.compared.activated.connect(self._show_table)
        tip = "Save the chart as PNG or SVG, or every layer's figures as CSV"
        self.export_button = push_button("Export …", self.chart.export, tip=tip)
        self.detail = Label(role="caption", wrap=True)
        self.sentence = Label(wrap=True, selectable=True)
        self._lay_out()
        session.jobs.progressed.subscribe(lambda progress: self.analyse_button.setEnabled(progress is None))
        session.measuring.changed.subscribe(self._measuring_changed)
        session.measuring.traced.subscribe(self.show_comparison)
        session.results.changed.subscribe(self._results_changed)

    def _lay_out(self) -> None:
        self._compared_pair = named("Difference of", self.compared)
        top = Flow(self.analyse_button, self.source, self.absolute, self._compared_pair, self.export_button)
        vertical = Qt.Orientation.Vertical
        divided = splitter(vertical, self.table, self.chart, stretch=(1, 1), name="layers table and chart")
        divided.setSizes([300, 224])
        self._found = holding(vbox(self.detail, self.sentence, (divided, 1), spacing=theme.GRID // 2))
        self._empty = empty_label(_EMPTY)
        self._pages = pages(self._empty, self._found)
        margins = (theme.GRID, theme.GRID, theme.GRID, 0)
        self.setLayout(vbox(top, (self._pages, 1), spacing=theme.GRID // 2, margins=margins))
        self._show_what_can_be_done()

    @Slot()
    def _analyse(self) -> None:
        self._session.measuring.analyse_layers(pad=bool(self.source.currentData()))

    def _measuring_changed(self, kind: Kind | None) -> None:
        self._empty.setText(_EMPTY_MEANWHILE if kind is Kind.LAYERS else _EMPTY)
        if kind is Kind.LAYERS:
            self.wanted.emit()

    def _results_changed(self, kind: Kind) -> None:
        if kind is not Kind.LAYERS:
            return
        try:
            comparison = layers_side_by_side(only(LayerComparison, self._session.results.shown[kind]))
        except InputError as error:
            self._session.failed.publish(error)
        else:
            self.show_comparison(comparison)
            self.wanted.emit()

    def show_comparison(self, comparison: LayerComparison) -> None:
        """Shows what was found, or what is known so far."""
        if not comparison.backends:
            return
        self.comparison = comparison
        self._show_compared(comparison)
        titles = {state.id: state.backend.title for state in self._session.live.backends}
        failures = (f"{titles.get(one, one)}: {error}" for one, error in comparison.failures.items())
        self.sentence.setText(" ".join((dominant_sentence(comparison), *failures)))
        self._show_detail(comparison)
        self._show_table()
        self.chart.title = f"Layers of {comparison.network}"
        self.chart.refresh()
        self._pages.setCurrentWidget(self._found)
        self._show_what_can_be_done()

    def _show_detail(self, comparison: LayerComparison) -> None:
        traces = min(layers.traces for layers in comparison.backends)
        parts = [comparison.network, words.plural(comparison.images, "image"), f"median of {traces} traces"]
        if comparison.reference is not None:
            parts.append(f"reference: {comparison.reference.title}")
        self.detail.setText(" · ".join((*parts, *comparison.notes)))

    def _show_compared(self, comparison: LayerComparison) -> None:
        """Lists those that differ from the reference; the one that was chosen stays, else the first approximation."""
        chosen = self.compared.currentData()
        others = [one for one in comparison.backends if one.backend_id != comparison.reference_id]
        others.sort(key=lambda one: not one.precision.is_reduced)
        self.compared.clear()
        for one in others:
            self.compared.addItem(one.title, one.backend_id)
        self.compared.setCurrentIndex(max(self.compared.findData(chosen), 0 if others else -1))

    @Slot()
    def _show_table(self) -> None:
        if self.comparison is None:
            return
        ids = [one.backend_id for one in self.comparison.backends]
        of_runs = styles_of_runs((numbered.rpartition(" ")[2] for numbered in ids), self._session.live.color_of)
        styles = dict(zip(ids, of_runs, strict=True))
        self.table.show_comparison(self.comparison, self.compared.currentData() or "", styles)

    def _show_what_can_be_done(self) -> None:
        something = self.comparison is not None
        self.export_button.setVisible(something)
        self.absolute.setVisible(something)
        self._compared_pair.setVisible(something and self.compared.count() > 0)

    def _draw(self, plots: Sequence["Plot"]) -> Drawn | None:
        if self.comparison is None:
            return None
        return draw_layers(plots[0], self.comparison, is_absolute=self.absolute.isChecked())

    def _to_csv(self) -> bytes:
        return to_csv(self.comparison) if self.comparison is not None else b""
