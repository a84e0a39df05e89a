"""Writes a report of saved measurements, where the person wants it."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from mnist_bench.base.files import write_atomically
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.report.writing import report_bytes
from mnist_bench.bench.results.result import Result
from mnist_bench.gui.kit.export import Asker
from mnist_bench.gui.latency.outcome import file_name, time_kind_of
from mnist_bench.gui.work.task import Task

_KINDS = "HTML report (*.html);;Markdown (*.md)"


def save_report(files: Sequence[Result[Comparison]], by: TimeKind, parent: QWidget, asker: Asker) -> Task | None:
    """Asks for a file; the task that writes it there, None if the person gave up."""
    chosen = asker.where(parent, "Report", f"{file_name(files)}.html", _KINDS)
    if not chosen:
        return None
    path = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.html")
    comparisons, possible = [saved.value for saved in files], time_kind_of(files, by)

    def work(task: Task) -> Path:
        content = report_bytes(path, comparisons, possible)
        task.report(task.title, 0, 0)  # which ends it where the person does not want it any more
        write_atomically(path, content)
        return path

    return Task("Writing the report", work)
