"""The plots of a chart: pyqtgraph's, dressed as the window is, with the value under the pointer.

Imports pyqtgraph, which takes a while: see `chart.py`.
"""

import html
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.chart import Axis, Draw, Drawn, Legend, Panel, Piece
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.plot_items import HALF_A_LABEL, Bars, Scale
from mnist_bench.gui.kit.text import show_tip

_NEAR_PIXELS: Final = 24
_LABELS_FROM_HEIGHT: Final = 120
_LEGEND_FROM_HEIGHT: Final = 150
_WIDEST_NAMES: Final = 0.34
_BAND_OPACITY, _FILL_OPACITY = 50, 50
_PADDING: Final = 0.005

Tell = Callable[[int], str]
"""What is said of the point with this number."""


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """One plot. Each item has a key: what is drawn again under it is the same item with other data, which is quick.

    Attributes:
        is_zoomed: the person has zoomed in, which stays while it is drawn again.

    Signals:
        reset_requested: the person wants to see all again.
    """

    reset_requested = Signal()

    def __init__(self, panel: Panel, *, is_vector: bool = False) -> None:
        self._scales = {"bottom": Scale("bottom", panel.x), "left": Scale("left", panel.y)}
        super().__init__(axisItems=self._scales)
        self._panel, self._is_vector = panel, is_vector
        self._items: dict[Hashable, Any] = {}
        self._drawn: set[Hashable] = set()
        self._told: list[tuple[NDArray[np.float64], NDArray[np.float64], Tell]] = []
        self._areas: list[tuple[QRectF, str]] = []
        self.is_zoomed = False
        self.setAccessibleName(panel.name)
        self.setMenuEnabled(False)
        self.setMouseEnabled(panel.zooms, False)
        self.hideButtons()
        self.disableAutoRange()
        self.invertY(panel.y is None)
        self.showGrid(x=panel.y is None, y=panel.y is not None, alpha=0.15)
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setMinimumSize(160, 40)
        self.plotItem.layout.setContentsMargins(1, 4, HALF_A_LABEL, 1)
        self.getViewBox().sigRangeChangedManually.connect(self._zoomed)
        self.viewport().setMouseTracking(True)
        self.viewport().installEventFilter(self)
        self.dress()

    # What a view draws with.

    def line(
        self,
        key: Hashable,
        x: ArrayLike,
        y: ArrayLike,
        style: BackendStyle,
        *,
        width: float = 0,
        is_steps: bool = False,
        title: str = "",
    ) -> None:
        """A line in a backend's colour and style; `is_steps`: y has one value less, each between two of x, filled.

        The pointer finds the points of a line with a `title`, which is said with their values.
        """
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        pen = QPen(QColor(style.color), width)
        pen.setCosmetic(True)
        pen.setStyle(style.line)
        fill: dict[str, Any] = {}
        if is_steps:
            pale = QColor(style.color)
            pale.setAlpha(_FILL_OPACITY)
            fill = {"stepMode": "center", "fillLevel": 0, "brush": pale}
        self._put(key, pg.PlotCurveItem).setData(x, y, pen=pen, **fill)
        if title:
            self.tell((x[:-1] + x[1:]) / 2 if is_steps else x, y, lambda at: self._words(title, x, y, at))

    def marks(self, key: Hashable, x: ArrayLike, y: ArrayLike, style: BackendStyle, *, size: float = 5) -> None:
        """A backend's mark at each point."""
        color = QColor(style.color)
        brush = color if style.is_filled else QColor(theme.current().surface)
        self._put(key, pg.ScatterPlotItem).setData(
            np.asarray(x),
            np.asarray(y),
            symbol=style.marker,
            size=size,
            brush=brush,
            pen=color,
            useCache=not self._is_vector,
        )

    def rule(self, key: Hashable, x: float) -> None:
        """A vertical hairline."""
        self._put(key, lambda: pg.InfiniteLine(x)).setPen(QPen(QColor(theme.current().muted), 0))

    def band(self, key: Hashable, low: float, high: float) -> None:
        """A pale band from bottom to top."""
        item = self._put(key, lambda: pg.LinearRegionItem(movable=False, pen=QPen(Qt.PenStyle.NoPen)))
        color = QColor(theme.current().muted)
        color.setAlpha(_BAND_OPACITY)
        item.setRegion((low, high))
        item.setBrush(color)

    def bars(self, key: Hashable, pieces: Sequence[Piece], ends: Sequence[tuple[float, str]]) -> None:
        """Stacked bars in rows, and behind the end of each a text."""
        self._put(key, Bars).show(pieces, ends)
        self._areas += [(piece.area, piece.tip) for piece in pieces]

    def rows(self, names: Sequence[str]) -> None:
        """Names the rows 0, 1, ... of a plot without a y axis."""
        self._scales["left"].names = tuple(names)
        self.setMinimumHeight(max(60, len(names) * (self.fontMetrics().height() + 2) + 36))
        self.setYRange(-0.6, len(names) - 0.4, padding=0)
        self._fit_names()

    def scale_x(self, axis: Axis) -> None:
        """Another x axis, where that depends on what is drawn."""
        if axis is not self._scales["bottom"].axis:
            self._scales["bottom"].axis = axis
            self.dress()

    def span(self, x: tuple[float, float], y: tuple[float, float] | None = None) -> None:
        """What is to be seen, and a little more, for values at its ends; not along x while the person has zoomed in."""
        if not self.is_zoomed:
            self.setXRange(*x, padding=_PADDING)
        if y is not None:
            self.setYRange(*y, padding=_PADDING)

    def tell(self, x: ArrayLike, y: ArrayLike, told: str | Tell) -> None:
        """What the pointer finds at these points: the same at all, or what `told` says of each."""
        tell = told if callable(told) else lambda _: told
        self._told.append((np.asarray(x, np.float64), np.asarray(y, np.float64), tell))

    # What the frame does with it.

    def begin(self) -> None:
        """Drawing begins anew."""
        self._drawn.clear()
        self._told.clear()
        self._areas.clear()

    def end(self) -> None:
        """Takes out what was not drawn again."""
        for key in self._items.keys() - self._drawn:
            self.removeItem(self._items.pop(key))

    def dress(self) -> None:
        """Follows light and dark, and the size of the text."""
        palette = theme.current()
        self.setBackground(palette.surface)
        for side, scale in self._scales.items():
            scale.setPen(QPen(QColor(palette.border), 1))
            scale.setTextPen(QColor(palette.text if side == "left" and self._panel.y is None else palette.muted))
            size = f"{self.font().pointSizeF():.1f}pt"
            scale.setLabel(
                html.escape(scale.axis.label) if scale.axis else "", **{"color": palette.muted, "font-size": size}
            )
        if self._panel.y is not None:
            self._scales["left"].setWidth(self.fontMetrics().horizontalAdvance("0000 µs") + self.fontMetrics().height())
        self._show_labels()

    def told_at(self, x: float, y: float) -> str:
        """What is at, or near, a place of the plot; empty for nothing."""
        for area, text in self._areas:
            if area.contains(x, y):
                return text
        unit_x, unit_y = self.getViewBox().viewPixelSize()
        nearest, found = float(_NEAR_PIXELS), ""
        for xs, ys, tell in self._told:
            if len(xs):
                distances = np.hypot((xs - x) / unit_x, (ys - y) / unit_y)
                at = int(np.argmin(distances))
                if distances[at] < nearest:
                    nearest, found = float(distances[at]), tell(at)
        return found

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tells what is under the pointer; a double click shows all."""
        if event.type() is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._show_told(event.position().toPoint(), event.globalPosition().toPoint())
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_told(event.pos(), event.globalPos())
            return True
        if event.type() is QEvent.Type.MouseButtonDblClick and self._panel.zooms:
            self.reset_requested.emit()
            return True
        return bool(super().eventFilter(watched, event))

    def _show_told(self, pixel: QPoint, on_screen: QPoint) -> None:
        place = self.getViewBox().mapSceneToView(self.mapToScene(pixel))
        show_tip(on_screen, self.told_at(place.x(), place.y()), self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves out the axes' labels where their height is needed for what is drawn."""
        super().resizeEvent(event)
        if self.isVisible():
            self._show_labels()
            self._fit_names()

    def _put(self, key: Hashable, make: Callable[[], Any]) -> Any:
        if key not in self._items:
            self._items[key] = make()
            self.addItem(self._items[key], ignoreBounds=True)
        self._drawn.add(key)
        return self._items[key]

    def _words(self, title: str, x: NDArray[np.float64], y: NDArray[np.float64], at: int) -> str:
        across, up = (self._scales[side] for side in ("bottom", "left"))
        return f"{title}\n{across.words(x[at])}\n{up.words(y[at])}"

    def _zoomed(self) -> None:
        self.is_zoomed = True

    def _show_labels(self) -> None:
        for side, scale in self._scales.items():
            upright = self.fontMetrics().horizontalAdvance(scale.labelText) if side == "left" else 0
            has_room = self.height() >= max(_LABELS_FROM_HEIGHT, upright + 3 * self.fontMetrics().height())
            scale.showLabel(bool(scale.labelText) and has_room)

    def _fit_names(self) -> None:
        """Names have a third of the width at most; they are elided in the middle, as what differs is at their ends."""
        names = self._scales["left"].names
        if names:
            metrics, room = self.fontMetrics(), max(90, int(self.width() * _WIDEST_NAMES))
            shown = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room) for name in names]
            self._scales["left"].shown = tuple(shown)
            self._scales["left"].setWidth(max(map(metrics.horizontalAdvance, shown)) + 14)


class ChartFrame(QWidget):
    """A legend, and below it the plots.

    Signals:
        reset_requested: the person wants to see all of a plot again.
    """

    reset_requested = Signal()

    def __init__(self, panels: Sequence[Panel], *, is_vector: bool = False) -> None:
        super().__init__()
        self.legend = Legend()
        self.plots = [Plot(panel, is_vector=is_vector) for panel in panels]
        shares = zip(self.plots, (panel.stretch for panel in panels), strict=True)
        self.setLayout(vbox(self.legend, (hbox(*shares), 1), spacing=theme.GRID // 2))
        for plot in self.plots:
            plot.reset_requested.connect(self._reset)

    def draw(self, draw: Draw) -> Drawn | None:
        """Draws all anew; tells what was drawn."""
        for plot in self.plots:
            plot.begin()
        drawn = draw(self.plots)
        for plot in self.plots:
            plot.end()
        if drawn is not None:
            self.legend.show_entries(drawn.legend)
        return drawn

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves out the legend where its height is needed for what is drawn."""
        super().resizeEvent(event)
        self.legend.setVisible(event.size().height() >= _LEGEND_FROM_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Room for the plots, without the legend."""
        least = [plot.minimumSize() for plot in self.plots]
        width = sum(size.width() for size in least) + theme.GRID * (len(least) - 1)
        return QSize(width, max(size.height() for size in least))

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark, and the size of the text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
        elif event.type() is QEvent.Type.FontChange:
            QTimer.singleShot(0, self, self._dress)  # legend and plots have the font only then

    def _dress(self) -> None:
        self.legend.fit()
        for plot in self.plots:
            plot.dress()

    def _reset(self) -> None:
        for plot in self.plots:
            plot.is_zoomed = False
        self.reset_requested.emit()
