"""What the charts of measured times draw: ratios with their intervals, and distributions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from mnist_bench.base import words
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.results.outcome import SPREAD_POINTS, Line, Outcome, ratio_text
from mnist_bench.bench.statistics.ratio import EQUAL_WITHIN
from mnist_bench.gui.kit.chart import Drawn, Entry, Panel, duration_axis, ratio_axis, share_axis
from mnist_bench.gui.kit.palette import BackendStyle

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

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
