"""Joins the Layers tab to the session: starts an analysis when the tab asks for one, and shows the result."""

from PySide6.QtWidgets import QWidget

from mnist_bench.base.errors import InputError
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.comparing import layers_side_by_side
from mnist_bench.bench.results.result import Kind, only
from mnist_bench.gui.kit.palette import styles_of_runs
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.layers.layers_tab import LayersTab, Source
from mnist_bench.session.session import Session


class LayersView(View):
    """Shows an analysis, also while it runs."""

    tab: LayersTab

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(LayersTab(), window)
        self._session = session
        self.tab.analysis_requested.connect(self._analyse)
        self.tab.message.connect(session.message.publish)
        self.tab.failed.connect(session.failed.publish)
        session.jobs.progressed.subscribe(lambda progress: self.tab.show_busy(progress is not None))
        session.measuring.changed.subscribe(lambda kind: self.wanted.emit() if kind is Kind.LAYERS else None)
        session.measuring.traced.subscribe(self._show)
        session.results.changed.subscribe(self._results_changed)

    def begin(self) -> None:
        """Makes the chart."""
        self.tab.begin()

    def _analyse(self, source: Source) -> None:
        self._session.measuring.analyse_layers(pad=source is Source.PAD)

    def _results_changed(self, kind: Kind) -> None:
        if kind is not Kind.LAYERS:
            return
        try:
            comparison = layers_side_by_side(only(LayerComparison, self._session.results.shown[kind]))
        except InputError as error:
            self._session.failed.publish(error)
        else:
            self._show(comparison)
            self.wanted.emit()

    def _show(self, comparison: LayerComparison) -> None:
        ids = [one.backend_id for one in comparison.backends]
        styles = styles_of_runs((numbered.rpartition(" ")[2] for numbered in ids), self._session.live.color_of)
        self.tab.show_styles(dict(zip(ids, styles, strict=True)))
        self.tab.show_comparison(comparison)


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return LayersView(session, window)
