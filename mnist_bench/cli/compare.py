"""`mnist-bench compare`: kept results side by side, against one baseline or each backend against itself."""

import argparse
from collections.abc import Sequence
from typing import Any

from mnist_bench.base import words
from mnist_bench.base.text import printable
from mnist_bench.bench import api
from mnist_bench.bench.accuracy.comparison import AGAINST_TITLES, against_figures
from mnist_bench.bench.latency.analysis import TimeKind, figures_us, warnings_object
from mnist_bench.bench.layers.values import LayerEntry
from mnist_bench.bench.results.comparing import ComparedAccuracy, ComparedLayers, ComparedRow, ComparedRun
from mnist_bench.bench.results.format import load_result
from mnist_bench.bench.results.result import Measured, Result
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.cli import common
from mnist_bench.cli.accuracy_report import against_object
from mnist_bench.cli.bench import add_by_option, ratio_words, three_percentiles
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.tables import table

_DETAILS = """\
examples:
  mnist-bench compare monday.json tuesday.json --each
  mnist-bench compare latency-20261125-100000-0a1b2c3d latency-20261126-100000-4e5f6a7b
  mnist-bench compare run.json --baseline native-fp32

Results of one kind (latency, accuracy or layers) are compared: by default with the baseline of the first, with --each
every backend with itself in the first. Results in different files were not measured side by side: their ratio
includes whatever changed on the machine in between. `mnist-bench results` lists what is kept."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "compare", "show kept results side by side", _DETAILS)
    add_results_argument(parser)
    against = parser.add_mutually_exclusive_group()
    against.add_argument("--baseline", metavar="ID", help="a backend of the first result (default: its own baseline)")
    against.add_argument("--each", action="store_true", help="compare each backend with itself in the first result")
    add_by_option(parser)
    common.add_json_option(parser)
    return parser


def add_results_argument(parser: argparse.ArgumentParser) -> None:
    """Add the results that are to be read, one or several."""
    parser.add_argument("results", nargs="+", metavar="RESULT", help="a kept result's ID, or a file that --save wrote")


def load_results(options: argparse.Namespace) -> list[Result[Measured]]:
    """The results that the options name; InputError where one is not there or cannot be read."""
    kept = KeptResults()
    return [load_result(kept.find(text)) for text in options.results]


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    by = TimeKind(options.by)
    compared = api.compare(*load_results(options), baseline=options.baseline, each=options.each, by=by)
    runs = [row for row in compared.rows if isinstance(row, ComparedRun)]
    if options.json:
        rows = [_row_object(row) for row in compared.rows]
        common.print_json({"by": options.by, "notes": compared.notes, "results": rows})
    else:
        notes, warnings = ("\n".join(map(printable, lines)) for lines in (compared.notes, _warnings(runs)))
        parts = [_as_text(compared.rows, by), notes, warnings]
        common.show_lines("\n\n".join(filter(None, parts)))
    return ExitStatus.OK


# Text.


def _as_text(rows: Sequence[ComparedRow], by: TimeKind) -> str:
    runs = [row for row in rows if isinstance(row, ComparedRun)]
    answers = [row for row in rows if isinstance(row, ComparedAccuracy)]
    layers = [row for row in rows if isinstance(row, ComparedLayers)]
    return _latency_table(runs, by) if runs else _accuracy_table(answers) if answers else _layers_tables(layers)


def _latency_table(rows: Sequence[ComparedRun], by: TimeKind) -> str:
    summaries = [row.round_trip if by is TimeKind.ROUND_TRIP else row.compute for row in rows]
    cells = [
        (
            row.result.title,
            row.run.title,
            row.result.value.model,
            str(row.result.value.scenario),
            *(three_percentiles(summary) if summary else ("", "", "")),
            *ratio_words(row.ratio),
            "baseline" if row.is_baseline else str(row.ratio.verdict) if row.ratio else "",
        )
        for row, summary in zip(rows, summaries, strict=True)
    ]
    titles = ("result", "backend", "model", "scenario", f"{by} p50", "p90", "p99", "ratio", "interval", "verdict")
    return table(titles, cells, numbers=range(4, 9))


def _accuracy_table(rows: Sequence[ComparedAccuracy]) -> str:
    cells = [
        (
            row.result.title,
            row.answers.title,
            row.result.value.digits.title,
            words.accuracy(row.accuracy.share),
            words.accuracy_range(row.accuracy.low, row.accuracy.high),
            *(against_figures(row.against) if row.against else [""] * len(AGAINST_TITLES)),
        )
        for row in rows
    ]
    titles = ("result", "backend", "digits", "accuracy", "95 % interval", *AGAINST_TITLES)
    return table(titles, cells, numbers=range(3, 10))


def _layers_tables(rows: Sequence[ComparedLayers]) -> str:
    """The whole network of each, and its layers below it."""
    cells = []
    for row in rows:
        head = (row.result.title, row.layers.title)
        ratio = "baseline" if row.is_baseline else "" if row.whole_ratio is None else words.ratio(row.whole_ratio)
        cells.append((*head, "whole network", words.duration(row.layers.whole_ns), ratio))
        cells += [
            ("", "", entry.label, words.duration(entry.compute_ns), _ratio(entry, twin)) for entry, twin in row.entries
        ]
    return table(("result", "backend", "layer", "compute p50", "ratio"), cells, numbers=(3, 4))


def _ratio(entry: LayerEntry, twin: LayerEntry | None) -> str:
    return words.ratio(entry.compute_ns / twin.compute_ns) if twin is not None and twin.compute_ns else ""


def _warnings(rows: Sequence[ComparedRun]) -> Sequence[str]:
    """Which warnings each has; what was seen stands in its report."""
    kinds = [(row, dict.fromkeys(str(one.kind) for one in row.warnings)) for row in rows]
    return [f"warning: {row.result.title}, {row.run.title}: {', '.join(of_row)}." for row, of_row in kinds if of_row]


# JSON.


def _row_object(row: ComparedRow) -> dict[str, Any]:
    head = {
        "result": row.result.id,
        "file": str(row.result.path),
        "name": row.result.name,
        "model": row.result.value.conditions.model,
        "is_baseline": row.is_baseline,
    }
    match row:
        case ComparedRun():
            return {**head, **_run_object(row)}
        case ComparedAccuracy():
            return {
                **head,
                "backend": row.answers.backend_id,
                "accuracy": row.accuracy.share,
                "accuracy_low": row.accuracy.low,
                "accuracy_high": row.accuracy.high,
                "against": None if row.against is None else against_object(row.against),
            }
        case ComparedLayers():
            return {
                **head,
                "backend": row.layers.backend_id,
                "whole_us": row.layers.whole_ns / 1000,
                "whole_ratio": row.whole_ratio,
                "layers": [
                    {
                        "name": entry.label,
                        "compute_us": entry.compute_ns / 1000,
                        "ratio": entry.compute_ns / twin.compute_ns if twin and twin.compute_ns else None,
                    }
                    for entry, twin in row.entries
                ],
            }


def _run_object(row: ComparedRun) -> dict[str, Any]:
    ratio = row.ratio
    return {
        "backend": row.run.backend,
        "batch": row.run.batch,
        "scenario": str(row.result.value.scenario),
        "compute_us": figures_us(row.compute),
        "round_trip_us": figures_us(row.round_trip),
        "side_by_side": row.is_paired,
        "ratio": None if ratio is None else ratio.ratio,
        "ratio_low": None if ratio is None else ratio.low,
        "ratio_high": None if ratio is None else ratio.high,
        "verdict": None if ratio is None else str(ratio.verdict),
        "warnings": warnings_object(row.warnings),
    }
