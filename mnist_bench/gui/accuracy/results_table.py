"""The columns of an evaluation's table: one row for each backend, filled while it runs."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QAbstractItemView

from mnist_bench.base.words import NO_FIGURE, accuracy, accuracy_interval, count, count_of, difference, plural, rate
from mnist_bench.bench.accuracy.comparison import AgainstBaseline
from mnist_bench.bench.accuracy.summary import AccuracySummary
from mnist_bench.gui.accuracy.findings import Findings
from mnist_bench.gui.kit.columns import Column, numbers
from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.gui.kit.table import Table
from mnist_bench.session.evaluating import EvaluationRow, EvaluationState
from mnist_bench.session.session import Session


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One backend: its place in the evaluation, how far it is, and what is known of it already."""

    index: int
    one: EvaluationRow
    summary: AccuracySummary | None
    is_baseline: bool

    @property
    def against(self) -> AgainstBaseline | None:
        """How it compares with the baseline, if it is another."""
        return None if self.summary is None else self.summary.against


def rows_of(state: EvaluationState, findings: Findings | None) -> list[Row]:
    """The table's rows."""
    known = {found.row: found.summary for found in findings.backends} if findings else {}
    return [
        Row(index, one, known.get(index), one.result is not None and one.result is state.baseline)
        for index, one in enumerate(state.rows)
    ]


def results_table(session: Session) -> Table[Row]:
    """An empty table; the selected row is the backend that the views beside it are about."""
    mode = QAbstractItemView.SelectionMode.SingleSelection
    return Table(session, "Accuracy of each backend", COLUMNS, lambda row: row.index, mode=mode)


def _known(value: Callable[[AccuracySummary], float]) -> Callable[[Row], float | None]:
    return lambda row: None if row.summary is None else value(row.summary)


def _right(row: Row) -> str:
    if row.summary is None:
        return NO_FIGURE
    return count_of(row.summary.accuracy.right, row.summary.accuracy.total)


def _accuracy(row: Row) -> str:
    """With its interval; before there is one, how far it is."""
    if row.summary is not None:
        one = row.summary.accuracy
        return accuracy_interval(row.summary.result.accuracy, one.low, one.high)
    if row.one.failure:
        return NO_FIGURE
    return f"{row.one.done * 100 // row.one.images} %" if row.one.images else "waits"


def _against(say: Callable[[Row, AgainstBaseline], str], otherwise: str = "") -> Callable[[Row], str]:
    """What there is to `say` of a backend against the baseline, where it is another."""
    return lambda row: otherwise if row.against is None else say(row, row.against)


def _who_reads_more(row: Row, against: AgainstBaseline) -> str:
    split = against.mcnemar
    others = f"only {row.one.title} {count(split.only_other)}"
    return f"Only the baseline reads {plural(split.only_baseline, 'image')} correctly, {others}."


def _ended_early(row: Row) -> str:
    """As "after 6,400: cancelled"."""
    one = row.one
    return f"after {count(one.done)}: {one.failure}" if one.failure and one.done else one.failure


_agreement = _against(lambda _, one: accuracy(one.agreement), NO_FIGURE)
_INTERVAL = "Share of images classified correctly, with its 95 % Wilson interval"
_RATE = "Images per second overall, transport included"
_ECE = "Expected calibration error: the average gap between its probabilities and its accuracy"
_MCNEMAR = "Probability that chance alone splits the images that only one of the two gets right this unevenly"
COLUMNS: tuple[Column[Row], ...] = (
    Column(
        "Backend",
        lambda row: row.one.title,
        "What was evaluated",
        marker=lambda row: backend_style(row.one.color),
        stretch=True,
    ),
    Column("Accuracy", _accuracy, _INTERVAL, key=lambda row: row.summary.result.accuracy if row.summary else -1.0),
    Column("Right", _right, "Images classified correctly, out of those classified", right=True),
    numbers("Images/s", _known(lambda one: one.result.images_per_second), rate, _RATE),
    numbers("ECE", _known(lambda one: one.calibration.ece), accuracy, _ECE),
    Column(
        "Same digit",
        lambda row: "baseline" if row.is_baseline and row.summary else _agreement(row),
        "Images on which it gives the same digit as the baseline",
        tip=_against(lambda _, one: f"The max logit difference is {difference(one.max_logit_difference)}."),
        right=True,
    ),
    Column(
        "McNemar p",
        _against(lambda _, one: one.mcnemar.p_text, NO_FIGURE),
        _MCNEMAR,
        tip=_against(_who_reads_more),
        right=True,
    ),
    Column("Ended early", _ended_early, "After how many images, and why", optional=True, stretch=True, least=20),
)
