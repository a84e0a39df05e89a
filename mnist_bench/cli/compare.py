"""`mnist-bench compare`: saved runs side by side."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnist_bench.base import words
from mnist_bench.bench.latency.analysis import TimeKind, figures_us, warnings_object
from mnist_bench.bench.runs.comparing import ComparedRun, compare_saved, differences
from mnist_bench.bench.runs.overview import list_overviews
from mnist_bench.bench.runs.saved import SavedComparison, SavedRuns, load_comparison
from mnist_bench.cli import common
from mnist_bench.cli.bench import add_by_option, ratio_words, three_percentiles
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.tables import table

_DETAILS = """\
examples:
  mnist-bench compare monday.json tuesday.json
  mnist-bench compare                             # lists what bench --save has saved

Everything is compared with the baseline of the first file. Runs of different files were not measured side by side:
whatever changed on the machine in between is in their ratio."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "compare", "show saved runs side by side", _DETAILS)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a file that bench --save wrote")
    add_by_option(parser)
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    if not options.files:
        return _list(as_json=options.json)
    saved = [SavedComparison(path, load_comparison(path)) for path in options.files]
    by = TimeKind(options.by)
    rows = compare_saved(saved, by)
    notes = differences(saved)
    if options.json:
        common.print_json({"by": options.by, "notes": notes, "results": [_row_object(row) for row in rows]})
    else:
        print("\n".join([_table(rows, by), *_paragraph(notes), *_paragraph(_warnings(rows))]))
    return ExitStatus.OK


def _list(*, as_json: bool) -> int:
    listed = list_overviews(SavedRuns())
    if as_json:
        common.print_json({"saved": [str(one.path) for one in listed.overviews]})
    elif listed.overviews:
        rows = [
            (words.date_time(one.started), one.model, str(one.scenario), ", ".join(one.backends), str(one.path))
            for one in listed.overviews
        ]
        print(table(("measured", "model", "scenario", "backends", "file"), rows))
    else:
        print("No runs are saved yet: mnist-bench bench --save")
    for sentence in listed.unreadable:
        common.say(f"mnist-bench: {sentence}")
    return ExitStatus.OK


def _table(rows: Sequence[ComparedRun], by: TimeKind) -> str:
    summaries = [row.round_trip if by is TimeKind.ROUND_TRIP else row.compute for row in rows]
    cells = [
        (
            row.saved.path.name,
            row.run.title,
            row.saved.comparison.model,
            str(row.saved.comparison.scenario),
            *(three_percentiles(summary) if summary else ("", "", "")),
            *ratio_words(row.ratio),
            str(row.ratio.verdict) if row.ratio else "",
        )
        for row, summary in zip(rows, summaries, strict=True)
    ]
    titles = ("file", "backend", "model", "scenario", f"{by} p50", "p90", "p99", "ratio", "interval", "verdict")
    return table(titles, cells, numbers=range(4, 9))


def _warnings(rows: Sequence[ComparedRun]) -> Sequence[str]:
    """Which warnings each has; what was seen stands in its report."""
    kinds = [(row, dict.fromkeys(str(one.kind) for one in row.warnings)) for row in rows]
    return [f"warning: {row.saved.path.name}, {row.run.title}: {', '.join(of_row)}." for row, of_row in kinds if of_row]


def _paragraph(lines: Sequence[str]) -> Sequence[str]:
    return ["", *lines] if lines else []


def _row_object(row: ComparedRun) -> dict[str, Any]:
    ratio = row.ratio
    return {
        "file": str(row.saved.path),
        "backend": row.run.backend,
        "batch": row.run.batch,
        "model": row.saved.comparison.model,
        "scenario": str(row.saved.comparison.scenario),
        "compute_us": figures_us(row.compute),
        "round_trip_us": figures_us(row.round_trip),
        "side_by_side": row.is_paired,
        "ratio": None if ratio is None else ratio.ratio,
        "ratio_low": None if ratio is None else ratio.low,
        "ratio_high": None if ratio is None else ratio.high,
        "verdict": None if ratio is None else str(ratio.verdict),
        "warnings": warnings_object(row.warnings),
    }
