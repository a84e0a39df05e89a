"""A report as Markdown, for issues and pull requests."""

import re

from mnist_bench.base.text import printable
from mnist_bench.bench.report.document import Document
from mnist_bench.bench.report.section import Caption, Command, Figure, Item, Legend, Rows, Section, Table


def markdown_report(document: Document) -> str:
    """The report, without its charts."""
    cautions = [f"**{_text(caution)}**" for caution in document.cautions]
    return printable("\n\n".join([*cautions, *map(_section, document.sections)]) + "\n", keep="\n")


def _section(section: Section) -> str:
    parts = [f"## {_text(section.title)}", _text(section.started)]
    parts += [_text(line) for line in section.note.splitlines() if line.strip()]
    parts += [f"**{_text(caution)}**" for caution in section.cautions]
    if section.summary:
        parts.append("\n".join(f"- {_text(sentence)}" for _, sentence in section.summary))
    for part in section.parts:
        if items := list(filter(None, map(_item, part.items))):
            parts += [f"### {_text(part.heading)}", *items]
    return "\n\n".join(parts)


def _item(item: Item) -> str:
    match item:
        case Table():
            return _table(item.rows)
        case Caption():
            return _text(item.text)
        case Command():
            return _code(item.text)
        case Figure() | Legend():
            return ""


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
    line = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
    return _AT_THE_START.sub(r"\1\\\2", line)


_SPECIAL = re.compile(r"[\\*_`<>\[\]#~]|&(?=#?\w+;)|:(?=//)|(?<=www)\.")
"""Marks, entities, and what becomes a link by itself."""
_AT_THE_START = re.compile(r"^(\d*)([-+=.)])(?=\s|$|-|=)")
"""Of a line: a list's item, or a rule."""
