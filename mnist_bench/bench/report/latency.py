"""A latency as a section of a report."""

from collections.abc import Mapping
from functools import partial

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.report import charts
from mnist_bench.bench.report.contents import Contents, contents_of
from mnist_bench.bench.report.section import (
    Caption,
    Command,
    Figure,
    Item,
    Legend,
    Part,
    Section,
    Table,
    part,
    table,
)
from mnist_bench.bench.results.result import Result


def latency_section(result: Result[Comparison], by: TimeKind, colors: Mapping[str, int]) -> Section:
    """The section of a latency; `by` says which time its ratios are of."""
    contents = contents_of(result.value, by, colors)
    parts = (
        *(_figures(contents) if contents.results else ()),
        part("Warnings", table(contents.warnings, is_words=True)),
        part("What ran", Table(contents.backends, is_words=True)),
        part("Conditions", Table((("what", "value"), *contents.conditions), is_words=True)),
        part("Reproduce", *map(Command, contents.commands)),
    )
    sentences: tuple[tuple[int | None, str], ...] = tuple(zip(contents.series, contents.summary, strict=True))
    return Section(
        title=contents.title,
        started=contents.started,
        note=result.note,
        cautions=contents.notes,
        summary=(*sentences, (None, contents.advice)) if contents.advice else sentences,
        parts=tuple(filter(None, parts)),
    )


def _figures(contents: Contents) -> tuple[Part | None, ...]:
    results, series = contents.results, contents.series
    has_ratios = any(result.ratio for result in results)
    titles = {number: result.run.runner.title for number, result in zip(series, results, strict=True)}
    return (
        part("Compared", Figure(partial(charts.ratio_chart, results, series)), Table(contents.ratios))
        if has_ratios
        else None,
        part("Compute", Table(contents.compute)),
        part("Round trips and starts", Caption(contents.headline), Table(contents.around)),
        part("Charts", Legend(titles), *_charts(contents)),
    )


def _charts(contents: Contents) -> list[Item]:
    results, series = contents.results, contents.series
    items: list[Item] = []
    if contents.comparison.scenario is Scenario.OFFLINE:
        throughput = partial(charts.throughput_chart, results, series)
        items.append(Figure(throughput, "Images a second by images per request."))
    for kind, what in ((TimeKind.COMPUTE, "compute time"), (TimeKind.ROUND_TRIP, "round trip")):
        if kind is TimeKind.COMPUTE or any(result.round_trip is not None for result in results):
            told = f"Share of the samples that took up to each {what}; the marker is at the median."
            items.append(Figure(partial(charts.distribution_chart, results, series, kind), told))
    told = "Median compute time of each block over the measurement: it shows drift, and how processes differ."
    return [*items, Figure(partial(charts.course_chart, results, series), told)]
