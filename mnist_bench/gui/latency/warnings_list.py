"""The list of warnings: each kind once, with advice, what was observed, and in which runs."""

import html
from collections.abc import Sequence

from PySide6.QtWidgets import QTextBrowser, QWidget

from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.results.outcome import Line

_NONE = "No warnings about these figures."


class WarningsList(QTextBrowser):
    """Text that can be scrolled, selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Warnings, and what to do about them")
        self.setOpenLinks(False)

    def show_warnings(self, lines: Sequence[Line]) -> None:
        """Shows those of these runs."""
        paragraphs = []
        for kind, seen in grouped(lines).items():
            facts = "".join(
                f"<br>{html.escape(_whom(titles, len(lines)))}: {html.escape(fact)}" for fact, titles in seen.items()
            )
            paragraphs.append(f"<p><b>⚠ {html.escape(kind)}</b><br>{html.escape(kind.advice)}{facts}</p>")
        self.setHtml("".join(paragraphs) or f"<p>{_NONE}</p>")


def grouped(lines: Sequence[Line]) -> dict[WarningKind, dict[str, list[str]]]:
    """Each kind of warning, what was seen, and the titles of the runs of which it was seen."""
    found: dict[WarningKind, dict[str, list[str]]] = {}
    for line in lines:
        for warning in line.warnings:
            found.setdefault(warning.kind, {}).setdefault(warning.seen, []).append(line.title)
    return found


def _whom(titles: Sequence[str], count: int) -> str:
    return "All" if len(titles) == count > 1 else ", ".join(titles)
