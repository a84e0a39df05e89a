"""The charts of an evaluation, each as an SVG. `series` has for each summary the colour index of its backend."""

from collections.abc import Sequence

from mnist_bench.base.words import short_number
from mnist_bench.bench.accuracy.summary import AccuracySummary
from mnist_bench.bench.report.charts import name_axis
from mnist_bench.bench.report.svg import Axis, Plot
from mnist_bench.bench.report.ticks import even_ticks

_HEIGHT = 320
_PERCENT = tuple((share / 100, f"{share} %") for share in (0, 25, 50, 75, 100))


def accuracy_chart(summaries: Sequence[AccuracySummary], series: Sequence[int]) -> str:
    """Each backend's accuracy with its 95 % interval."""
    low = min(one.accuracy.low for one in summaries)
    high = max(one.accuracy.high for one in summaries)
    margin = max(0.001, 0.06 * (high - low))
    low, high = max(low - margin, 0.0), min(high + margin, 1.0)
    ticks = tuple((at, f"{short_number(100 * at)} %") for at in even_ticks(low, high))
    y, left, height = name_axis([one.result.title for one in summaries])
    x = Axis(low, high, ticks, "digits read correctly")
    plot = Plot("Accuracy, with 95 % intervals", x, y, left=left, height=height)
    for row, (one, number) in enumerate(zip(summaries, series, strict=True)):
        plot.solid([(one.accuracy.low, float(row)), (one.accuracy.high, float(row))], number)
        plot.marker(one.result.accuracy, float(row), number)
    return plot.text()


def calibration_chart(summaries: Sequence[AccuracySummary], series: Sequence[int]) -> str:
    """The share of answers that are right by their probability, in bins."""
    x, y = Axis(0, 1, _PERCENT, "predicted probability"), Axis(0, 1, _PERCENT)
    plot = Plot("Calibration: share of correct answers by predicted probability", x, y, height=_HEIGHT)
    plot.guide([(0.0, 0.0), (1.0, 1.0)])
    for one, number in zip(summaries, series, strict=True):
        curve = one.calibration
        points = [
            (float(at), float(right))
            for at, right, count in zip(curve.confidence, curve.accuracy, curve.counts, strict=True)
            if count
        ]
        plot.line(points, number)
        for at, right in points:
            plot.marker(at, right, number)
    return plot.text()
