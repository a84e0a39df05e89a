"""What is shown of a measurement, or of several that were saved: one line for each run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mnist_bench.bench.latency.analysis import TimeKind, analyse
from mnist_bench.bench.latency.cautions import MeasurementWarning
from mnist_bench.bench.latency.comparison import Run
from mnist_bench.bench.report import words
from mnist_bench.bench.runs.comparing import compare_saved
from mnist_bench.bench.runs.saved import SavedComparison
from mnist_bench.bench.statistics.ratio import RatioInterval
from mnist_bench.bench.statistics.summary import Summary
from mnist_bench.gui.look import formatting

_UNPAIRED = "Not measured side by side: whatever changed on the machine in between is in these ratios."


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One run: its figures (in ns), its ratio to the baseline, and what to be careful of."""

    title: str
    run: Run
    compute: Summary | None
    round_trip: Summary | None
    ratio: RatioInterval | None
    is_baseline: bool
    warnings: tuple[MeasurementWarning, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a view shows.

    Attributes:
        title: what was measured, when.
        note: what to know before one reads it; empty for nothing.
        files: what it was read from.
    """

    title: str
    note: str
    by: TimeKind
    lines: tuple[Line, ...]
    files: tuple[SavedComparison, ...]

    @property
    def name(self) -> str:
        """What an export of it is called, without an ending."""
        return self.files[0].path.stem if self.files else "latency"


def outcome_of(saved: SavedComparison, by: TimeKind) -> Outcome:
    """One measurement. Takes up to a second: not for the window's thread."""
    comparison = saved.comparison
    lines = tuple(
        Line(
            result.run.title,
            result.run,
            result.compute,
            result.round_trip,
            result.ratio,
            result.is_baseline,
            result.warnings,
        )
        for result in analyse(comparison, by)
    )
    title = f"{Path(comparison.model).name} · {comparison.scenario} · {_when(saved)}"
    note = "" if comparison.complete else "Cancelled: this is a part of it."
    failures = [f"{run.title}: {run.failure}" for run in comparison.runs if run.failure]
    return Outcome(title, " ".join((note, *failures)).strip(), by, lines, (saved,))


def outcome_of_several(files: Sequence[SavedComparison], by: TimeKind) -> Outcome:
    """Several measurements side by side. Takes seconds where they are long: not for the window's thread."""
    lines = tuple(
        Line(
            f"{row.run.title} ({_when(row.saved)})",
            row.run,
            row.compute,
            row.round_trip,
            row.ratio,
            row.ratio is None and row.is_paired,
            (),
        )
        for row in compare_saved(files, by)
    )
    return Outcome(f"{formatting.plural(len(files), 'measurement')} compared", _UNPAIRED, by, lines, tuple(files))


def ratio_text(ratio: RatioInterval | None) -> str:
    """As "0.266 x (0.265 to 0.267)"; empty for none."""
    return "" if ratio is None else words.interval(ratio)


def verdict_text(line: Line) -> str:
    """The verdict with a sign of its own, so that it does not need a colour."""
    if line.is_baseline:
        return "baseline"
    if line.ratio is None:
        return ""
    return words.verdict(line.ratio.verdict)


def _when(saved: SavedComparison) -> str:
    """When it was measured, in local time."""
    return f"{datetime.fromisoformat(saved.comparison.conditions.started).astimezone():%Y-%m-%d %H:%M}"
