"""All backends side by side: the accuracy of each on each digit, and the reliability curve of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from mnist_bench.base import words
from mnist_bench.base.files import csv_bytes
from mnist_bench.bench.accuracy.measures import DIGITS, Proportion
from mnist_bench.gui.accuracy.findings import Findings, Found
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.chart import Chart, Drawn, Entry, Panel, share_axis
from mnist_bench.gui.kit.columns import Column
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.table import Table
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_ABOUT: Final = (
    "Reliability curve: the share of correct answers at each predicted probability. On the dashed line the network\n"
    "is perfectly calibrated; above it, it is underconfident; below it, overconfident."
)
_CURVE: Final = Panel(_ABOUT, share_axis("predicted probability"), share_axis("share correct"))


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: a text and a tip for each digit; those in `worst` are marked."""

    title: str
    texts: tuple[str, ...]
    tips: tuple[str, ...] = ("",) * DIGITS
    worst: frozenset[int] = frozenset()
    style: BackendStyle | None = None
    tip: str = ""


class ClassTable(Table[_Row]):
    """A column for each digit, a row for each backend, in per cent; each backend's worst digit is marked."""

    def __init__(self, session: Session) -> None:
        columns = (
            Column[_Row](
                "Accuracy, %",
                lambda row: row.title,
                tip=lambda row: row.tip or row.title,
                marker=lambda row: row.style,
                ink=_ink,
                stretch=True,
            ),
            *map(_column, range(DIGITS)),
        )
        super().__init__(
            session,
            "Accuracy of each backend for each digit",
            columns,
            lambda row: (row.title, row.style),
            mode=QAbstractItemView.SelectionMode.NoSelection,
        )
        self.setSortingEnabled(False)
        self._findings: Findings | None = None

    def show_findings(self, findings: Findings, selected: int) -> None:
        """Shows all backends, and the intervals of the one at this place."""
        self._findings = findings
        chosen = findings.backends[selected]
        digits = chosen.summary.by_digit
        tip = f"Wilson interval of {chosen.title}, the backend selected on the left"
        self.show_rows(
            [
                *map(_backend, findings.backends),
                _Row("95 % low", tuple(words.accuracy_figure(one.low) for one in digits), tip=tip),
                _Row("95 % high", tuple(words.accuracy_figure(one.high) for one in digits), tip=tip),
                _Row("images", tuple(words.count(one.total) for one in digits)),
            ]
        )

    def to_csv(self) -> bytes:
        """All of it, shares from 0 to 1."""
        rows = [
            (found.title, digit, one.right, one.total, one.share, one.low, one.high)
            for found in (self._findings.backends if self._findings else ())
            for digit, one in enumerate(found.summary.by_digit)
        ]
        return csv_bytes(("backend", "digit", "right", "images", "accuracy", "low", "high"), rows)


def _column(digit: int) -> Column[_Row]:
    def fill(row: _Row) -> str:
        return "bad" if digit in row.worst else ""

    return Column(
        str(digit), lambda row: row.texts[digit], tip=lambda row: row.tips[digit], ink=_ink, fill=fill, right=True
    )


def _ink(row: _Row) -> str:
    return "" if row.style else "muted"


def _backend(found: Found) -> _Row:
    digits = found.summary.by_digit
    worst = min(one.share for one in digits if one.share is not None)
    marked = frozenset(digit for digit, one in enumerate(digits) if one.share == worst < 1)
    tips = (_tip(found, one) + ("; its worst digit" if digit in marked else "") for digit, one in enumerate(digits))
    return _Row(
        found.title, tuple(words.accuracy_figure(one.share) for one in digits), tuple(tips), marked, found.style
    )


def _tip(found: Found, one: Proportion) -> str:
    if one.share is None:
        return ""
    return (
        f"{found.title} reads {words.count_of(one.right, one.total)} correctly: "
        f"{words.accuracy(one.share)}, 95 % interval {words.accuracy_range(one.low, one.high)}"
    )


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
