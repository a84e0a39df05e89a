"""Several latencies side by side as a section of a report."""

from collections.abc import Sequence

from mnist_bench.base.words import NO_FIGURE, duration
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.report.section import Section, part, table
from mnist_bench.bench.results.outcome import Line, outcome_of, ratio_text, verdict_text
from mnist_bench.bench.results.result import Result

_TITLES = ("backend", "compute p50", "round trip p50", "ratio (95 % interval)", "verdict")


def compared_section(results: Sequence[Result[Comparison]], by: TimeKind, *, each: bool) -> Section:
    """Two results or more against the baseline of the first, or `each` backend against itself in the first."""
    outcome = outcome_of(results, by, each=each)
    against = "each backend with itself in #1" if each else "with the baseline of #1"
    return Section(
        title=f"Comparison, {against}",
        started=outcome.title,
        note="",
        cautions=tuple(filter(None, [outcome.note])),
        summary=((None, outcome.answer),) if outcome.answer else (),
        parts=tuple(filter(None, [part("Ratios", table((_TITLES, *map(_row, outcome.lines))))])),
    )


def _row(line: Line) -> tuple[str, ...]:
    times = (NO_FIGURE if one is None else duration(one.p50) for one in (line.compute, line.round_trip))
    return line.title, *times, ratio_text(line.ratio) or NO_FIGURE, verdict_text(line)
