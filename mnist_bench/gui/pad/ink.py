"""The pad's ink on the screen: white round lines along the same smooth curve that the network's image is made from.

Finished strokes, and what can no longer change of the stroke under the pen, are kept as pixmaps; a movement of the pen
draws a few points only, however long the stroke is.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from mnist_bench.digits.coverage import coverage
from mnist_bench.digits.curves import length, smooth, smooth_stroke
from mnist_bench.digits.drawing import Point, Stroke
from mnist_bench.gui.kit.palette import PAD_INK
from mnist_bench.gui.kit.pixels import white_image
from mnist_bench.session.pad_content import PAD_UNITS

_TAIL: Final = 32
"""Points of the live stroke that are drawn anew each time; older ones are settled in pieces of this many."""

_MANY_POINTS: Final = 1_000
_LONG: Final = 20 * PAD_UNITS
"""Of curves with more points, or longer ones, the cover is computed: Qt would take seconds to paint them."""


class Ink:
    """Paints strokes, which are in pad units, into a square of any size and device pixel ratio."""

    def __init__(self) -> None:
        self._side = 0.0
        self._ratio = 1.0
        self._pen_width = 1.0
        self._strokes: tuple[Stroke, ...] = ()
        self._live: Sequence[Point] = ()
        self._settled = 0  # the live stroke is in its pixmap up to the point of this index
        self._settled_to: Point = (0.0, 0.0)  # which is this
        self._finished_layer = QPixmap()
        self._live_layer = QPixmap()

    def set_size(self, side: float, ratio: float) -> None:
        """Paint into a square of `side` logical pixels on a screen with this device pixel ratio."""
        if (side, ratio) != (self._side, self._ratio):
            self._side, self._ratio = side, ratio
            self._redraw_all()

    def set_strokes(self, strokes: tuple[Stroke, ...], pen_width: float) -> None:
        """Show these finished strokes; the live stroke is gone."""
        known = len(self._strokes)
        grown = pen_width == self._pen_width and strokes[:known] == self._strokes
        live, settled = self._live_layer, self._settled
        self._strokes, self._pen_width = strokes, pen_width
        self._live = ()
        self._settled = 0
        self._live_layer = QPixmap()
        if not grown or self._finished_layer.isNull():
            self._redraw_all()
        elif (
            settled > _MANY_POINTS and strokes[known:] and strokes[known][settled : settled + 1] == (self._settled_to,)
        ):
            painter = QPainter(self._finished_layer)  # the stroke that was under the pen: it is painted but for its end
            painter.drawPixmap(QPointF(0, 0), live)
            painter.end()
            self._add(self._finished_layer, [strokes[known][settled:], *strokes[known + 1 :]])
        else:
            self._add(self._finished_layer, strokes[known:])

    def follow(self, points: Sequence[Point]) -> None:
        """Show this stroke under the pen, of which only the last few points may have changed since the last time."""
        self._live = points
        if len(points) - self._settled >= 2 * _TAIL:
            self._settle(len(points) - _TAIL)

    def paint(self, painter: QPainter, square: QRectF) -> None:
        """Paint the finished strokes and the one under the pen."""
        painter.drawPixmap(square, self._finished_layer, QRectF(self._finished_layer.rect()))
        if self._live:
            if not self._live_layer.isNull():
                painter.drawPixmap(square, self._live_layer, QRectF(self._live_layer.rect()))
            painter.save()
            painter.translate(square.topLeft())
            self._draw(painter, [self._piece(self._settled, len(self._live) - 1)])
            painter.restore()

    def _redraw_all(self) -> None:
        self._finished_layer = self._new_layer()
        self._add(self._finished_layer, self._strokes)
        settled, self._settled = self._settled, 0
        self._live_layer = QPixmap()
        if settled:
            self._settle(settled)

    def _settle(self, upto: int) -> None:
        if self._live_layer.isNull():
            self._live_layer = self._new_layer()
        if upto - self._settled > _MANY_POINTS:
            self._add(self._live_layer, [tuple(self._live[self._settled : upto + 1])])
        else:
            painter = QPainter(self._live_layer)
            self._draw(painter, [self._piece(self._settled, upto)])
            painter.end()
        self._settled, self._settled_to = upto, self._live[upto]

    def _piece(self, first: int, last: int) -> list[Point]:
        """The smooth curve from one of the live stroke's points to another.

        A span of the curve depends on one more point at either side.
        """
        before, after = max(first - 1, 0), min(last + 1, len(self._live) - 1)
        curve = smooth_stroke(self._live[before : after + 1])
        start = _index_of(self._live[first], curve) if before < first else 0
        stop = len(curve) - _index_of(self._live[last], curve[::-1]) if last < after else len(curve)
        return curve[start:stop]

    def _new_layer(self) -> QPixmap:
        pixels = max(1, round(self._side * self._ratio))
        layer = QPixmap(pixels, pixels)
        layer.setDevicePixelRatio(self._ratio)
        layer.fill(Qt.GlobalColor.transparent)
        return layer

    def _add(self, layer: QPixmap, strokes: Sequence[Stroke]) -> None:
        """Paint whole strokes."""
        if layer.isNull() or not any(strokes):
            return
        points, joined = smooth(strokes)
        painter = QPainter(layer)
        if len(points) > _MANY_POINTS or length(points, joined) > _LONG:
            ink = coverage(points, joined, self._pen_width, PAD_UNITS, layer.width())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(0, 0, self._side, self._side), white_image(ink))
        else:
            self._draw(painter, [smooth_stroke(stroke) for stroke in strokes])
        painter.end()

    def _draw(self, painter: QPainter, curves: Sequence[list[Point]]) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self._side / PAD_UNITS, self._side / PAD_UNITS)
        line, cap, join = Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(QColor(PAD_INK), self._pen_width, line, cap, join))
        for curve in curves:
            if len(curve) == 1:
                painter.drawPoint(QPointF(*curve[0]))
            elif curve:
                painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in curve]))


def _index_of(point: Point, curve: list[Point]) -> int:
    """Where a curve passes through one of the points that it was made from."""
    x, y = point
    return next((at for at, (u, v) in enumerate(curve) if abs(u - x) + abs(v - y) < 1e-6), 0)
