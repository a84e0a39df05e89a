"""The table of runs: times, ratio to the baseline, verdict, warnings."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.statistics.ratio import Verdict
from mnist_bench.bench.statistics.summary import Summary
from mnist_bench.gui.kit import formatting, theme
from mnist_bench.gui.kit.marker import marker_icon
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.latency.outcome import Line, Outcome, ratio_text, verdict_text

_COLUMNS = (
    ("Backend", "What was measured"),
    ("Compute p50", "Median of compute: from pixels to logits, inside the runner"),
    ("p90", "90th percentile of compute"),
    ("p99", "99th percentile of compute"),
    ("Round trip p90", "90th percentile from request to answer: the headline of SingleStream"),
    ("Transport p50", "What the median round trip takes beyond the median of compute: the way there and back"),
    ("Images/s", "Images by the time of all round trips: the headline of Offline"),
    ("Ratio (95 % interval)", "The median divided by the baseline's: below 1 is faster"),
    ("Verdict", "Faster or slower only where the whole interval lies outside of 1 ± 2 %"),
    ("⚠", "How many kinds of warnings there are of it"),
)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT_COLUMNS = (0, 8, 9)
_ROUND_TRIP, _TRANSPORT, _RATE = 4, 5, 6


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
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + theme.GRID // 2)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._outcome: Outcome | None = None
        self._styles: Sequence[BackendStyle] = ()
        for column, (words, tip) in enumerate(_COLUMNS):
            item = QTableWidgetItem(words)
            item.setToolTip(tip)
            item.setTextAlignment(_LEFT if column in _LEFT_COLUMNS else _RIGHT)
            self.setHorizontalHeaderItem(column, item)

    def show_outcome(self, outcome: Outcome, styles: Sequence[BackendStyle]) -> None:
        """Shows these runs; `styles` are of its lines."""
        self._outcome, self._styles = outcome, styles
        has_round_trips = any(line.round_trip is not None for line in outcome.lines)
        self.setColumnHidden(_ROUND_TRIP, not has_round_trips)
        self.setColumnHidden(_TRANSPORT, not has_round_trips)
        self.setColumnHidden(_RATE, Scenario.OFFLINE not in outcome.scenarios)
        self.setRowCount(len(outcome.lines))
        for row, (line, style) in enumerate(zip(outcome.lines, styles, strict=True)):
            items = [QTableWidgetItem(text) for text in _texts(line)]
            for column, item in enumerate(items):
                item.setTextAlignment(_LEFT if column in _LEFT_COLUMNS else _RIGHT)
                self.setItem(row, column, item)
            items[0].setIcon(marker_icon(style, self.devicePixelRatioF()))
            _decorate(items, line)

    def changeEvent(self, event: QEvent) -> None:
        """Follows light and dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._outcome is not None:
            self.show_outcome(self._outcome, self._styles)


def _decorate(items: Sequence[QTableWidgetItem], line: Line) -> None:
    """Tips, and colours that say what the words say too."""
    first, *_, verdict, warnings = items
    palette = theme.current()
    first.setToolTip("\n".join(filter(None, (line.title, line.run.failure, _about(line)))))
    warnings.setToolTip("\n".join(map(str, line.warnings)))
    warnings.setData(Qt.ItemDataRole.AccessibleTextRole, "; ".join(map(str, line.warnings)) or "no warnings")
    if line.warnings:
        warnings.setForeground(QColor(palette.warning))
    if line.ratio is not None and line.ratio.verdict is not Verdict.NO_DIFFERENCE:
        is_faster = line.ratio.verdict is Verdict.FASTER
        verdict.setForeground(QColor(palette.good if is_faster else palette.bad))
    if line.compute is None:
        verdict.setForeground(QColor(palette.bad))


def _texts(line: Line) -> tuple[str, ...]:
    compute, round_trip = line.compute, line.round_trip
    rate = line.run.images_per_second
    kinds = {warning.kind for warning in line.warnings}
    return (
        line.title,
        *(_time(compute, name) for name in ("p50", "p90", "p99")),
        _time(round_trip, "p90"),
        _transport(line),
        formatting.NO_FIGURE if rate is None else formatting.count(round(rate)),
        ratio_text(line.ratio),
        verdict_text(line),
        f"⚠ {len(kinds)}" if kinds else "",
    )


def _time(summary: Summary | None, figure: str) -> str:
    return formatting.NO_FIGURE if summary is None else formatting.duration(getattr(summary, figure))


def _transport(line: Line) -> str:
    if line.compute is None or line.round_trip is None:
        return formatting.NO_FIGURE
    return formatting.duration(max(line.round_trip.p50 - line.compute.p50, 0))


def _about(line: Line) -> str:
    """What the columns have no room for."""
    compute, run = line.compute, line.run
    if compute is None:
        return ""
    processes = formatting.plural(len(run.starts), "process", "processes")
    facts = [f"{formatting.plural(compute.count, 'sample')} in {processes}"]
    figures = (("mean", compute.mean), ("sd", compute.sd), ("MAD", compute.mad), ("minimum", compute.minimum))
    facts.append("compute: " + ", ".join(f"{name} {formatting.duration(value)}" for name, value in figures))
    facts.append(f"outliers: {formatting.count(compute.outliers)}")
    if run.peak_memory_bytes:
        facts.append(f"peak memory {formatting.size(run.peak_memory_bytes)}")
    return "\n".join(facts)
