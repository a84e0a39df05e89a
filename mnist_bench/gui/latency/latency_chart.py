"""The charts of measured times: ratios with their intervals, and the distribution of compute.

Imports pyqtgraph, which takes a while: the window does so after it is on screen.
"""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPen, QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from mnist_bench.base import words
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.statistics.ratio import EQUAL_WITHIN
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.latency.outcome import SPREAD_POINTS, Line, Outcome, View, ratio_text
from mnist_bench.gui.live.live_chart import DurationAxis

_WIDEST_TITLE = 170
_HIGH_ENOUGH_FOR_LABELS = 170
_TIME_WORDS = {TimeKind.COMPUTE: "compute", TimeKind.ROUND_TRIP: "round trip"}


class LatencyChart(QWidget):
    """Draws one outcome; a selector elsewhere chooses what of it.

    Attributes:
        view: what is drawn: ratios or the distribution.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = View.RATIOS
        self._outcome: Outcome | None = None
        self._styles: Sequence[BackendStyle] = ()
        self._undrawn: set[View] = set()
        self._ratios = _plot("Ratio of each backend to the baseline, with its 95 % interval", _RatioAxis("bottom"))
        self._ratios.setLabel("bottom", "ratio to the baseline")
        self._ratios.invertY(True)
        self._spread = _plot("Share of samples up to each time", DurationAxis("bottom"))
        self._spread.setLabel("left", "samples, %")
        self._pages = QStackedLayout(self)
        for plot in (self._ratios, self._spread):
            self._pages.addWidget(plot)
        self._dress()

    @property
    def plot(self) -> QWidget:
        """The one that is shown, for exports."""
        plot: QWidget = self._ratios if self.view is View.RATIOS else self._spread
        return plot

    def show_outcome(self, outcome: Outcome, styles: Sequence[BackendStyle]) -> None:
        """Draws this; `styles` are of its lines."""
        self._outcome, self._styles = outcome, styles
        self.redraw()

    def show_view(self, view: View) -> None:
        """Draws this of it: ratios or the distribution."""
        self.view = view
        self._draw()
        self._pages.setCurrentWidget(self.plot)

    def redraw(self) -> None:
        """Draws all anew, what is not shown when it will be."""
        self._undrawn = {View.RATIOS, View.DISTRIBUTION}
        self._draw()

    def _draw(self) -> None:
        if self._outcome is None or self.view not in self._undrawn:
            return
        self._undrawn.discard(self.view)
        drawn = [pair for pair in zip(self._outcome.lines, self._styles, strict=True) if len(pair[0].spread_ns)]
        if self.view is View.RATIOS:
            self._draw_ratios([line for line, _ in drawn], [style for _, style in drawn])
        else:
            self._draw_spread(drawn, self._outcome.by)
        self._dress()

    def _draw_ratios(self, lines: Sequence[Line], styles: Sequence[BackendStyle]) -> None:
        plot, palette = self._ratios, theme.current()
        plot.clear()
        band = QColor(palette.muted)
        band.setAlpha(50)
        equal = [np.log10(1 - EQUAL_WITHIN), np.log10(1 + EQUAL_WITHIN)]
        plot.addItem(pg.LinearRegionItem(equal, movable=False, brush=band, pen=QPen(Qt.PenStyle.NoPen)))
        plot.addItem(pg.InfiniteLine(0, pen=QPen(QColor(palette.muted), 0)))
        ends = [0.0]
        for row, (line, style) in enumerate(zip(lines, styles, strict=True)):
            values = (1.0, 1.0, 1.0) if line.ratio is None else (line.ratio.low, line.ratio.ratio, line.ratio.high)
            if line.ratio is None and not line.is_baseline:
                continue
            low, middle, high = np.log10(values)
            ends += [low, high]
            pen = QPen(QColor(style.color), 2)
            pen.setCosmetic(True)
            plot.addItem(pg.PlotCurveItem([low, high], [row, row], pen=pen))
            mark = pg.ScatterPlotItem(
                [middle], [row], symbol=style.marker, size=10, brush=QColor(style.color), pen=pen, useCache=False
            )
            plot.addItem(mark)
        margin = max(0.03, (max(ends) - min(ends)) * 0.08)
        plot.setRange(xRange=(min(ends) - margin, max(ends) + margin), yRange=(-0.6, len(lines) - 0.4), padding=0)
        self._show_titles(lines)
        told = (f"{line.title} {ratio_text(line.ratio) or 'baseline'}" for line in lines)
        plot.setAccessibleDescription("; ".join(told))

    def _show_titles(self, lines: Sequence[Line]) -> None:
        metrics = QFontMetrics(self.font())
        shown = [metrics.elidedText(line.title, Qt.TextElideMode.ElideMiddle, _WIDEST_TITLE) for line in lines]
        axis = self._ratios.getAxis("left")
        axis.setTicks([list(enumerate(shown))])
        axis.setWidth(max((metrics.horizontalAdvance(text) for text in shown), default=0) + 14)

    def _draw_spread(self, drawn: Sequence[tuple[Line, BackendStyle]], by: TimeKind) -> None:
        plot = self._spread
        plot.clear()
        plot.setLabel("bottom", _TIME_WORDS[by])
        shares = np.linspace(0, 100, SPREAD_POINTS)
        middle = SPREAD_POINTS // 2
        ends: list[float] = []
        for line, style in drawn:
            times = np.log10(np.maximum(line.spread_ns, 1))
            ends += [float(times[0]), float(times[SPREAD_POINTS * 99 // 100])]
            pen = QPen(QColor(style.color), 2)
            pen.setCosmetic(True)
            pen.setStyle(style.line)
            plot.addItem(pg.PlotCurveItem(times, shares, pen=pen))
            mark = pg.ScatterPlotItem(
                [times[middle]], [50], symbol=style.marker, size=9, brush=QColor(style.color), useCache=False
            )
            plot.addItem(mark)
        if ends:
            plot.setRange(xRange=(min(ends) - 0.05, max(ends) + 0.1), yRange=(0, 104), padding=0)
        medians = (f"{line.title} {words.duration(float(line.spread_ns[middle]))}" for line, _ in drawn)
        plot.setAccessibleDescription("; ".join(medians))

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves out the labels of the axes where its height is needed for what is drawn."""
        super().resizeEvent(event)
        self._show_labels()

    def _show_labels(self) -> None:
        for plot in (self._ratios, self._spread):
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.showLabel(bool(axis.labelText) and self.height() >= _HIGH_ENOUGH_FOR_LABELS)

    def _dress(self) -> None:
        palette = theme.current()
        for plot in (self._ratios, self._spread):
            plot.setBackground(palette.surface)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(QPen(QColor(palette.border), 1))
                axis.setTextPen(QColor(palette.text if plot is self._ratios and side == "left" else palette.muted))
                axis.setLabel(axis.labelText, color=palette.muted)  # which also shows it
        self._show_labels()


class _RatioAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of log10(ratio), labelled with ratios; the names are pyqtgraph's."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        for steps in _RATIO_TICKS:
            inside = [tick for tick in map(float, np.log10(steps)) if minVal <= tick <= maxVal]
            is_wide = len(inside) >= 2 and inside[-1] - inside[0] >= 0.35 * (maxVal - minVal)
            if is_wide and min(np.diff(inside)) * size >= _LABEL_PIXELS * (maxVal - minVal):
                return [(1.0, inside)]
        return [(1.0, [0.0])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        del scale, spacing
        return [words.ratio_tick(10 ** float(value)) for value in values]


_LABEL_PIXELS = 40
_RATIO_TICKS = (
    (0.95, 0.98, 1, 1.02, 1.05),
    (0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4),
    (0.25, 0.5, 1, 2, 4),
    (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
    (0.001, 0.01, 0.1, 1, 10, 100, 1000),
    (0.0001, 0.01, 1, 100, 10_000),
)


def _plot(name: str, axis: pg.AxisItem) -> pg.PlotWidget:
    plot = pg.PlotWidget(axisItems={"bottom": axis})
    plot.setAccessibleName(name)
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.showGrid(x=True, y=False, alpha=0.15)
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    plot.setMinimumWidth(220)
    plot.getAxis("left").setStyle(tickLength=0)
    for side in ("left", "bottom"):
        plot.getAxis(side).enableAutoSIPrefix(False)  # or it would say "(x0.001)" of numbers near 1
    return plot
