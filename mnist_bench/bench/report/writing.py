"""A report as the bytes of a file, in the format that its name implies."""

from pathlib import Path

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.report.document import Document
from mnist_bench.bench.report.html import html_report
from mnist_bench.bench.report.markdown import markdown_report


def check_report_name(path: Path) -> None:
    """Raise UsageError where `path` ends in neither .html nor .md."""
    if path.suffix.lower() not in (".html", ".md"):
        raise UsageError(
            f"{path.name} isn't a valid file name for a report.", advice="Choose one that ends in .html or .md."
        )


def report_bytes(path: Path, document: Document) -> bytes:
    """HTML or Markdown, as `path` ends; what is no text in a file's name is written as well as it can be."""
    check_report_name(path)
    if path.suffix.lower() == ".html":
        return html_report(document)
    return markdown_report(document).encode(errors="backslashreplace")
