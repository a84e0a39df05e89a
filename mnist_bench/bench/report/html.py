"""A report as one HTML file: no scripts, nothing from elsewhere, light and dark, fit to print."""

from collections.abc import Sequence
from html import escape

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.report import charts
from mnist_bench.bench.report.colors import BACKEND_COLORS
from mnist_bench.bench.report.contents import Contents, Rows, contents_of
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
figure {{ margin: 8px 0; }} figure svg {{ width: 100%; height: auto; }}
.scroll {{ overflow-x: auto; }} table {{ border-collapse: collapse; font-size: 13px; white-space: nowrap; }}
th, td {{ text-align: right; padding: 4px 8px; border-bottom: 1px solid var(--border); }}
th:first-child, td:first-child, table.words th, table.words td {{ text-align: left; }}
table.words td {{ white-space: normal; overflow-wrap: anywhere; vertical-align: top; }}
table.words td:first-child {{ white-space: nowrap; }}
th {{ color: var(--muted); font-weight: 600; }}
pre {{ background: var(--raised); border-radius: 8px; padding: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }}
svg text {{ font: 12px system-ui, sans-serif; fill: var(--text); }} svg text.muted {{ fill: var(--muted); }}
.grid {{ stroke: var(--border); stroke-width: .6; }} .axis {{ stroke: var(--muted); }} .rule {{ stroke: var(--muted); }}
.legend span {{ margin-right: 16px; white-space: nowrap; }}
.band {{ fill: var(--muted); opacity: .22; }} .open {{ fill: none !important; stroke-width: 2; }}
.sign-box {{ width: 12px; height: 12px; vertical-align: -1px; margin-right: 6px; }}
{_SERIES}
@media print {{ h3 {{ break-after: avoid; }} figure, tr, pre {{ break-inside: avoid; }}
  section {{ border: 0; padding: 0; }} .scroll {{ overflow: visible; }} }}
"""
_HOW_TO_READ = (
    "Compute runs from pixels to logits inside the runner, round trip from the request to its answer. A ratio is a"
    " backend's median divided by the baseline's; below 1 is faster. The 95 % interval comes from resampling whole"
    " processes, as identical processes differ; a backend is called faster or slower only where the whole interval is"
    " outside of 1 ± 2 %, which is shaded. docs/measuring.md of mnist-bench explains every number."
)


def html_report(comparisons: Sequence[Comparison], by: TimeKind = TimeKind.COMPUTE) -> bytes:
    """The report on `comparisons`, a section for each; `by` says which time ratios are of. Takes seconds."""
    contents = [contents_of(comparison, by) for comparison in comparisons]
    title = " · ".join(["mnist-bench report", *dict.fromkeys(f"{one.title}, {one.started}" for one in contents)])
    parts = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        "<h1>mnist-bench report</h1>",
        *map(_section, contents),
        f'<p class="muted">{escape(_HOW_TO_READ)}</p></main></body></html>',
    )
    return "\n".join(parts).encode(errors="xmlcharrefreplace")


def _section(contents: Contents) -> str:
    parts = [f"<section><h2>{escape(contents.title)}</h2>", f'<p class="muted">{escape(contents.started)}</p>']
    parts += [f'<p class="note">⚠ {escape(note)}</p>' for note in contents.notes]
    sentences = zip(contents.series, contents.summary, strict=True)
    parts += [f"<p>{sign(number)}{escape(sentence)}</p>" for number, sentence in sentences]
    if contents.results:
        parts += _figures(contents)
    if contents.warnings:
        parts += ["<h3>Warnings</h3>", _table(contents.warnings, "words")]
    parts += ["<h3>What ran</h3>", _table(contents.backends, "words")]
    parts += ["<h3>Conditions</h3>", _table((("what", "value"), *contents.conditions), "words")]
    parts += ["<h3>Again</h3>", *(f"<pre>{escape(command)}</pre>" for command in contents.commands), "</section>"]
    return "\n".join(parts)


def _figures(contents: Contents) -> list[str]:
    results, series = contents.results, contents.series
    parts = []
    if any(result.ratio for result in results):
        parts += ["<h3>Compared</h3>", _figure(charts.ratio_chart(results, series)), _table(contents.ratios)]
    parts += ["<h3>Compute</h3>", _table(contents.compute)]
    parts += ["<h3>Round trips and starts</h3>", f'<p class="caption">{escape(contents.headline)}</p>']
    parts += [_table(contents.around), "<h3>Charts</h3>", _legend(contents)]
    if contents.comparison.scenario is Scenario.OFFLINE:
        parts.append(_figure(charts.throughput_chart(results, series), "Images a second by images to a request."))
    for kind, what in ((TimeKind.COMPUTE, "compute time"), (TimeKind.ROUND_TRIP, "round trip")):
        if kind is TimeKind.COMPUTE or any(result.round_trip is not None for result in results):
            told = f"Share of the samples that took up to each {what}; the sign stands at the median."
            parts.append(_figure(charts.distribution_chart(results, series, kind), told))
    told = "Median compute time of each block in the course of the measurement: drift, and how processes differ."
    parts.append(_figure(charts.course_chart(results, series), told))
    return parts


def _legend(contents: Contents) -> str:
    """Each backend with its sign, once."""
    titles = {number: result.run.runner.title for number, result in zip(contents.series, contents.results, strict=True)}
    return f'<p class="legend">{"".join(f"<span>{sign(n)}{escape(title)}</span> " for n, title in titles.items())}</p>'


def _figure(svg: str, caption: str = "") -> str:
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{svg}{words}</figure>"


def _table(rows: Rows, kind: str = "") -> str:
    head, *body = rows
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in body)
    cells = "".join(f"<tr>{line}</tr>" for line in lines)
    name = f' class="{kind}"' if kind else ""
    return f'<div class="scroll"><table{name}><thead><tr>{titles}</tr></thead><tbody>{cells}</tbody></table></div>'
