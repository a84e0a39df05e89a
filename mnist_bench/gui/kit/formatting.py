"""Figures as people read them: three significant digits with a unit, probabilities in per cent, time left in words."""

import math

from mnist_bench.bench.report.figures import duration as duration
from mnist_bench.bench.report.figures import size as size
from mnist_bench.bench.report.figures import three_digits as three_digits
from mnist_bench.bench.report.figures import tick as tick

NO_FIGURE = "–"
"""Stands where a figure will be."""


def percent_figure(probability: float) -> str:
    """A probability in per cent, one decimal: "99.8"; "<0.1" and ">99.9" at the ends, never a false 0 or 100."""
    percent = probability * 100
    if percent < 0.1:
        return "<0.1"
    if percent >= 99.95:
        return ">99.9"
    return f"{percent:.1f}"


def probability(value: float) -> str:
    """A probability from 0 to 1 as "99.8 %"; "<0.1 %" and ">99.9 %" at the ends."""
    return f"{percent_figure(value)} %"


def accuracy(value: float) -> str:
    """A share of images from 0 to 1, exact to one in 10,000: "99.71 %"; "100.00 %" only of all."""
    return f"{100.0 if value >= 1 else min(round(value * 100, 2), 99.99):.2f} %"


def difference(value: float) -> str:
    """The distance of two logits: "0.104", "3.21"; "<0.001" when it is less but not nothing."""
    if not math.isfinite(value):
        return "not a number"
    return "<0.001" if 0 < value < 0.001 else three_digits(value)


def count(number: int) -> str:
    """A whole number with its thousands set apart: "10,000"."""
    return f"{number:,}"


def plural(number: int, singular: str, several: str | None = None) -> str:
    """A number with its noun: "1 thread", "3 threads"."""
    return f"{count(number)} {singular if number == 1 else several or singular + 's'}"


def time_left(seconds: float | None) -> str:
    """How long something will still take: "12 s left", "3 min left", "1 h 5 min left"; empty when unknown."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s left"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min left"
    return f"{minutes // 60} h {minutes % 60} min left"
