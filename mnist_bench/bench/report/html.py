"""A report as one self-contained HTML file without scripts: light and dark, and ready to print."""

from html import escape

from mnist_bench.base.text import printable
from mnist_bench.bench.report.colors import BACKEND_COLORS
from mnist_bench.bench.report.document import Document
from mnist_bench.bench.report.section import Caption, Command, Figure, Item, Legend, Section, Table
from mnist_bench.bench.report.svg import sign

_SERIES = "".join(
    f".s{place}.line{{stroke:{color};fill:none}}.s{place}.sign{{fill:{color};stroke:{color}}}"
    for place, color in enumerate(BACKEND_COLORS)
)
_STYLE = f"""
:root {{ color-scheme: light dark; --window: #f6f7f9; --surface: #fff; --raised: #eef0f3; --border: #d9dde3;
  --text: #1b1f24; --muted: #636c78; --warning: #a15c00; }}
@media (prefers-color-scheme: dark) {{ :root {{ --window: #15171a; --surface: #1d2024; --raised: #272b30;
  --border: #343a41; --text: #e8eaed; --muted: #9aa3ae; --warning: #f0b429; }} }}
body {{ margin: 0; background: var(--window); color: var(--text); font: 15px/1.5 system-ui, sans-serif;
  font-variant-numeric: tabular-nums; }}
main {{ max-width: 1040px; margin: 0 auto; padding: 24px; }}
section {{ background: var(--surface); border: 1px solid var(--border); border-radius: 8px; padding: 8px 24px 24px;
  margin-bottom: 24px; }}
h1 {{ font-size: 24px; }} h2 {{ font-size: 20px; margin-bottom: 0; }} h3 {{ font-size: 16px; margin: 24px 0 8px; }}
p {{ margin: 8px 0; }} .muted, figcaption, .caption {{ color: var(--muted); }} .note {{ color: var(--warning); }}
.own {{ white-space: pre-line; }}
figure {{ margin: 8px 0; }} figure svg {{ width: 100%; height: auto; }}
.scroll {{ overflow-x: auto; }} table {{ border-collapse: collapse; font-size: 13px; white-space: nowrap; }}
th, td {{ text-align: right; padding: 4px 8px; border-bottom: 1px solid var(--border); }}
th:first-child, td:first-child, table.words th, table.words td {{ text-align: left; }}
table.words td {{ white-space: normal; overflow-wrap: anywhere; vertical-align: top; }}
table.words td:first-child {{ white-space: nowrap; }}
th {{ color: var(--muted); font-weight: 600; }}
pre {{ background: var(--raised); border-radius: 8px; padding: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }}
svg text {{ font: 12px system-ui, sans-serif; fill: var(--text); }} svg text.muted {{ fill: var(--muted); }}
.grid {{ stroke: var(--border); stroke-width: .6; }} .axis {{ stroke: var(--muted); }}
.rule, .guide {{ stroke: var(--muted); fill: none; }}
.legend span {{ margin-right: 16px; white-space: nowrap; }}
.band {{ fill: var(--muted); opacity: .22; }} .open {{ fill: none !important; stroke-width: 2; }}
.sign-box {{ width: 12px; height: 12px; vertical-align: -1px; margin-right: 6px; }}
{_SERIES}
@media print {{ h3 {{ break-after: avoid; }} figure, tr, pre {{ break-inside: avoid; }}
  section {{ border: 0; padding: 0; }} .scroll {{ overflow: visible; }} }}
"""


def html_report(document: Document) -> bytes:
    """The report as a file; its charts are drawn here, which takes seconds."""
    parts = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(document.title)}</title><style>{_STYLE}</style></head><body><main>",
        "<h1>mnist-bench report</h1>",
        *(f'<p class="note">⚠ {escape(caution)}</p>' for caution in document.cautions),
        *map(_section, document.sections),
        *(f'<p class="muted">{escape(text)}</p>' for text in document.how_to_read),
        "</main></body></html>",
    )
    return printable("\n".join(parts), keep="\n").encode()


def _section(section: Section) -> str:
    parts = [f"<section><h2>{escape(section.title)}</h2>", f'<p class="muted">{escape(section.started)}</p>']
    parts += [f'<p class="own">{escape(section.note)}</p>'] if section.note else []
    parts += [f'<p class="note">⚠ {escape(caution)}</p>' for caution in section.cautions]
    for number, sentence in section.summary:
        parts.append(f"<p>{'' if number is None else sign(number)}{escape(sentence)}</p>")
    for part in section.parts:
        parts += [f"<h3>{escape(part.heading)}</h3>", *map(_item, part.items)]
    return "\n".join([*parts, "</section>"])


def _item(item: Item) -> str:
    match item:
        case Table():
            return _table(item)
        case Figure():
            words = f"<figcaption>{escape(item.caption)}</figcaption>" if item.caption else ""
            return f"<figure>{item.draw()}{words}</figure>"
        case Legend():
            titles = (f"<span>{sign(number)}{escape(title)}</span> " for number, title in item.titles.items())
            return f'<p class="legend">{"".join(titles)}</p>'
        case Caption():
            return f'<p class="caption">{escape(item.text)}</p>'
        case Command():
            return f"<pre>{escape(item.text)}</pre>"


def _table(table: Table) -> str:
    head, *body = table.rows
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in body)
    cells = "".join(f"<tr>{line}</tr>" for line in lines)
    name = ' class="words"' if table.is_words else ""
    return f'<div class="scroll"><table{name}><thead><tr>{titles}</tr></thead><tbody>{cells}</tbody></table></div>'
