"""A report as the bytes of a file, of the kind that its name says."""

from collections.abc import Sequence
from pathlib import Path

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.report.html import html_report
from mnist_bench.bench.report.markdown import markdown_report


def check_report_name(path: Path) -> None:
    """Raise UsageError where `path` ends in neither .html nor .md."""
    if path.suffix.lower() not in (".html", ".md"):
        raise UsageError(f"{path.name} is no name for a report.", advice="Choose one that ends in .html or .md.")


def report_bytes(path: Path, comparisons: Sequence[Comparison], by: TimeKind) -> bytes:
    """HTML or Markdown, as `path` ends; what is no text in a file's name is written as well as it can be."""
    check_report_name(path)
    if path.suffix.lower() == ".html":
        return html_report(comparisons, by)
    return markdown_report(comparisons, by).encode(errors="backslashreplace")
