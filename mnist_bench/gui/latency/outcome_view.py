"""Shows an outcome: the table, and below it a chart of ratios, of distributions, or the warnings."""

import html
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from mnist_bench.base import words
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.cautions import by_kind
from mnist_bench.bench.results.outcome import SPREAD_POINTS, Line, Outcome, ratio_text
from mnist_bench.bench.results.samples import samples_csv, samples_csv_of_several
from mnist_bench.bench.statistics.ratio import EQUAL_WITHIN
from mnist_bench.gui.kit.buttons import named_combo, push_button
from mnist_bench.gui.kit.chart import Chart, Drawn, Entry, Panel, duration_axis, ratio_axis, share_axis
from mnist_bench.gui.kit.containers import splitter, vbox
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.text import Markup, MarkupView
from mnist_bench.gui.latency.latency_table import latency_table, rows_of
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_AFTER_THE_TABLE_MS = 50  # painting both at once would be the longest stall of a benchmark


class View(StrEnum):
    """What a selector offers to show of an outcome beside its table."""

    RATIOS = "Ratios"
    DISTRIBUTION = "Distribution"
    WARNINGS = "Warnings"


class OutcomeView(QWidget):
    """What came of a measurement.

    Attributes:
        table, warnings, charts: its parts; the charts by what they show.
        kind, export_button: for the row of controls above it.
        outcome: what is shown.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._styles: Sequence[BackendStyle] = ()
        self.outcome: Outcome | None = None
        self.table = latency_table(session)
        self.warnings = WarningsList()
        self.charts = {
            View.RATIOS: self._chart(RATIOS, draw_ratios),
            View.DISTRIBUTION: self._chart(DISTRIBUTION, draw_distribution),
        }
        self._below = QStackedWidget()
        self.kind = named_combo("What is shown below the table")
        for view, widget in {**self.charts, View.WARNINGS: self.warnings}.items():
            self.kind.addItem(str(view), view)
            self._below.addWidget(widget)
        self.kind.currentIndexChanged.connect(self._below.setCurrentIndex)
        tip = "Save the chart as PNG or SVG, or every sample as CSV"
        self.export_button = push_button("Export …", self._export, tip=tip)
        divided = splitter(
            Qt.Orientation.Vertical, self.table, self._below, stretch=(2, 3), name="latency table and chart"
        )
        divided.setSizes([230, 260])
        self.setLayout(vbox(divided))

    def _chart(self, panel: Panel, draw: Callable[["Plot", Outcome, Sequence[BackendStyle]], Drawn]) -> Chart:
        def draw_outcome(plots: Sequence["Plot"]) -> Drawn | None:
            return None if self.outcome is None else draw(plots[0], self.outcome, self._styles)

        return Chart(
            self._session, [panel], draw_outcome, self._to_csv, title="", file_name="", rest_ms=_AFTER_THE_TABLE_MS
        )

    def show_outcome(self, outcome: Outcome, styles: Sequence[BackendStyle]) -> None:
        """Shows this; `styles` are of its lines."""
        self.outcome, self._styles = outcome, styles
        self.table.show_rows(rows_of(outcome, styles))
        self.warnings.show_warnings(outcome.lines)
        count = len(outcome.warnings)
        words = f"{View.WARNINGS} ({count})" if count else str(View.WARNINGS)
        self.kind.setItemText(self.kind.findData(View.WARNINGS), words)
        for view, chart in self.charts.items():
            chart.title, chart.file_name = f"{view}: {outcome.title}", outcome.name
            chart.refresh()

    @Slot()
    def _export(self) -> None:
        self.charts.get(View(self.kind.currentData()), self.charts[View.RATIOS]).export()

    def _to_csv(self) -> bytes:
        files = self.outcome.files if self.outcome is not None else ()
        return samples_csv(files[0].value) if len(files) == 1 else samples_csv_of_several(files)


class WarningsList(MarkupView):
    """The list of warnings: each kind once, with advice, what was observed, and in which runs; it can be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Warnings, and what to do about them")

    def show_warnings(self, lines: Sequence[Line]) -> None:
        """Shows those of these runs."""
        paragraphs = []
        warnings = ((line.title, warning) for line in lines for warning in line.warnings)
        for kind, seen in by_kind(warnings).items():
            facts = "".join(
                f"<br>{html.escape(_whom(titles, len(lines)))}: {html.escape(fact)}" for fact, titles in seen.items()
            )
            paragraphs.append(f"<p><b>⚠ {html.escape(kind)}</b><br>{html.escape(kind.advice)}{facts}</p>")
        self.show_markup(Markup("".join(paragraphs) or "<p>No warnings about these figures.</p>"))


def _whom(titles: Sequence[str], count: int) -> str:
    return "All" if len(titles) == count > 1 else ", ".join(titles)


RATIOS = Panel(
    "Ratio of each backend to the baseline, with its 95 % interval", ratio_axis("ratio to the baseline"), None
)
_TIMES = {TimeKind.COMPUTE: duration_axis("compute"), TimeKind.ROUND_TRIP: duration_axis("round trip")}
DISTRIBUTION = Panel(
    "Share of samples up to each time", _TIMES[TimeKind.COMPUTE], share_axis("samples up to it"), zooms=True
)
_CAP = 0.24  # of a row: higher than a mark, which hides no interval


def draw_ratios(plot: "Plot", outcome: Outcome, styles: Sequence[BackendStyle]) -> Drawn:
    """A row for each backend with a ratio, and the baseline's; `styles` are of the outcome's lines."""
    rows = [pair for pair in zip(outcome.lines, styles, strict=True) if pair[0].ratio is not None or _is_base(pair[0])]
    plot.band("equal", *np.log10([1 - EQUAL_WITHIN, 1 + EQUAL_WITHIN]))
    plot.rule("baseline", 0.0)
    ends = [0.0]
    for row, (line, style) in enumerate(rows):
        ratio = line.ratio
        low, middle, high = np.log10((1.0, 1.0, 1.0) if ratio is None else (ratio.low, ratio.ratio, ratio.high))
        ends += [low, high]
        plot.marks(("mark", row), [middle], [row], style, size=8)
        top, bottom = row - _CAP, row + _CAP
        solid = replace(style, line=Qt.PenStyle.SolidLine)
        plot.line(row, [low, low, low, high, high, high], [top, bottom, row, row, top, bottom], solid, width=2)
        plot.tell([low, middle, high], [row] * 3, f"{line.title}\n{ratio_text(ratio) or 'baseline'}")
    margin = max(0.03, (max(ends) - min(ends)) * 0.08)
    plot.span((min(ends) - margin, max(ends) + margin))
    plot.rows([line.title for line, _ in rows])
    return Drawn(said="; ".join(f"{line.title} {ratio_text(line.ratio) or 'baseline'}" for line, _ in rows))


def draw_distribution(plot: "Plot", outcome: Outcome, styles: Sequence[BackendStyle]) -> Drawn:
    """How large a share of the samples took at most how long; `styles` are of the outcome's lines."""
    shares, middle = np.linspace(0, 1, SPREAD_POINTS), SPREAD_POINTS // 2
    ends: list[float] = []
    entries = []
    for number, (line, style) in enumerate(zip(outcome.lines, styles, strict=True)):
        if not len(line.spread_ns):
            continue
        times = np.log10(np.maximum(line.spread_ns, 1))
        ends += [float(times[0]), float(times[SPREAD_POINTS * 99 // 100])]
        plot.line(number, times, shares, style, width=style.width, title=line.title)
        plot.marks(("mark", number), [times[middle]], [0.5], style, size=9)
        entries.append(Entry(style, f"{line.title}, median {words.duration(float(line.spread_ns[middle]))}"))
    if ends:
        plot.span((min(ends) - 0.05, max(ends) + 0.1), (0, 1.04))
    plot.scale_x(_TIMES[outcome.by])
    return Drawn(tuple(entries))


def _is_base(line: Line) -> bool:
    return line.is_baseline and line.compute is not None
