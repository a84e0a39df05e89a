"""Ticks of axes: on the axis, at round values, and told apart."""

import math

import pytest

from mnist_bench.bench.report.ticks import even_ticks, log_ticks

RANGES = [(0.95, 1.06), (127, 151), (0.24, 1.4), (25, 220), (999, 1003), (1, 4e6), (1e3, 1e9), (9.5e5, 2e6), (0.3, 3.2)]


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_ticks_lie_on_the_axis(low: float, high: float) -> None:
    ticks = log_ticks(math.log10(low), math.log10(high))
    assert 3 <= len(ticks) <= 7
    assert all(low * (1 - 1e-9) <= 10**place <= high * (1 + 1e-9) for place in ticks)
    assert len({f"{10**place:.6g}" for place in ticks}) == len(ticks)


@pytest.mark.parametrize(("low", "high"), [(0.95, 1.06), (0.24, 1.4), (0.7, 1.06), (0.98, 30), (0.01, 1.02)])
def test_the_baseline_is_among_the_ticks_of_ratios(low: float, high: float) -> None:
    assert "1" in [f"{10**place:.3g}" for place in log_ticks(math.log10(low), math.log10(high))]


@pytest.mark.parametrize(("high", "ticks"), [(1.0, [0, 0.5, 1.0]), (9.7, [0, 2, 4, 6, 8]), (25, [0, 10, 20])])
def test_even_ticks_are_round(high: float, ticks: list[float]) -> None:
    assert even_ticks(0, high) == pytest.approx(ticks)
