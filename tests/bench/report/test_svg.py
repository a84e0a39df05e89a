"""Ticks of charts: on the axis, at round values, and told apart."""

import math

import pytest

from mnist_bench.bench.report.svg import log_ticks


@pytest.mark.parametrize(("low", "high"), [(0.95, 1.06), (127, 151), (0.24, 1.4), (25, 220), (999, 1003), (1, 4e6)])
def test_ticks_lie_on_the_axis(low: float, high: float) -> None:
    ticks = log_ticks(math.log10(low), math.log10(high), lambda value: f"{value:.6g}")
    assert 3 <= len(ticks) <= 9
    assert all(low <= 10**place * (1 + 1e-9) and 10**place <= high * (1 + 1e-9) for place, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks)


def test_a_narrow_range_has_even_ticks_on_both_sides_of_one() -> None:
    labels = [label for _, label in log_ticks(math.log10(0.95), math.log10(1.06), lambda value: f"{value:.3g}")]
    assert labels == ["0.96", "0.98", "1", "1.02", "1.04", "1.06"]
