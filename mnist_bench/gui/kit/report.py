"""Asks where to save a report of kept results, and has it written."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from mnist_bench.base.files import write_atomically
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.gui.kit.export import Asker
from mnist_bench.session.jobs import Task
from mnist_bench.session.results import AnyResult
from mnist_bench.session.session import Session

_KINDS: Final = "HTML report (*.html);;Markdown (*.md)"


def ask_for_report(
    session: Session, results: Sequence[AnyResult], parent: QWidget, asker: Asker, by: TimeKind = TimeKind.COMPUTE
) -> None:
    """One report of these, of whatever kind they are, if the person names a file."""
    chosen = asker.where(parent, "Report", f"{results[0].id}.html", _KINDS)
    if not chosen:
        return
    path = Path(chosen) if Path(chosen).suffix else Path(f"{chosen}.html")
    colors = {backend: session.live.color_of(backend) for one in results for backend in one.value.titles}

    def work(task: Task) -> Path:
        # Needed here alone: the window opens without them.
        from mnist_bench.bench.report.document import document_of
        from mnist_bench.bench.report.writing import report_bytes

        content = report_bytes(path, document_of(results, by, colors))
        task.check()
        write_atomically(path, content)
        return path

    session.jobs.run("Writing the report", work, lambda path: session.message.publish(f"Saved {path}."))
