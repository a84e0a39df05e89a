"""The chart of the Live tab: each backend's compute over the last drawings, and its distribution so far.

Imports pyqtgraph, which takes a while: the window does so after it is on screen.
"""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QColor, QPen, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mnist_bench.base import words
from mnist_bench.bench.report.ticks import log_ticks
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.marker import Marker
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.text_line import TextLine
from mnist_bench.gui.live.live_samples import LiveSamples, Series, log_histogram

_LAST_DRAWINGS = 150
_REST_MS = 200
_LONGEST_MS = 1500

Samples = dict[str, NDArray[np.int64]]
_MOST_IN_A_ROW = 4


class LiveChart(QWidget):
    """Two plots under one legend; they are redrawn by a timer, not for each sample, and only while they are seen."""

    def __init__(self, samples: LiveSamples, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples = samples
        self._series: list[Series] = []
        self._is_stale = False
        self._curves: dict[str, _Curves] = {}
        self._rest = timer(self, self.redraw, _REST_MS, once=True)
        self._longest = timer(self, self.redraw, _LONGEST_MS, once=True)
        self._legend = QGridLayout()
        self._legend.setHorizontalSpacing(theme.GRID * 2)
        self._legend.setVerticalSpacing(0)
        self._figures: dict[str, TextLine] = {}
        self._over_time = _plot("left", "compute time of the last drawings, newest on the right", "drawing", "compute")
        self._spread = _plot("bottom", "distribution of the compute times so far", "compute", "share, %")
        plots = QHBoxLayout()
        plots.setSpacing(theme.GRID)
        plots.addWidget(self._over_time, 3)
        plots.addWidget(self._spread, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID // 2)
        layout.addLayout(self._legend)
        layout.addLayout(plots, 1)
        self._dress()

    def show_series(self, series: Sequence[Series]) -> None:
        """Shows these backends and no others."""
        self._series = list(series)
        while (item := self._legend.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._figures.clear()
        for curves in self._curves.values():
            curves.remove()
        self._curves = {one.backend_id: _Curves(one.style, self._over_time, self._spread) for one in self._series}
        columns = len(self._series) if len(self._series) <= _MOST_IN_A_ROW else (len(self._series) + 1) // 2
        for index, one in enumerate(self._series):
            entry, self._figures[one.backend_id] = _legend_entry(one)
            self._legend.addWidget(entry, index // columns, index % columns)
        self.samples_changed()

    @Slot()
    def samples_changed(self) -> None:
        """There is more to show; it is drawn when the pen rests, and now and then before, so that it delays no card."""
        self._is_stale = True
        if self.isVisible():
            self._rest.start()
            if not self._longest.isActive():
                self._longest.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Draws what came while it was hidden."""
        super().showEvent(event)
        if self._is_stale:
            self._rest.start()

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    @Slot()
    def redraw(self) -> None:
        """Draws all there is now."""
        self._is_stale = False
        self._rest.stop()
        self._longest.stop()
        samples = {one.backend_id: self._samples.compute_ns(one.backend_id) for one in self._series}
        samples = {backend_id: values for backend_id, values in samples.items() if len(values)}
        for backend_id, curves in self._curves.items():
            curves.set_visible(backend_id in samples)
        if samples:
            self._draw_times(samples)
            self._draw_spread(samples)
            self._tell_medians(samples)

    def _draw_times(self, samples: Samples) -> None:
        last = {name: np.log10(np.maximum(values[-_LAST_DRAWINGS:], 1)) for name, values in samples.items()}
        newest = max(len(values) for values in samples.values())
        low, high = min(values.min() for values in last.values()), max(values.max() for values in last.values())
        oldest = newest - max(len(values) for values in last.values()) + 1
        self._over_time.setRange(xRange=(oldest, max(newest, oldest + 9)), yRange=(low - 0.05, high + 0.05))
        for name, values in last.items():
            end = len(samples[name])
            self._curves[name].show_times(np.arange(end - len(values) + 1, end + 1), values)

    def _draw_spread(self, samples: Samples) -> None:
        edges, shares = log_histogram(list(samples.values()))
        highest = max(share.max() for share in shares) * 100
        self._spread.setRange(xRange=(edges[0], edges[-1]), yRange=(0, highest))
        for name, share in zip(samples, shares, strict=True):
            self._curves[name].show_spread(edges, share * 100)

    def _tell_medians(self, samples: Samples) -> None:
        for one in self._series:
            if one.backend_id in samples:
                values = samples[one.backend_id]
                median = words.duration(float(np.median(values)))
                drawings = words.plural(len(values), "drawing")
                self._figures[one.backend_id].show_text(f"{one.title}, median {median}", f"{one.title}: {drawings}")
        self.setAccessibleDescription("; ".join(figure.line() for figure in self._figures.values()))

    def _dress(self) -> None:
        palette = theme.current()
        for plot in (self._over_time, self._spread):
            plot.setBackground(palette.surface)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(QPen(QColor(palette.border), 1))
                axis.setTextPen(QColor(palette.muted))
                axis.setLabel(axis.labelText, color=palette.muted)


class _Curves:
    """What one backend has in the two plots: items that are kept and given new data, far quicker than new ones."""

    def __init__(self, style: BackendStyle, over_time: pg.PlotWidget, spread: pg.PlotWidget) -> None:
        color, pale = QColor(style.color), QColor(style.color)
        pale.setAlpha(50)
        pen = QPen(color, 0)
        pen.setStyle(style.line)
        self._line = pg.PlotCurveItem(pen=pen)
        self._marks = pg.ScatterPlotItem(symbol=style.marker, size=5, brush=color, pen=color)
        self._steps = pg.PlotCurveItem(np.zeros(2), np.zeros(1), pen=pen, stepMode="center", fillLevel=0, brush=pale)
        self._places = ((over_time, self._line), (over_time, self._marks), (spread, self._steps))
        for plot, item in self._places:
            plot.addItem(item, ignoreBounds=True)
        self.set_visible(False)

    def remove(self) -> None:
        """Takes it out of the plots."""
        for plot, item in self._places:
            plot.removeItem(item)

    def set_visible(self, visible: bool) -> None:
        """Shows or hides it."""
        for _, item in self._places:
            item.setVisible(visible)

    def show_times(self, drawings: NDArray[np.int64], times: NDArray[np.float64]) -> None:
        """The last times, log10 of nanoseconds, by the number of the drawing."""
        self._line.setData(drawings, times)
        self._marks.setData(drawings, times)

    def show_spread(self, edges: NDArray[np.float64], percent: NDArray[np.float64]) -> None:
        """The distribution: N percentages between N + 1 edges, log10 of nanoseconds."""
        self._steps.setData(edges, percent)


class DurationAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of log10(nanoseconds), labelled with times; the names are pyqtgraph's."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        """Where to label it."""
        del size
        return [(1.0, log_ticks(minVal, maxVal))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        """The labels."""
        del scale, spacing
        return [words.duration_tick(10 ** float(value)) for value in values]


_LEAVE_IT_TO_THE_PARENT = Qt.ContextMenuPolicy.NoContextMenu


def _plot(duration_side: str, tells: str, bottom: str, left: str) -> pg.PlotWidget:
    plot = pg.PlotWidget(axisItems={duration_side: DurationAxis(duration_side)})
    plot.setAccessibleName(tells[0].upper() + tells[1:])
    plot.setToolTip(f"The {tells}.\nRight-click to export it as a picture or CSV.")
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.disableAutoRange()
    plot.setLabel("bottom", bottom)
    plot.setLabel("left", left)
    plot.showGrid(x=False, y=True, alpha=0.15)
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    plot.setContextMenuPolicy(_LEAVE_IT_TO_THE_PARENT)
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    plot.setMinimumHeight(60)
    plot.getAxis("left").setWidth(64)
    return plot


def _legend_entry(one: Series) -> tuple[QWidget, TextLine]:
    entry = QWidget()
    layout = QHBoxLayout(entry)
    layout.setContentsMargins(0, 0, 0, 0)
    figure = TextLine(one.title)
    layout.addWidget(Marker(one.style))
    layout.addWidget(figure, 1)
    return entry, figure
