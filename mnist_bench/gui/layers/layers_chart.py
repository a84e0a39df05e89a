"""The chart of the Layers tab: a bar for each backend, stacked of its layers.

Imports pyqtgraph, which takes a while: the window does so after it is on screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from mnist_bench.base import words
from mnist_bench.bench.layers.values import BackendLayers, LayerComparison, Segment, places
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import scroll_area
from mnist_bench.gui.kit.palette import LAYER_INK, layer_fill
from mnist_bench.gui.layers.layers_table import entry_lines, segment_tip

_THICKNESS = 0.76
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

    @property
    def area(self) -> QRectF:
        """Where it is in the plot."""
        return QRectF(self.left, self.row - _THICKNESS / 2, self.width, _THICKNESS)


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
        self._scale = _ScaleAxis()
        self._bars = _Bars()
        self.plot = _plot(self._scale)
        self.plot.addItem(self._bars, ignoreBounds=True)
        self.plot.viewport().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll_area(self.plot))
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
        comparison = self._comparison
        if comparison is None or not comparison.backends:
            return
        backends = comparison.backends
        self._scale.is_absolute = self.is_absolute
        scales = [1.0 if self.is_absolute else 100 / (one.sum_ns or 1) for one in backends]
        self._bars.pieces = [
            piece
            for row, (layers, scale) in enumerate(zip(backends, scales, strict=True))
            for piece in _pieces(row, layers, comparison.segments, scale)
        ]
        ends = [layers.sum_ns * scale for layers, scale in zip(backends, scales, strict=True)]
        sums = [words.duration(layers.sum_ns) for layers in backends]
        self._bars.sums = list(zip(ends, sums, strict=True))
        self._bars.set_width(max(max(ends), 1e-6) * _FREE)
        self._show_titles([layers.title for layers in backends])
        self.plot.setXRange(0, max(max(ends), 1e-6) * _FREE, padding=0)
        self.plot.setYRange(-0.5, len(backends) - 0.5, padding=0.02)
        line = QFontMetrics(self.font()).height() + 2
        self.plot.setMinimumHeight(len(backends) * line + _AXIS_HEIGHT)
        said = (f"{layers.title} {text}" for layers, text in zip(backends, sums, strict=True))
        self.plot.setAccessibleDescription("; ".join(said))

    def _show_titles(self, titles: Sequence[str]) -> None:
        metrics = QFontMetrics(self.font())
        shown = [metrics.elidedText(title, Qt.TextElideMode.ElideRight, _WIDEST_TITLE) for title in titles]
        axis = self.plot.getAxis("left")
        axis.setTicks([list(enumerate(shown))])
        axis.setWidth(max(map(metrics.horizontalAdvance, shown)) + _TITLE_MARGIN)

    def piece_tip(self, x: float, y: float) -> str:
        """What stands at a place of the plot; empty for nothing."""
        return next((piece.tip for piece in self._bars.pieces if piece.area.contains(x, y)), "")

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
            self._dress()

    def _dress(self) -> None:
        palette = theme.current()
        self.plot.setBackground(palette.surface)
        for side, ink in (("left", palette.text), ("bottom", palette.muted)):
            axis = self.plot.getAxis(side)
            axis.setPen(QPen(QColor(palette.border), 1))
            axis.setTextPen(QColor(ink))


class _Bars(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """All pieces and, behind each bar, its time: one item that paints them, far quicker than an item for each.

    Attributes:
        pieces: what the bars consist of.
        sums: for each row the bar's end and the time that stands behind it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[_Piece] = []
        self.sums: list[tuple[float, str]] = []
        self._width = 0.0

    def set_width(self, width: float) -> None:
        """How far the bars and their times may reach; draws them anew."""
        self.prepareGeometryChange()
        self._width = width
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """All of the rows."""
        return QRectF(0, -0.5, self._width, len(self.sums))

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draws them in pixels, so that text is not stretched and edges are sharp."""
        to_pixels = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        metrics = painter.fontMetrics()
        for piece in self.pieces:
            area = to_pixels.mapRect(piece.area)
            edge = 1 if area.width() > 3 else 0
            painter.fillRect(area.adjusted(0, 0, -edge, 0), QColor(piece.fill))
            if metrics.horizontalAdvance(piece.label) + 4 < area.width() and metrics.height() <= area.height() + 4:
                painter.setPen(QColor(LAYER_INK))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, piece.label)
        painter.setPen(QColor(theme.current().text))
        for row, (end, text) in enumerate(self.sums):
            at = to_pixels.map(QPointF(end, row))
            painter.drawText(at + QPointF(4, (metrics.ascent() - metrics.descent()) / 2), text)
        painter.restore()


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
        return [words.duration_tick(value) if self.is_absolute else words.share(value / 100) for value in values]


def _plot(scale: _ScaleAxis) -> pg.PlotWidget:
    plot = pg.PlotWidget(axisItems={"bottom": scale})
    plot.setAccessibleName("Time of each layer on each backend, as stacked bars")
    plot.setMenuEnabled(False)
    plot.setMouseEnabled(False, False)
    plot.hideButtons()
    plot.disableAutoRange()
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
        about, fill = segment_tip(segment), layer_fill(number)
        for entry, line in zip(layers.within(segment), entry_lines(layers, segment), strict=True):
            width = entry.compute_ns * scale
            pieces.append(_Piece(left, width, row, fill, places(entry.first, entry.last), f"{line}\n{about}"))
            left += width
    return pieces
