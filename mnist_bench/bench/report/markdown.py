"""A report as Markdown, for issues and pull requests."""

import re
from collections.abc import Sequence

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.report.contents import Contents, Rows, contents_of


def markdown_report(comparisons: Sequence[Comparison], by: TimeKind = TimeKind.COMPUTE) -> str:
    """The report on `comparisons`, a section for each; `by` says which time ratios are of."""
    return "\n\n".join(_section(contents_of(comparison, by)) for comparison in comparisons) + "\n"


def _section(contents: Contents) -> str:
    parts = [f"## {_text(contents.title)}", _text(contents.started)]
    parts += [f"**{_text(note)}**" for note in contents.notes]
    parts += ["\n".join(f"- {_text(sentence)}" for sentence in contents.summary)] if contents.summary else []
    if any(result.ratio for result in contents.results):
        parts.append(_table(contents.ratios))
    if contents.results:
        parts += ["### Compute", _table(contents.compute)]
        parts += ["### Round trips and starts", _text(contents.headline), _table(contents.around)]
    if contents.warnings:
        parts += ["### Warnings", _table(contents.warnings)]
    parts += ["### What ran", _table(contents.backends)]
    parts += ["### Conditions", _table((("what", "value"), *contents.conditions))]
    parts += ["### Again", *map(_code, contents.commands)]
    return "\n\n".join(parts)


def _table(rows: Rows) -> str:
    head, *body = rows
    lines = [head, ("---",) * len(head), *body]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return text if text == "---" else _text(text).replace("|", "\\|")


def _code(command: str) -> str:
    """A block of code, its fence longer than any in the command."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", command)), default=0))
    return f"{fence}\n{command}\n{fence}"


def _text(text: str) -> str:
    """On one line, with what Markdown or HTML would take for its own set apart."""
    line = " ".join(text.split())
    for special in ("\\", "*", "_", "`", "<", ">", "[", "]", "#"):
        line = line.replace(special, f"\\{special}")
    return line
