"""The reliability curve of each backend. Imports pyqtgraph, which takes a while: the tab does so on another thread."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from mnist_bench.base import words
from mnist_bench.base.files import csv_bytes
from mnist_bench.gui.accuracy.findings import Findings, Found
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.marker import Marker
from mnist_bench.gui.kit.text_line import TextLine

_TIP: Final = (
    "Of the answers with about this probability, how many are right. On the dashed line a probability can be taken at\n"
    "its word; above it the network is more often right than it says, below it less often."
)
_LEGEND_WIDTH: Final = 190


class CalibrationChart(QWidget):
    """Accuracy by confidence, both 0 to 1, in the bins that hold images; beside it each backend's ECE."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: Findings | None = None
        self._plot = pg.PlotWidget()
        self._plot.setAccessibleName("Reliability curve")
        self._plot.setToolTip(_TIP)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0.03)
        self._plot.setLabel("bottom", "probability of the answer")
        self._plot.setLabel("left", "share right")
        self._plot.showGrid(x=True, y=True, alpha=0.15)
        self._plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._plot.setMinimumSize(160, 100)
        self._diagonal = pg.PlotCurveItem(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
        self._plot.addItem(self._diagonal)
        self._curves: list[object] = []
        self._legend = QGridLayout()
        self._legend.setHorizontalSpacing(theme.GRID)
        self._legend.setVerticalSpacing(theme.GRID // 2)
        side = QVBoxLayout()
        side.addLayout(self._legend)
        side.addStretch()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot, 1)
        layout.addLayout(side)
        self._dress()

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows all backends; `selected` makes no difference."""
        del selected
        self._findings = findings
        for curve in self._curves:
            self._plot.removeItem(curve)
        self._curves = [curve for found in findings.backends for curve in _curves(found)]
        for curve in self._curves:
            self._plot.addItem(curve)
        self._show_legend(findings.backends)

    def to_csv(self) -> bytes:
        """Every bin of every backend; empty figures where a bin is."""
        rows = []
        for found in self._findings.backends if self._findings else ():
            bins = found.summary.calibration
            for place, count in enumerate(bins.counts.tolist()):
                figures = (bins.confidence[place], bins.accuracy[place]) if count else ("", "")
                rows.append((found.title, bins.edges[place], bins.edges[place + 1], count, *figures))
        return csv_bytes(("backend", "from", "to", "images", "confidence", "accuracy"), rows)

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _show_legend(self, backends: Sequence[Found]) -> None:
        while (item := self._legend.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        lines = []
        for row, found in enumerate(backends):
            line = TextLine(f"ECE {words.accuracy(found.summary.calibration.ece)}: {found.title}")
            line.setFixedWidth(_LEGEND_WIDTH)
            self._legend.addWidget(Marker(found.style), row, 0)
            self._legend.addWidget(line, row, 1)
            lines.append(line.line())
        self.setAccessibleDescription("; ".join(lines))

    def _dress(self) -> None:
        palette = theme.current()
        self._plot.setBackground(palette.surface)
        self._diagonal.setPen(QPen(QColor(palette.outline), 0, Qt.PenStyle.DashLine))
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(QPen(QColor(palette.border), 1))
            axis.setTextPen(QColor(palette.muted))
            axis.setLabel(axis.labelText, color=palette.muted)


def _curves(found: Found) -> list[object]:
    """A line and its marks, in the backend's colour, style and marker."""
    bins = found.summary.calibration
    filled = bins.counts > 0
    x, y = bins.confidence[filled], bins.accuracy[filled]
    color = QColor(found.style.color)
    pen = QPen(color, 0)
    pen.setStyle(found.style.line)
    marks = pg.ScatterPlotItem(x, y, symbol=found.style.marker, size=8, brush=color, pen=color, useCache=False)
    return [pg.PlotCurveItem(x, y, pen=pen), marks]
