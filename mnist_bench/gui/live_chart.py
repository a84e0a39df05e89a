"""The chart of the Live tab: each backend's compute over the last drawings, and its distribution so far.

Imports pyqtgraph, which takes a while: the window does so after it is on screen.
"""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPen, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mnist_bench.gui import formatting, theme
from mnist_bench.gui.live_samples import LiveSamples, duration_ticks, log_histogram
from mnist_bench.gui.live_tab import Series
from mnist_bench.gui.marker import Marker
from mnist_bench.gui.text_line import TextLine

_LAST_DRAWINGS = 150
_REDRAW_MS = 400
_MOST_IN_A_ROW = 4


class LiveChart(QWidget):
    """Two plots under one legend; they are redrawn by a timer, not for each sample, and only while they are seen."""

    def __init__(self, samples: LiveSamples, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples = samples
        self._series: list[Series] = []
        self._is_stale = False
        self._timer = QTimer(self, interval=_REDRAW_MS, singleShot=True)
        self._timer.timeout.connect(self.redraw)
        self._legend = QGridLayout()
        self._legend.setHorizontalSpacing(theme.GRID * 2)
        self._legend.setVerticalSpacing(0)
        self._figures: dict[str, TextLine] = {}
        self._over_time = _plot("left", "compute time of the last drawings, newest on the right", "drawing", "compute")
        self._spread = _plot("bottom", "distribution of the compute times so far", "compute", "% of drawings")
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
        columns = len(self._series) if len(self._series) <= _MOST_IN_A_ROW else (len(self._series) + 1) // 2
        for index, one in enumerate(self._series):
            entry, self._figures[one.backend_id] = _legend_entry(one)
            self._legend.addWidget(entry, index // columns, index % columns)
        self.samples_changed()

    @Slot()
    def samples_changed(self) -> None:
        """There is more to show; it is drawn a little later, together with what comes until then."""
        self._is_stale = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Draws what came while it was hidden."""
        super().showEvent(event)
        if self._is_stale:
            self._timer.start()

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    @Slot()
    def redraw(self) -> None:
        """Draws all there is now."""
        self._is_stale = False
        shown = [(one, self._samples.compute_ns(one.backend_id)) for one in self._series]
        shown = [(one, values) for one, values in shown if len(values)]
        self._over_time.clear()
        self._spread.clear()
        if not shown:
            return
        edges, shares = log_histogram([values for _, values in shown])
        for (one, values), share in zip(shown, shares, strict=True):
            last = np.log10(np.maximum(values[-_LAST_DRAWINGS:], 1))
            place = np.arange(len(values) - len(last) + 1, len(values) + 1)
            color = QColor(one.style.color)
            pen = QPen(color, 0)
            pen.setStyle(one.style.line)
            mark = {"symbol": one.style.marker, "symbolSize": 5, "symbolBrush": color, "symbolPen": color}
            self._over_time.plot(place, last, pen=pen, **mark)
            pale = QColor(color)
            pale.setAlpha(50)
            self._spread.plot(edges, share * 100, stepMode="center", fillLevel=0, fillBrush=pale, pen=pen)
            median = formatting.duration(float(np.median(values)))
            drawings = formatting.plural(len(values), "drawing")
            self._figures[one.backend_id].show_text(f"{one.title}, median {median}", f"{one.title}: {drawings}")
        self._describe()

    def _describe(self) -> None:
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


class _DurationAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of log10(nanoseconds), labelled with times; the names are pyqtgraph's."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        del size
        return [(1.0, duration_ticks(minVal, maxVal))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        del scale, spacing
        return [formatting.tick(10 ** float(value)) for value in values]


_LEAVE_IT_TO_THE_PARENT = Qt.ContextMenuPolicy.NoContextMenu


def _plot(duration_side: str, tells: str, bottom: str, left: str) -> pg.PlotWidget:
    plot = pg.PlotWidget(axisItems={duration_side: _DurationAxis(duration_side)})
    plot.setAccessibleName(tells[0].upper() + tells[1:])
    plot.setToolTip(f"The {tells}.\nRight-click to export it as a picture or CSV.")
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
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
