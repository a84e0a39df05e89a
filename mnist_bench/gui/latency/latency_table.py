"""The columns of the Latency tab's table: times, ratio to the baseline, verdict, warnings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mnist_bench.base import words
from mnist_bench.base.words import duration
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.results.outcome import Line, Outcome, ratio_text, verdict_text
from mnist_bench.bench.statistics.ratio import Verdict
from mnist_bench.bench.statistics.summary import Summary
from mnist_bench.gui.kit.columns import Column, numbers
from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.table import Table
from mnist_bench.session.session import Session


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One run and how its backend looks.

    Attributes:
        number: its place in the outcome.
        images_per_second: where a run of the outcome is Offline, whose headline it is.
    """

    number: int
    line: Line
    style: BackendStyle
    images_per_second: float | None


def rows_of(outcome: Outcome, styles: Sequence[BackendStyle]) -> list[Row]:
    """The table's rows; `styles` are of the outcome's lines."""
    is_offline = Scenario.OFFLINE in outcome.scenarios
    return [
        Row(number, line, style, line.run.images_per_second if is_offline else None)
        for number, (line, style) in enumerate(zip(outcome.lines, styles, strict=True))
    ]


def _figure(summary: Summary | None, name: str) -> float | None:
    return None if summary is None else float(getattr(summary, name))


def _time(title: str, time_ns: Callable[[Line], float | None], about: str, *, optional: bool = False) -> Column[Row]:
    return numbers(title, lambda row: time_ns(row.line), duration, about, unit="ns", optional=optional)


_COMPUTE = "Median of compute: from pixels to logits, inside the runner"
_SINGLE_STREAM = "90th percentile from request to answer, the headline figure of SingleStream"
_TRANSPORT = "Median over samples of round trip minus compute: the cost of transport"
_OFFLINE = "Images per second over all round trips, the headline figure of Offline"
_VERDICT = "Faster or slower only where the whole interval lies outside 1 ± 2 %"
COLUMNS: tuple[Column[Row], ...] = (
    Column(
        "Backend",
        lambda row: row.line.title,
        "What was measured",
        tip=lambda row: _about(row.line),
        marker=lambda row: row.style,
        stretch=True,
    ),
    _time("Compute\np50", lambda line: _figure(line.compute, "p50"), _COMPUTE),
    _time("p90", lambda line: _figure(line.compute, "p90"), "90th percentile of compute"),
    _time("p99", lambda line: _figure(line.compute, "p99"), "99th percentile of compute"),
    _time("Round trip\np90", lambda line: _figure(line.round_trip, "p90"), _SINGLE_STREAM, optional=True),
    _time("Transport\np50", lambda line: line.run.transport_ns, _TRANSPORT, optional=True),
    numbers("Images/s", lambda row: row.images_per_second, words.rate, _OFFLINE, optional=True),
    Column(
        "Ratio (95 % interval)",
        lambda row: ratio_text(row.line.ratio),
        "The median divided by the baseline's: below 1 is faster",
        key=lambda row: 1.0 if row.line.ratio is None else row.line.ratio.ratio,
        right=True,
    ),
    Column("Verdict", lambda row: verdict_text(row.line), _VERDICT, ink=lambda row: _verdict_ink(row.line)),
    Column(
        "⚠",
        lambda row: f"⚠ {_kinds(row.line)}" if row.line.warnings else "",
        "How many kinds of warnings it has",
        key=lambda row: _kinds(row.line),
        tip=lambda row: "\n".join(map(str, row.line.warnings)),
        spoken=lambda row: "; ".join(map(str, row.line.warnings)) or "no warnings",
        ink=lambda row: "warning" if row.line.warnings else "",
        optional=True,
    ),
)


def latency_table(session: Session) -> Table[Row]:
    """An empty table."""
    return Table(session, "Times of each backend, and its ratio to the baseline", COLUMNS, lambda row: row.number)


def _kinds(line: Line) -> int:
    return len({warning.kind for warning in line.warnings})


def _verdict_ink(line: Line) -> str:
    """The colour that says what the words say too."""
    if line.compute is None:
        return "bad"
    if line.ratio is None or line.ratio.verdict is Verdict.NO_DIFFERENCE:
        return ""
    return "good" if line.ratio.verdict is Verdict.FASTER else "bad"


def _about(line: Line) -> str:
    """What the columns have no room for."""
    compute, run = line.compute, line.run
    facts = [line.title, run.failure]
    if compute is not None:
        processes = words.plural(len(run.starts), "process", "processes")
        figures = (("mean", compute.mean), ("sd", compute.sd), ("MAD", compute.mad), ("minimum", compute.minimum))
        facts += [
            f"{words.plural(compute.count, 'sample')} in {processes}",
            "compute: " + ", ".join(f"{name} {duration(value)}" for name, value in figures),
            f"outliers: {words.count(compute.outliers)}",
            f"peak memory {words.size(run.peak_memory_bytes)}" if run.peak_memory_bytes else "",
        ]
    return "\n".join(filter(None, facts))
