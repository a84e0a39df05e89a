"""The table of runs: times, ratio to the baseline, verdict, warnings."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.bench.statistics.ratio import Verdict
from mnist_bench.bench.statistics.summary import Summary
from mnist_bench.gui.latency.outcome import Line, Outcome, ratio_text, verdict_text
from mnist_bench.gui.look import formatting, theme
from mnist_bench.gui.look.marker import marker_icon
from mnist_bench.gui.look.palette import BackendStyle

_COLUMNS = (
    ("Backend", "What was measured"),
    ("Compute p50", "Median of compute: from pixels to logits, inside the runner"),
    ("p90", "90th percentile of compute"),
    ("p99", "99th percentile of compute"),
    ("Round trip p90", "90th percentile from request to answer: the headline of SingleStream"),
    ("Images/s", "Images by the time of all round trips"),
    ("Ratio (95 % interval)", "The median divided by the baseline's: below 1 is faster"),
    ("Verdict", "Faster or slower only where the whole interval lies outside of 1 ± 2 %"),
    ("Warnings", "What may be wrong with it"),
)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT_COLUMNS = (0, 7, 8)


class LatencyTable(QTableWidget):
    """One row for each run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self.setAccessibleName("Times of each backend, and its ratio to the baseline")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + theme.GRID)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column, (words, tip) in enumerate(_COLUMNS):
            item = QTableWidgetItem(words)
            item.setToolTip(tip)
            item.setTextAlignment(_LEFT if column in _LEFT_COLUMNS else _RIGHT)
            self.setHorizontalHeaderItem(column, item)

    def show_outcome(self, outcome: Outcome, styles: Mapping[str, BackendStyle]) -> None:
        """Shows these runs."""
        self.setRowCount(len(outcome.lines))
        for row, line in enumerate(outcome.lines):
            items = [QTableWidgetItem(text) for text in _texts(line)]
            for column, item in enumerate(items):
                item.setTextAlignment(_LEFT if column in _LEFT_COLUMNS else _RIGHT)
                self.setItem(row, column, item)
            items[0].setIcon(marker_icon(styles[line.run.backend], self.devicePixelRatioF()))
            _decorate(items, line)


def _decorate(items: Sequence[QTableWidgetItem], line: Line) -> None:
    """Tips, and colours that say what the words say too."""
    first, *_, verdict, warnings = items
    palette = theme.current()
    first.setToolTip(line.run.failure or _about(line))
    warnings.setToolTip("\n".join(map(str, line.warnings)))
    if line.warnings:
        warnings.setForeground(QColor(palette.warning))
    if line.ratio is not None and line.ratio.verdict is not Verdict.NO_DIFFERENCE:
        is_faster = line.ratio.verdict is Verdict.FASTER
        verdict.setForeground(QColor(palette.good if is_faster else palette.bad))


def _texts(line: Line) -> tuple[str, ...]:
    compute, round_trip = line.compute, line.round_trip
    rate = line.run.images_per_second
    return (
        line.title,
        *(_time(compute, name) for name in ("p50", "p90", "p99")),
        _time(round_trip, "p90"),
        "" if rate is None else formatting.count(round(rate)),
        ratio_text(line.ratio),
        verdict_text(line),
        f"⚠ {', '.join(dict.fromkeys(str(one.kind) for one in line.warnings))}" if line.warnings else "",
    )


def _time(summary: Summary | None, figure: str) -> str:
    return formatting.NO_FIGURE if summary is None else formatting.duration(getattr(summary, figure))


def _about(line: Line) -> str:
    """What the columns have no room for."""
    compute, run = line.compute, line.run
    if compute is None:
        return ""
    facts = [f"{run.title}: {formatting.count(compute.count)} samples in {len(run.starts)} processes"]
    figures = (("mean", compute.mean), ("sd", compute.sd), ("MAD", compute.mad), ("minimum", compute.minimum))
    facts.append("compute: " + ", ".join(f"{name} {formatting.duration(value)}" for name, value in figures))
    if line.round_trip is not None:
        transport = formatting.duration(max(line.round_trip.p50 - compute.p50, 0))
        facts.append(f"median on the way there and back: {transport}; outliers: {formatting.count(compute.outliers)}")
    if run.peak_memory_bytes:
        facts.append(f"peak memory {formatting.size(run.peak_memory_bytes)}")
    return "\n".join(facts)
