"""Comparisons in words: an interval, a verdict."""

from mnist_bench.bench.report.figures import three_digits
from mnist_bench.bench.statistics.ratio import RatioInterval, Verdict


def interval(ratio: RatioInterval) -> str:
    """As "0.266 x (0.265 to 0.267)"."""
    return f"{three_digits(ratio.ratio)} x ({three_digits(ratio.low)} to {three_digits(ratio.high)})"


def verdict(found: Verdict) -> str:
    """With a sign of its own, so that it needs no colour."""
    return {Verdict.FASTER: "▼ faster", Verdict.SLOWER: "▲ slower"}.get(found, f"≈ {found}")
