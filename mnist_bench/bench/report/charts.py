"""The charts of a latency, each as an SVG. `series` has for each result the colour index of its backend."""

import math
from collections.abc import Sequence

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.text import one_line
from mnist_bench.bench.latency.analysis import Result, TimeKind
from mnist_bench.bench.report.svg import Axis, Plot
from mnist_bench.bench.report.ticks import even_ticks, log_ticks
from mnist_bench.bench.statistics.ratio import EQUAL_WITHIN

_ROW = 30
_PERCENT = tuple((float(share), f"{share} %") for share in (0, 25, 50, 75, 100))
_LETTER = 7.0  # as wide as a letter is, about
_LONGEST = 36  # letters of a name beside an axis
_MOST_MARKERS = 12
_CAP = 0.3  # of a row: higher than a sign, which hides no interval
_LEAST_RATIO = 1e-6  # the smallest drawn: a clock too coarse for a backend makes it 0


def ratio_chart(results: Sequence[Result], series: Sequence[int]) -> str:
    """Each backend's ratio to the baseline with its 95 % interval, and the region where no difference counts.

    A result without a ratio that is not the baseline has a row without a sign.
    """
    intervals = [_interval(result) for result in results]
    ends = [0.0, *(end for interval in intervals for end in interval)]
    low, high = min(ends), max(ends)
    margin = max(0.025, 0.06 * (high - low))
    x = Axis(low - margin, high + margin, _log_ratios(low - margin, high + margin), "ratio to the baseline")
    y, left, height = name_axis([result.run.title for result in results])
    plot = Plot("Ratio to the baseline, with 95 % intervals", x, y, left=left, height=height)
    plot.band(math.log10(1 - EQUAL_WITHIN), math.log10(1 + EQUAL_WITHIN))
    plot.rule(0.0)
    for row, (interval, number) in enumerate(zip(intervals, series, strict=True)):
        if interval:
            plot.solid(_whiskers(interval[0], interval[-1], float(row)), number)
            plot.marker(interval[len(interval) // 2], float(row), number)
    return plot.text()


def distribution_chart(results: Sequence[Result], series: Sequence[int], kind: TimeKind) -> str:
    """The share of the samples that took up to each time, up to the 99th percentile; some result has such times."""
    shares = np.arange(0, 100, 1.0)
    curves = [
        (np.log10(np.maximum(np.percentile(times, shares), 1)), number)
        for result, number in zip(results, series, strict=True)
        if len(times := result.run.compute_ns if kind is TimeKind.COMPUTE else result.run.round_trip_ns)
    ]
    low, high = min(float(curve[0]) for curve, _ in curves), max(float(curve[-1]) for curve, _ in curves)
    margin = max(0.01, 0.04 * (high - low))
    what = "compute" if kind is TimeKind.COMPUTE else "round trip"
    x = Axis(low - margin, high + margin, log_times(low - margin, high + margin), what)
    plot = Plot(f"Distribution of {what}", x, Axis(0, 100, _PERCENT))
    for curve, number in curves:
        plot.line(list(zip(curve.tolist(), shares.tolist(), strict=True)), number)
        plot.marker(float(curve[50]), 50.0, number)
    return plot.text()


def course_chart(results: Sequence[Result], series: Sequence[int]) -> str:
    """The median of each block over the time of the measurement: drift, jumps, and processes that differ."""
    courses = [
        [
            (block.started_s, math.log10(max(float(np.median(block.compute_ns)), 1)))
            for block in result.run.blocks
            if len(block.compute_ns)
        ]
        for result in results
    ]
    ends = [y for course in courses for _, y in course]
    last = 1.02 * (max(x for course in courses for x, _ in course) or 1.0)
    low, high = min(ends), max(ends)
    margin = max(0.01, 0.08 * (high - low))
    x = Axis(0, last, tuple((at, words.seconds(at)) for at in even_ticks(0, last)), "since the measurement began")
    y = Axis(low - margin, high + margin, log_times(low - margin, high + margin))
    plot = Plot("Block medians over the measurement", x, y)
    for course, number in zip(courses, series, strict=True):
        plot.line(course, number, width=1.0)
        for at, value in course[:: -(-len(course) // _MOST_MARKERS)]:
            plot.marker(at, value, number)
    return plot.text()


def throughput_chart(results: Sequence[Result], series: Sequence[int]) -> str:
    """Images a second by images per request, for Offline; a line for each backend."""
    lines: dict[int, list[tuple[float, float]]] = {}
    for result, number in zip(results, series, strict=True):
        rate = result.run.images_per_second or 1.0
        lines.setdefault(number, []).append((math.log10(result.run.batch), math.log10(rate)))
    rates = [rate for points in lines.values() for _, rate in points]
    batches = sorted({result.run.batch for result in results})
    low, high = min(rates) - 0.1, max(rates) + 0.1
    ticks = tuple((math.log10(batch), f"{batch}") for batch in batches)
    x = Axis(math.log10(batches[0]) - 0.1, math.log10(batches[-1]) + 0.1, ticks, "images per request")
    y_ticks = tuple((at, f"{words.short_number(10**at)}/s") for at in log_ticks(low, high))
    plot = Plot("Images a second", x, Axis(low, high, y_ticks), left=90)
    for number, points in lines.items():
        plot.line(points, number)
        for at, rate in points:
            plot.marker(at, rate, number)
    return plot.text()


def _interval(result: Result) -> tuple[float, ...]:
    """log10 of low, ratio and high; (0,) for the baseline; nothing where there is no ratio."""
    ratio = result.ratio
    if ratio is None:
        return (0.0,) if result.is_baseline else ()
    return tuple(
        math.log10(min(max(value, _LEAST_RATIO), 1 / _LEAST_RATIO)) for value in (ratio.low, ratio.ratio, ratio.high)
    )


def _whiskers(low: float, high: float, row: float) -> list[tuple[float, float]]:
    """An interval with a cap at each end, in one line."""
    top, bottom = row - _CAP, row + _CAP
    return [(low, top), (low, bottom), (low, row), (high, row), (high, top), (high, bottom)]


def _log_ratios(low: float, high: float) -> tuple[tuple[float, str], ...]:
    return tuple((at, words.ratio_tick(10**at)) for at in log_ticks(low, high))


def log_times(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Ticks of times on an axis of log10 of ns."""
    return tuple((at, words.duration_tick(10**at)) for at in log_ticks(low, high))


def name_axis(names: Sequence[str]) -> tuple[Axis, int, int]:
    """An axis with a row for each name, from top to bottom; and the room at the left and the height that it takes."""
    shortened = [one_line(name, _LONGEST) for name in names]
    axis = Axis(len(names) - 0.4, -0.6, tuple((float(row), name) for row, name in enumerate(shortened)))
    return axis, 20 + round(_LETTER * max(map(len, shortened))), 70 + _ROW * len(names)
