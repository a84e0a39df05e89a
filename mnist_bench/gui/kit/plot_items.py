"""What plots are made of besides pyqtgraph's own items: axes with units, and stacked bars."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.chart import Axis, Piece
from mnist_bench.gui.kit.palette import LAYER_INK

HALF_A_LABEL: Final = 24
"""Pixels: how far labels stand out beyond an axis' ends."""


class Scale(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis with our ticks and words, as many as do not touch; the names are pyqtgraph's."""

    def __init__(self, side: str, axis: Axis | None) -> None:
        super().__init__(side)
        self.axis, self.names, self.shown = axis, tuple[str, ...](), tuple[str, ...]()
        self.enableAutoSIPrefix(False)  # or it would say "(x0.001)" of numbers near 1
        if axis is None:
            self.setStyle(tickLength=0)

    def words(self, value: float) -> str:
        """A value in full, with what it is."""
        return f"{self.axis.label}: {self.axis.told(float(value))}" if self.axis else self.names[int(value)]

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Labels at its ends stand out beyond it; pyqtgraph would leave them out."""
        half = HALF_A_LABEL
        sides = (0, -half, 0, half) if self.orientation == "left" else (-half, 0, half, 0)
        return super().boundingRect().adjusted(*sides)  # type: ignore[no-any-return]

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803
        """Where it is labelled."""
        if self.axis is None:
            return [(1.0, [float(row) for row in range(len(self.names))])]
        if not maxVal > minVal:
            return []
        places = [place for place in self.axis.places(minVal, maxVal) if minVal <= place <= maxVal]
        metrics = QFontMetrics(self.font())
        is_upright = self.orientation in ("left", "right")
        while len(places) > 1:
            widest = max(metrics.horizontalAdvance(self.axis.tick(place)) for place in places) + 10
            needed = metrics.height() if is_upright else widest
            if min(np.diff(places)) * size >= needed * (maxVal - minVal):
                break
            places = places[::2]
        return [(1.0, places)]

    def tickStrings(self, values: Sequence[float], *_: float) -> list[str]:  # noqa: N802
        """The labels."""
        if self.axis is None:
            return [self.shown[int(value)] if value < len(self.shown) else "" for value in values]
        return [self.axis.tick(float(value)) for value in values]


class Bars(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph has no types
    """All pieces and, behind each bar, its text: one item that paints them, far quicker than an item for each."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: Sequence[Piece] = ()
        self._ends: Sequence[tuple[float, str]] = ()

    def show(self, pieces: Sequence[Piece], ends: Sequence[tuple[float, str]]) -> None:
        """Paints these from now on."""
        self.prepareGeometryChange()
        self._pieces, self._ends = pieces, ends
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """All of the rows, with room for the texts."""
        return QRectF(0, -0.6, max((end for end, _ in self._ends), default=0) * 2, len(self._ends) + 0.2)

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draws them in pixels, so that text is not stretched and edges are sharp."""
        to_pixels = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        metrics = painter.fontMetrics()
        for piece in self._pieces:
            area = to_pixels.mapRect(piece.area)
            edge = 1 if area.width() > 3 else 0
            painter.fillRect(area.adjusted(0, 0, -edge, 0), QColor(piece.fill))
            if metrics.horizontalAdvance(piece.label) + 4 < area.width() and metrics.height() <= area.height() + 4:
                painter.setPen(QColor(LAYER_INK))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, piece.label)
        painter.setPen(QColor(theme.current().text))
        for row, (end, text) in enumerate(self._ends):
            at = to_pixels.map(QPointF(end, row))
            painter.drawText(at + QPointF(4, (metrics.ascent() - metrics.descent()) / 2), text)
        painter.restore()
