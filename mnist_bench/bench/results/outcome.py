"""What there is to show of a measurement, or of several kept ones side by side: one row for each run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.bench.latency.advice import answer_and_advice
from mnist_bench.bench.latency.analysis import Result, TimeKind, analyse, times_of
from mnist_bench.bench.latency.cautions import MeasurementWarning, WarningKind
from mnist_bench.bench.latency.comparison import Comparison, Run
from mnist_bench.bench.latency.sentence import Standing, answer_sentence
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.results.comparing import Against, ComparedRun, compare_latency, differences
from mnist_bench.bench.results.result import Result as KeptResult
from mnist_bench.bench.statistics.ratio import RatioInterval
from mnist_bench.bench.statistics.summary import Summary

SPREAD_POINTS: Final = 401
_NO_ROUND_TRIPS = "A hot loop has no round trips: compute is compared."


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One run: its figures (in ns), its ratio to the baseline, and what to be careful of.

    Attributes:
        spread_ns: float64 (SPREAD_POINTS,), percentiles 0 to 100 of the time that is compared; (0,) without samples.
    """

    title: str
    run: Run
    compute: Summary | None
    round_trip: Summary | None
    spread_ns: NDArray[np.float64]
    ratio: RatioInterval | None
    is_baseline: bool
    warnings: tuple[MeasurementWarning, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a view shows.

    Attributes:
        title: what was measured, when; of several, each with its number.
        note: what to know before one reads it; empty for nothing.
        answer: which is faster, in some sentences; empty where nothing was compared.
        by: which time is compared, of those that there are.
        files: what it was read from.
    """

    title: str
    note: str
    answer: str
    by: TimeKind
    lines: tuple[Line, ...]
    files: tuple[KeptResult[Comparison], ...]

    @property
    def name(self) -> str:
        """What an export of it is called, without an ending."""
        return file_name(self.files)

    @property
    def scenarios(self) -> set[Scenario]:
        """How samples followed one another, in any of the files."""
        return {saved.value.scenario for saved in self.files}

    @property
    def warnings(self) -> tuple[WarningKind, ...]:
        """Each kind of warning once."""
        return tuple(dict.fromkeys(warning.kind for line in self.lines for warning in line.warnings))


def outcome_of(files: Sequence[KeptResult[Comparison]], by: TimeKind, *, each: bool = False) -> Outcome:
    """One measurement, or several side by side: against one baseline, or `each` backend against itself in the first.

    Takes seconds where they are long: not for the window's thread.
    """
    possible = time_kind_of(files, by)
    notes = [] if possible is by else [_NO_ROUND_TRIPS]
    if len(files) > 1:
        lines = tuple(
            _line(f"#{files.index(row.result) + 1} {row.run.title}", row, possible)
            for row in compare_latency(files, possible, Against(each=each))
        )
        answer = answer_sentence(_standings(lines, each=each), possible)
        title = "   ".join(f"#{number} {_about(saved)}" for number, saved in enumerate(files, 1))
        notes += differences(files)
    else:
        results = analyse(files[0].value, possible)
        lines = tuple(_line(result.run.title, result, possible) for result in results)
        answer = answer_and_advice(files[0].value, results, possible)
        title = _about(files[0])
    if any(saved.value.cancelled for saved in files):
        notes.append(
            "Cancelled: this result is partial." if len(files) == 1 else "Some were cancelled, and are partial."
        )
    failures = [line.run.failure_words for line in lines if line.run.failure]
    notes += dict.fromkeys(failures)
    return Outcome(title, " ".join(notes), answer, possible, lines, tuple(files))


def time_kind_of(files: Sequence[KeptResult[Comparison]], wanted: TimeKind) -> TimeKind:
    """Which time can be compared: the wanted one, but compute where there are no round trips."""
    has_round_trips = any(saved.value.scenario.has_round_trips for saved in files)
    return wanted if has_round_trips else TimeKind.COMPUTE


def file_name(files: Sequence[KeptResult[Comparison]]) -> str:
    """What is written of these is called, without an ending."""
    return files[0].id


def ratio_text(ratio: RatioInterval | None) -> str:
    """As "0.266 x (0.265 to 0.267)"; empty for none."""
    return "" if ratio is None else str(ratio)


def verdict_text(line: Line) -> str:
    """The verdict with a sign of its own, so that it does not need a colour."""
    if line.compute is None:
        return "✗ failed" if line.run.failure else "no samples"
    if line.is_baseline:
        return "baseline"
    return "" if line.ratio is None else line.ratio.verdict.with_sign


def _line(title: str, row: Result | ComparedRun, by: TimeKind) -> Line:
    return Line(
        title=title,
        run=row.run,
        compute=row.compute,
        round_trip=row.round_trip,
        spread_ns=_spread(row.run, by),
        ratio=row.ratio,
        is_baseline=row.is_baseline,
        warnings=row.warnings,
    )


def _standings(lines: Sequence[Line], *, each: bool) -> Iterable[Standing]:
    """Of those lines that have a ratio, in batches of the largest size."""
    largest = max((line.run.batch for line in lines), default=1)
    bases = [line for line in lines if line.is_baseline and line.run.batch == largest]
    for line in lines:
        base = next((one for one in bases if not each or one.run.backend == line.run.backend), None)
        if base is not None and line.ratio is not None and line.run.batch == largest:
            yield Standing(line.title, base.title, line.ratio)


def _spread(run: Run, by: TimeKind) -> NDArray[np.float64]:
    samples = times_of(run, by)
    if not len(samples):
        return np.empty(0)
    return np.percentile(samples, np.linspace(0, 100, SPREAD_POINTS))


def _about(saved: KeptResult[Comparison]) -> str:
    """What was measured, and when in local time."""
    comparison = saved.value
    when = words.date_time(comparison.conditions.started)
    return f"{Path(comparison.model).name} · {comparison.scenario} · {when}"
