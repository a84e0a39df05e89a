"""Writes a report of what is shown, where the person wants it."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from mnist_bench.bench.report.html import html_report
from mnist_bench.bench.report.markdown import markdown_report
from mnist_bench.digits.files import write_atomically
from mnist_bench.gui.latency.outcome import Outcome
from mnist_bench.gui.look.chart_export import ChooseFile
from mnist_bench.gui.work.task import Task

_KINDS = "HTML report (*.html);;Markdown (*.md)"


def save_report(outcome: Outcome, parent: QWidget, choose_file: ChooseFile) -> Task | None:
    """Asks for a file; the task that writes it there, None if the person gave up."""
    chosen = choose_file(parent, "Report", f"{outcome.name}.html", _KINDS)
    if not chosen:
        return None
    path = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.html")
    comparisons = [saved.comparison for saved in outcome.files]

    def work(_task: Task) -> Path:
        if path.suffix.lower() == ".md":
            content = markdown_report(comparisons, outcome.by).encode()
        else:
            content = html_report(comparisons, outcome.by)
        write_atomically(path, content)
        return path

    return Task("Writing the report", work)
