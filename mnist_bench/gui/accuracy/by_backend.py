"""All backends side by side: how each has done, also on each digit, and the reliability curve of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView

from mnist_bench.base import words
from mnist_bench.base.files import csv_bytes
from mnist_bench.bench.accuracy.comparison import AgainstBaseline
from mnist_bench.bench.accuracy.measures import DIGITS, Proportion
from mnist_bench.bench.accuracy.summary import AccuracySummary
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.chart import Chart, Drawn, Entry, Panel, share_axis
from mnist_bench.gui.kit.columns import Column, numbers
from mnist_bench.gui.kit.palette import BackendStyle, backend_style
from mnist_bench.gui.kit.table import Table
from mnist_bench.session.evaluating import EvaluationRow, EvaluationState
from mnist_bench.session.findings import Findings, Found
from mnist_bench.session.session import Session

if TYPE_CHECKING:
    from mnist_bench.gui.kit.plot import Plot

_ABOUT: Final = (
    "Reliability curve: the share of correct answers at each predicted probability. On the dashed line the network\n"
    "is perfectly calibrated; above it, it is underconfident; below it, overconfident."
)
_CURVE: Final = Panel(_ABOUT, share_axis("predicted probability"), share_axis("share correct"))


@dataclass(frozen=True, slots=True)
class _DigitsRow:
    """One line: a text and a tip for each digit; those in `worst` are marked."""

    title: str
    texts: tuple[str, ...]
    tips: tuple[str, ...] = ("",) * DIGITS
    worst: frozenset[int] = frozenset()
    style: BackendStyle | None = None
    tip: str = ""


class ClassTable(Table[_DigitsRow]):
    """A column for each digit, a row for each backend, in per cent; each backend's worst digit is marked."""

    def __init__(self, session: Session) -> None:
        columns = (
            Column[_DigitsRow](
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
        ends = [(one.low, one.high) if one.total else (None, None) for one in digits]
        low, high = (tuple(map(words.accuracy_figure, end)) for end in zip(*ends, strict=True))
        self.show_rows(
            [
                *map(_backend, findings.backends),
                _DigitsRow("95 % low", low, tip=tip),
                _DigitsRow("95 % high", high, tip=tip),
                _DigitsRow("images", tuple(words.count(one.total) for one in digits)),
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


def _column(digit: int) -> Column[_DigitsRow]:
    def fill(row: _DigitsRow) -> str:
        return "bad" if digit in row.worst else ""

    return Column(
        str(digit), lambda row: row.texts[digit], tip=lambda row: row.tips[digit], ink=_ink, fill=fill, right=True
    )


def _ink(row: _DigitsRow) -> str:
    return "" if row.style else "muted"


def _backend(found: Found) -> _DigitsRow:
    digits = found.summary.by_digit
    worst = min(one.share for one in digits if one.share is not None)
    marked = frozenset(digit for digit, one in enumerate(digits) if one.share == worst < 1)
    tips = (_tip(found, one) + ("; its worst digit" if digit in marked else "") for digit, one in enumerate(digits))
    return _DigitsRow(
        found.title,
        tuple(words.accuracy_figure(one.share) for one in digits),
        tuple(tips),
        marked,
        backend_style(found.color),
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

    def show_findings(self, findings: Findings, _selected: int) -> None:
        """Shows all backends, whichever is selected."""
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
            bins, style = found.summary.calibration, backend_style(found.color)
            filled = bins.counts > 0
            x, y = np.asarray(bins.confidence)[filled], np.asarray(bins.accuracy)[filled]
            plot.line(found.title, x, y, style, title=found.title)
            plot.marks(("mark", found.title), x, y, style, size=8)
            legend.append(Entry(style, f"{found.title}, ECE {words.accuracy(bins.ece)}"))
        return Drawn(tuple(legend))


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
        return words.NO_FIGURE
    return words.count_of(row.summary.accuracy.right, row.summary.accuracy.total)


def _accuracy(row: Row) -> str:
    """With its interval; before there is one, how far it is."""
    if row.summary is not None:
        one = row.summary.accuracy
        return words.accuracy_interval(row.summary.result.accuracy, one.low, one.high)
    if row.one.failure:
        return words.NO_FIGURE
    return f"{row.one.done * 100 // row.one.images} % done" if row.one.images else "waits"


def _against(say: Callable[[Row, AgainstBaseline], str], otherwise: str = "") -> Callable[[Row], str]:
    """What there is to `say` of a backend against the baseline, where it is another."""
    return lambda row: otherwise if row.against is None else say(row, row.against)


def _who_reads_more(row: Row, against: AgainstBaseline) -> str:
    split = against.mcnemar
    others = f"only {row.one.title} {words.count(split.only_other)}"
    return f"Only the baseline reads {words.plural(split.only_baseline, 'image')} correctly, {others}."


def _ended_early(row: Row) -> str:
    """As "after 6,400: cancelled"."""
    one = row.one
    return f"after {words.count(one.done)}: {one.failure}" if one.failure and one.done else one.failure


_agreement = _against(lambda _, one: words.accuracy(one.agreement), words.NO_FIGURE)
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
    numbers("Images/s", _known(lambda one: one.result.images_per_second), words.rate, _RATE),
    numbers("ECE", _known(lambda one: one.calibration.ece), words.accuracy, _ECE),
    Column(
        "Same digit",
        lambda row: "baseline" if row.is_baseline and row.summary else _agreement(row),
        "Images on which it gives the same digit as the baseline",
        tip=_against(lambda _, one: f"The max logit difference is {words.difference(one.max_logit_difference)}."),
        right=True,
    ),
    Column(
        "McNemar p",
        _against(lambda _, one: one.mcnemar.p_text, words.NO_FIGURE),
        _MCNEMAR,
        tip=_against(_who_reads_more),
        right=True,
    ),
    Column("Ended early", _ended_early, "After how many images, and why", optional=True, stretch=True, least=20),
)
