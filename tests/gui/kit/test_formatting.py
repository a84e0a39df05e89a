"""Figures as people read them."""

import math

import pytest

from mnist_bench.gui.kit import formatting


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 µs"),
        (812, "812 ns"),
        (999.6, "1.00 µs"),
        (41_230, "41.2 µs"),
        (95_000, "95.0 µs"),
        (212_345, "212 µs"),
        (999_499, "999 µs"),
        (999_600, "1.00 ms"),
        (1_300_000, "1.30 ms"),
        (12_540_000_000, "12.5 s"),
        (4_321_000_000_000, "4,320 s"),
    ],
)
def test_times_have_three_significant_digits_and_a_unit(nanoseconds: float, text: str) -> None:
    assert formatting.duration(nanoseconds) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.998, "99.8 %"),
        (0.0, "<0.1 %"),
        (0.0009, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.9994, "99.9 %"),
        (0.9996, ">99.9 %"),
        (1.0, ">99.9 %"),
    ],
)
def test_probabilities_never_show_a_false_nought_or_hundred(probability: float, text: str) -> None:
    assert formatting.probability(probability) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.0004, "<0.001"), (0.1042, "0.104"), (3.214, "3.21"), (math.nan, "not a number")]
)
def test_differences(value: float, text: str) -> None:
    assert formatting.difference(value) == text


@pytest.mark.parametrize(("size", "text"), [(-1, "0 B"), (872, "872 B"), (3_400_000, "3.40 MB"), (234e6, "234 MB")])
def test_sizes(size: int, text: str) -> None:
    assert formatting.size(int(size)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (math.inf, ""), (-1, "0 s left"), (12.4, "12 s left"), (170, "3 min left"), (3900, "1 h 5 min left")],
)
def test_time_left(seconds: float | None, text: str) -> None:
    assert formatting.time_left(seconds) == text


def test_small_figures_keep_three_digits() -> None:
    assert [formatting.three_digits(value) for value in (0.01234, 1, 10, 99.95, 12_345)] == [
        "0.0123",
        "1.00",
        "10.0",
        "100",
        "12,300",
    ]


@pytest.mark.parametrize(("number", "text"), [(1, "1 thread"), (2, "2 threads"), (10_000, "10,000 threads")])
def test_nouns_follow_their_number(number: int, text: str) -> None:
    assert formatting.plural(number, "thread") == text
