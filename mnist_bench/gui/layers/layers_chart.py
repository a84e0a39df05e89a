"""The chart of the Layers tab: a bar for each backend, stacked of its layers.

Imports pyqtgraph, which takes a while: the window does so after it is on screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPen
from PySide6.QtWidgets import QScrollArea, QToolTip, QVBoxLayout, QWidget

from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, LayerEntry, Segment, places
from mnist_bench.gui.layers.layers_table import entry_lines, segment_tip
from mnist_bench.gui.look import formatting, theme
from mnist_bench.gui.look.palette import LAYER_INK, layer_fill

_THICKNESS = 0.72
_WIDEST_TITLE = 190
_TITLE_MARGIN = 14
_AXIS_HEIGHT = 30
_FREE = 1.22  # of the longest bar: room for its time behind it


@dataclass(frozen=True, slots=True)
class _Piece:
    """One entry in its bar, in the plot's coordinates, and what its tip says."""

    left: float
    width: float
    row: int
    fill: str
    label: str
    tip: str


class LayersChart(QWidget):
    """Horizontal bars, the first backend on top. A piece bears its layers' places where there is room for them.

    They are never thinner than a line of text: where they do not all fit, they scroll.

    Attributes:
        plot: the bars alone.
        is_absolute: whether the bars have one scale of time; otherwise each is 100 % of its backend.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_absolute = False
        self._comparison: LayerComparison | None = None
        self._pieces: list[_Piece] = []
        self._labels: list[tuple[pg.TextItem, _Piece]] = []
        self._scale = _ScaleAxis()
        self.plot = _plot(self._scale)
        self.plot.viewport().installEventFilter(self)
        self.plot.getViewBox().sigResized.connect(self._fit_labels)
        self._room = QScrollArea(widgetResizable=True)
        self._room.setFrameShape(QScrollArea.Shape.NoFrame)
        self._room.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._room.setWidget(self.plot)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._room)
        self._dress()

    def show_comparison(self, comparison: LayerComparison) -> None:
        """Shows these times."""
        self._comparison = comparison
        self.redraw()

    def set_absolute(self, is_absolute: bool) -> None:
        """Chooses one scale of time for all bars, or 100 % for each."""
        self.is_absolute = is_absolute
        self.redraw()

    def redraw(self) -> None:
        """Draws all anew."""
        self.plot.clear()
        self._labels = []
        comparison = self._comparison
        if comparison is None or not comparison.backends:
            return
        backends = comparison.backends
        self._scale.is_absolute = self.is_absolute
        scales = [1.0 if self.is_absolute else 100 / (one.sum_ns or 1) for one in backends]
        self._pieces = [
            piece
            for row, (layers, scale) in enumerate(zip(backends, scales, strict=True))
            for piece in _pieces(row, layers, comparison.segments, scale)
        ]
        self._draw_pieces()
        ends = [layers.sum_ns * scale for layers, scale in zip(backends, scales, strict=True)]
        self._draw_sums(backends, ends)
        self._show_titles([layers.title for layers in backends])
        self.plot.setXRange(0, max(max(ends), 1e-6) * _FREE, padding=0)
        self.plot.setYRange(-0.5, len(backends) - 0.5, padding=0.02)
        line = QFontMetrics(self.font()).height() + 2
        self.plot.setMinimumHeight(len(backends) * line + _AXIS_HEIGHT)
        sums = (f"{layers.title} {formatting.duration(layers.sum_ns)}" for layers in backends)
        self.plot.setAccessibleDescription("; ".join(sums))
        self._dress()
        self._fit_labels()

    def _draw_pieces(self) -> None:
        edge = QPen(QColor(theme.current().surface), 0)
        self.plot.addItem(
            pg.BarGraphItem(
                x0=[piece.left for piece in self._pieces],
                width=[piece.width for piece in self._pieces],
                y=[piece.row for piece in self._pieces],
                height=_THICKNESS,
                brushes=[QColor(piece.fill) for piece in self._pieces],
                pens=[edge] * len(self._pieces),
            )
        )
        for piece in self._pieces:
            label = pg.TextItem(piece.label, color=QColor(LAYER_INK), anchor=(0.5, 0.5))
            label.setPos(piece.left + piece.width / 2, piece.row)
            self.plot.addItem(label, ignoreBounds=True)
            self._labels.append((label, piece))

    def _draw_sums(self, backends: Sequence[BackendLayers], ends: Sequence[float]) -> None:
        for row, (layers, end) in enumerate(zip(backends, ends, strict=True)):
            label = pg.TextItem(formatting.duration(layers.sum_ns), color=QColor(theme.current().text), anchor=(0, 0.5))
            label.setPos(end, row)
            self.plot.addItem(label, ignoreBounds=True)

    def _show_titles(self, titles: Sequence[str]) -> None:
        metrics = QFontMetrics(self.font())
        shown = [metrics.elidedText(title, Qt.TextElideMode.ElideRight, _WIDEST_TITLE) for title in titles]
        axis = self.plot.getAxis("left")
        axis.setTicks([list(enumerate(shown))])
        axis.setWidth(max(map(metrics.horizontalAdvance, shown)) + _TITLE_MARGIN)

    def _fit_labels(self) -> None:
        """Shows the labels that have room in their piece."""
        metrics = QFontMetrics(self.font())
        pixel_width, pixel_height = self.plot.getViewBox().viewPixelSize()
        for label, piece in self._labels:
            fits = metrics.horizontalAdvance(piece.label) + 4 < piece.width / pixel_width
            label.setVisible(fits and _THICKNESS / pixel_height > metrics.height())

    def piece_tip(self, x: float, y: float) -> str:
        """What stands at a place of the plot; empty for nothing."""
        for piece in self._pieces:
            if QRectF(piece.left, piece.row - _THICKNESS / 2, piece.width, _THICKNESS).contains(x, y):
                return piece.tip
        return ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tells what is under the mouse."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self.plot.getViewBox().mapSceneToView(self.plot.mapToScene(event.pos()))
            QToolTip.showText(event.globalPos(), self.piece_tip(at.x(), at.y()), self.plot)
            return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.redraw()

    def _dress(self) -> None:
        palette = theme.current()
        self.plot.setBackground(palette.surface)
        for side, ink in (("left", palette.text), ("bottom", palette.muted)):
            axis = self.plot.getAxis(side)
            axis.setPen(QPen(QColor(palette.border), 1))
            axis.setTextPen(QColor(ink))


class _ScaleAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis of nanoseconds or of per cent, with its unit at each tick; the names are pyqtgraph's."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.is_absolute = False

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        if not self.is_absolute:
            return [(20.0, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0])]
        spacing, values = super().tickValues(minVal, maxVal, size)[0]
        return [(spacing, list(values))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        del scale, spacing
        return [formatting.tick(value) if self.is_absolute and value else _percent(value) for value in values]


def _percent(value: float) -> str:
    return f"{value:.0f} %" if value else "0"


def _plot(scale: _ScaleAxis) -> pg.PlotWidget:
    plot = pg.PlotWidget(axisItems={"bottom": scale})
    plot.setAccessibleName("Time of each layer on each backend, as stacked bars")
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
    plot.setMinimumWidth(240)
    plot.invertY(True)
    plot.getAxis("left").setStyle(tickLength=0)
    return plot


def _pieces(row: int, layers: BackendLayers, segments: Sequence[Segment], scale: float) -> list[_Piece]:
    """The entries of one backend from left to right; those of one segment have one colour."""
    pieces = []
    left = 0.0
    for number, segment in enumerate(segments):
        for entry, line in zip(layers.within(segment), entry_lines(layers, segment), strict=True):
            width = entry.compute_ns * scale
            pieces.append(
                _Piece(left, width, row, layer_fill(number), _short(entry), f"{line}\n{segment_tip(segment)}")
            )
            left += width
    return pieces


def _short(entry: LayerEntry) -> str:
    return places(entry.first, entry.last)
