"""The charts of a report, each as an SVG."""

import math
from collections.abc import Sequence

import numpy as np

from mnist_bench.bench.latency.analysis import Result
from mnist_bench.bench.report.svg import Axis, Plot, log_ticks
from mnist_bench.bench.report.words import duration, three_digits
from mnist_bench.bench.statistics.ratio import EQUAL_WITHIN

_ROW = 30
_LEAST = 1e-6  # the smallest ratio drawn: a clock too coarse for a backend makes it 0
_PERCENT = tuple((float(share), f"{share} %") for share in (0, 25, 50, 75, 100))
_LETTER = 7.0  # as wide as a letter is, about


def series_of(results: Sequence[Result]) -> list[int]:
    """The number of each result's backend, which stands for its colour and its sign."""
    backends = list(dict.fromkeys(result.run.backend for result in results))
    return [backends.index(result.run.backend) for result in results]


def ratio_chart(results: Sequence[Result]) -> str:
    """Each backend's ratio to the baseline with its 95 % interval, and the region where no difference counts."""
    values: list[tuple[float, ...]] = [
        (1.0, 1.0, 1.0) if result.ratio is None else (result.ratio.low, result.ratio.ratio, result.ratio.high)
        for result in results
    ]
    values = [tuple(min(max(value, _LEAST), 1 / _LEAST) for value in interval) for interval in values]
    lows, highs = min(low for low, _, _ in values), max(high for _, _, high in values)
    low, high = math.log10(lows), math.log10(highs)
    margin = max(0.025, 0.06 * (high - low))
    names = [result.run.title for result in results]
    x = Axis(low - margin, high + margin, log_ticks(low - margin, high + margin, _ratio_label), "ratio to the baseline")
    y = Axis(len(results) - 0.4, -0.6, tuple((float(row), name) for row, name in enumerate(names)))
    left = min(280, 20 + round(_LETTER * max(map(len, names))))
    plot = Plot("Ratio to the baseline, with 95 % intervals", x, y, left=left, height=70 + _ROW * len(results))
    plot.band(math.log10(1 - EQUAL_WITHIN), math.log10(1 + EQUAL_WITHIN))
    plot.rule(0.0)
    for row, (series, interval) in enumerate(zip(series_of(results), values, strict=True)):
        ends = [(math.log10(interval[0]), float(row)), (math.log10(interval[2]), float(row))]
        plot.solid(ends, series)
        plot.marker(math.log10(interval[1]), float(row), series)
    return plot.text()


def distribution_chart(results: Sequence[Result]) -> str:
    """The share of the samples that took up to each compute time, up to the 99th percentile."""
    shares = np.arange(0, 100, 1.0)
    curves = [np.log10(np.maximum(np.percentile(result.run.compute_ns, shares), 1)) for result in results]
    low, high = min(float(curve[0]) for curve in curves), max(float(curve[-1]) for curve in curves)
    margin = max(0.01, 0.04 * (high - low))
    x = Axis(low - margin, high + margin, log_ticks(low - margin, high + margin, duration), "compute")
    plot = Plot("Distribution of compute", x, Axis(0, 100, _PERCENT))
    for series, curve in zip(series_of(results), curves, strict=True):
        plot.line(list(zip(curve.tolist(), shares.tolist(), strict=True)), series)
        plot.marker(float(curve[50]), 50.0, series)
    return plot.text()


def course_chart(results: Sequence[Result]) -> str:
    """The median of each block over the time of the measurement: drift, jumps, and processes that differ."""
    courses = [
        [(block.started_s, math.log10(max(float(np.median(block.compute_ns)), 1))) for block in result.run.blocks]
        for result in results
    ]
    ends = [y for course in courses for _, y in course]
    last = max(x for course in courses for x, _ in course) or 1.0
    low, high = min(ends), max(ends)
    margin = max(0.01, 0.08 * (high - low))
    x = Axis(0, last, tuple((last * part / 4, f"{three_digits(last * part / 4)} s") for part in range(5)), "time")
    y = Axis(low - margin, high + margin, log_ticks(low - margin, high + margin, duration))
    plot = Plot("Medians of the blocks in the course of the measurement", x, y)
    for series, course in zip(series_of(results), courses, strict=True):
        plot.line(course, series, width=1.0)
        for at, value in course[:: max(1, len(course) // 12)]:
            plot.marker(at, value, series)
    return plot.text()


def throughput_chart(results: Sequence[Result]) -> str:
    """Images a second by images to a request, for Offline; a line for each backend."""
    series: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        rate = result.run.images_per_second or 1.0
        series.setdefault(result.run.backend, []).append((math.log10(result.run.batch), math.log10(rate)))
    rates = [rate for points in series.values() for _, rate in points]
    batches = sorted({result.run.batch for result in results})
    low, high = min(rates) - 0.1, max(rates) + 0.1
    ticks = tuple((math.log10(batch), f"{batch}") for batch in batches)
    x = Axis(-0.1, math.log10(batches[-1]) + 0.1, ticks, "images to a request")
    plot = Plot("Images a second", x, Axis(low, high, log_ticks(low, high, lambda rate: f"{rate:,.0f}/s")), left=90)
    for number, points in enumerate(series.values()):
        plot.line(points, number)
        for at, rate in points:
            plot.marker(at, rate, number)
    return plot.text()


def _ratio_label(value: float) -> str:
    return f"{value:.3g} x"
