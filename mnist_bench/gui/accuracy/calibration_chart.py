"""The reliability curve of each backend."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt

from mnist_bench.base import words
from mnist_bench.base.files import csv_bytes
from mnist_bench.gui.accuracy.findings import Findings
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.chart import Chart, Drawn, Entry, Panel, share_axis
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_ABOUT: Final = (
    "Reliability curve: the share of correct answers at each predicted probability. On the dashed line the network\n"
    "is perfectly calibrated; above it, it is underconfident; below it, overconfident."
)
_CURVE: Final = Panel(_ABOUT, share_axis("predicted probability"), share_axis("share correct"))


class CalibrationChart(Chart):
    """Accuracy by confidence in the bins that hold images; the legend has each backend's ECE."""

    def __init__(self, session: Session) -> None:
        file_name = "accuracy-calibration"
        super().__init__(session, [_CURVE], self._draw_curves, self.to_csv, title="Calibration", file_name=file_name)
        self._findings: Findings | None = None

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows all backends; `selected` makes no difference."""
        del selected
        self._findings = findings
        self.refresh()

    def to_csv(self) -> bytes:
        """Every bin of every backend; empty figures where a bin is."""
        rows = []
        for found in self._findings.backends if self._findings else ():
            bins = found.summary.calibration
            for place, count in enumerate(bins.counts.tolist()):
                figures = (bins.confidence[place], bins.accuracy[place]) if count else ("", "")
                rows.append((found.title, bins.edges[place], bins.edges[place + 1], count, *figures))
        return csv_bytes(("backend", "from", "to", "images", "confidence", "accuracy"), rows)

    def _draw_curves(self, plots: Sequence["Plot"]) -> Drawn | None:
        if self._findings is None:
            return None
        (plot,) = plots
        neutral = BackendStyle(theme.current().outline, Qt.PenStyle.DashLine, "o")
        plot.line("diagonal", [0, 1], [0, 1], neutral)
        plot.span((-0.03, 1.03), (-0.03, 1.03))
        legend = []
        for found in self._findings.backends:
            bins = found.summary.calibration
            filled = bins.counts > 0
            x, y = np.asarray(bins.confidence)[filled], np.asarray(bins.accuracy)[filled]
            plot.line(found.title, x, y, found.style, title=found.title)
            plot.marks(("mark", found.title), x, y, found.style, size=8)
            legend.append(Entry(found.style, f"{found.title}, ECE {words.accuracy(bins.ece)}"))
        return Drawn(tuple(legend))
