"""`mnist-bench report`: latency, accuracy and layers as one HTML file, or as Markdown."""

import argparse
from pathlib import Path
from typing import Any

from mnist_bench.base.files import write_atomically
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.report.document import document_of
from mnist_bench.bench.report.markdown import markdown_report
from mnist_bench.bench.report.writing import check_report_name, report_bytes
from mnist_bench.cli import common
from mnist_bench.cli.bench import add_by_option
from mnist_bench.cli.common import ExitStatus
from mnist_bench.cli.compare import add_results_argument, load_results

_DETAILS = """\
examples:
  mnist-bench report run.json                          # Markdown, to standard output
  mnist-bench report run.json --out report.html        # one HTML file with charts
  mnist-bench report latency.json accuracy.json layers.json --out report.html

Each result becomes a section: latencies, evaluations and layers alike; several latencies are
compared first. `mnist-bench results` lists what is kept."""


def add_parser(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the command line."""
    parser = common.add_command(commands, "report", "write a report of kept results", _DETAILS)
    add_results_argument(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="a file ending in .html or .md")
    parser.add_argument("--force", action="store_true", help="replace the file")
    add_by_option(parser)
    parser.add_argument("--each", action="store_true", help="compare each backend with itself in the first latency")
    common.add_json_option(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit status."""
    out: Path | None = options.out
    if out is not None:
        check_report_name(out)
        common.check_output(out, options.force)
    document = document_of(load_results(options), TimeKind(options.by), each=options.each)
    if out is None:
        text = markdown_report(document)
        common.print_json({"markdown": text}) if options.json else common.show_lines(text.rstrip("\n"))
        return ExitStatus.OK
    write_atomically(out, report_bytes(out, document))
    common.print_json({"out": str(out)}) if options.json else common.show(f"Wrote {out}.")
    return ExitStatus.OK
