"""Numbers as people read them."""

import ast
import math
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import mnist_bench
from mnist_bench.base import words

_NOT_FINITE = (math.nan, math.inf, -math.inf)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 µs"),
        (0.5, "0.500 ns"),
        (812, "812 ns"),
        (999.4, "999 ns"),
        (999.6, "1.00 µs"),
        (42_000, "42.0 µs"),
        (41_230, "41.2 µs"),
        (99_960, "100 µs"),
        (212_345, "212 µs"),
        (999_499, "999 µs"),
        (999_700, "1.00 ms"),
        (1_107_000, "1.11 ms"),
        (12_540_000_000, "12.5 s"),
        (999_600_000_000, "1,000 s"),
        (4_321_000_000_000, "4,320 s"),
        (-1_300, "-1.30 µs"),
        (-999.7, "-1.00 µs"),
    ],
)
def test_a_measured_time_has_three_digits_and_the_unit_that_fits_once_it_is_rounded(
    nanoseconds: float, text: str
) -> None:
    assert words.duration(nanoseconds) == text


@pytest.mark.parametrize("nanoseconds", _NOT_FINITE)
def test_what_is_no_number_is_no_time(nanoseconds: float) -> None:
    assert words.duration(nanoseconds) == words.NO_FIGURE
    assert words.ratio(nanoseconds) == words.NO_FIGURE
    assert words.three_digits(nanoseconds) == words.NO_FIGURE
    assert words.rate(nanoseconds) == words.NO_FIGURE


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (1, "1.00"), (10, "10.0"), (99.95, "100"), (-0.5, "-0.500"), (12_345, "12,300")],
)
def test_three_digits(value: float, text: str) -> None:
    assert words.three_digits(value) == text


@pytest.mark.parametrize("value", [1e-30, 1e30])
def test_there_is_never_an_exponent_however_far_from_one(value: float) -> None:
    assert "e" not in words.three_digits(value)
    assert float(words.three_digits(value).replace(",", "")) == value


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1.0, "1"), (2.50, "2.5"), (0.05, "0.05"), (100.0, "100"), (10_000, "10,000")]
)
def test_a_short_number_has_no_idle_zeros(value: float, text: str) -> None:
    assert words.short_number(value) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(0, "0"), (200_000, "200 µs"), (1e6, "1 ms"), (2.5e6, "2.5 ms"), (999_900, "1 ms")]
)
def test_times_beside_an_axis(nanoseconds: float, text: str) -> None:
    assert words.duration_tick(nanoseconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 x"), (0.0515, "0.0515 x"), (0.046, "0.0460 x"), (0.9996, "1.00 x"), (19.34, "19.3 x"), (1234, "1,230 x")],
)
def test_ratios(value: float, text: str) -> None:
    assert words.ratio(value) == text


def test_the_interval_of_a_ratio_has_the_unit_once() -> None:
    assert words.ratio_interval(0.2664, 0.265, 0.2671) == "0.266 x (0.265 to 0.267)"
    assert words.ratio_tick(10_000) == "10,000 x"


@pytest.mark.parametrize(
    ("value", "text"),
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
def test_probabilities_never_show_a_false_nought_or_hundred(value: float, text: str) -> None:
    assert words.probability(value) == text
    assert f"{words.probability_figure(value)} %" == text


@pytest.mark.parametrize(
    ("value", "text", "figure"),
    [
        (None, words.NO_FIGURE, words.NO_FIGURE),
        (0, "0.00 %", "0.0"),
        (0.9871, "98.71 %", "98.7"),
        (0.99994, "99.99 %", "99.9"),
        (0.9999999, "99.99 %", "99.9"),
        (1, "100.00 %", "100"),
    ],
)
def test_only_all_images_are_a_hundred_per_cent(value: float | None, text: str, figure: str) -> None:
    assert words.accuracy(value) == text
    assert words.accuracy_figure(value) == figure


def test_the_interval_of_an_accuracy_has_the_unit_once() -> None:
    assert words.accuracy_range(0.99582, 1) == "99.58 to 100.00 %"
    assert words.accuracy_interval(0.9971, 0.99582, 0.99803) == "99.71 % (99.58 to 99.80)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 %"), (0.0001, "<1 %"), (0.005, "<1 %"), (0.0051, "1 %"), (0.63, "63 %"), (1, "100 %"), (12.5, "1,250 %")],
)
def test_shares(value: float, text: str) -> None:
    assert words.share(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.907e-06, "1.91e-06"),
        (0.0009994, "9.99e-04"),
        (0.0009996, "0.00100"),
        (0.1042, "0.104"),
        (3.214, "3.21"),
        (-3.214, "-3.21"),
        (math.nan, "not a number"),
        (math.inf, "not a number"),
    ],
)
def test_differences_of_outputs(value: float, text: str) -> None:
    assert words.difference(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (38.64, "38.6 dB"),
        (-3.0, "-3.00 dB"),
        (0.0, "0 dB"),
        (140.96, "141 dB"),
        (math.inf, "identical"),
        (-math.inf, "no signal"),
        (math.nan, "not a number"),
    ],
)
def test_decibels(value: float, text: str) -> None:
    assert words.decibels(value) == text


@pytest.mark.parametrize(("p", "text"), [(1, "1"), (0.534, "0.53"), (0.00423, "0.0042"), (0.00009, "<0.0001")])
def test_p_values(p: float, text: str) -> None:
    assert words.p_value(p) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(-1, "0 B"), (0, "0 B"), (872, "872 B"), (999_999, "1.00 MB"), (3_400_000, "3.40 MB"), (234_000_000, "234 MB")],
)
def test_sizes(size: int, text: str) -> None:
    assert words.size(size) == text


@pytest.mark.parametrize(("mhz", "text"), [(0, "0 MHz"), (300, "300 MHz"), (999.7, "1.00 GHz"), (1_804, "1.80 GHz")])
def test_clocks(mhz: float, text: str) -> None:
    assert words.frequency(mhz) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.3, "0 s"),
        (45.2, "45 s"),
        (99.4, "99 s"),
        (99.6, "2 min"),
        (720, "12 min"),
        (3_599, "1 h"),
        (5_990, "1 h 40 min"),
    ],
)
def test_spans_of_time_read_as_people_say_them(seconds: float, text: str) -> None:
    assert words.time_span(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (math.inf, ""), (math.nan, ""), (-1, "0 s left"), (12.4, "12 s left"), (3900, "1 h 5 min left")],
)
def test_time_left_is_empty_where_nobody_can_say(seconds: float | None, text: str) -> None:
    assert words.time_left(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.25, "0.25 s"), (5, "5 s"), (20.0, "20 s"), (0.016, "0.016 s"), (1200, "1,200 s")]
)
def test_times_that_were_set(value: float, text: str) -> None:
    assert words.seconds(value) == text


def test_moments_are_read_from_what_files_hold() -> None:
    moment = datetime(2026, 11, 28, 8, 30, 59, tzinfo=UTC)
    assert words.date_time(moment.isoformat(), utc=True) == words.date_time(moment, utc=True) == "2026-11-28 08:30 UTC"
    assert words.date_time(moment) == f"{moment.astimezone():%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(("number", "text"), [(1, "1 thread"), (2, "2 threads"), (10_000, "10,000 threads")])
def test_nouns_follow_their_number(number: int, text: str) -> None:
    assert words.plural(number, "thread") == text
    assert words.plural(number, "process", "processes").startswith(text.split()[0])


def test_how_many_of_how_many() -> None:
    assert words.count_of(9_871, 10_000) == "9,871 of 10,000"
    assert words.rate(None) == words.NO_FIGURE
    assert [words.rate(value) for value in (8.4, 12_345)] == ["8.40", "12,300"]
    assert words.celsius(41.47) == "41.5 °C"


_NOT_FOR_PEOPLE = {
    "base/words.py",
    "bench/report/svg.py",  # coordinates
    "bench/results/store.py",  # names of files
    "digits/kept.py",  # names of files
    "gui/kit/plot.py",  # sizes of fonts
    "gui/kit/stylesheet.py",  # sizes of fonts
    "training/train.py",  # a note in a model file, whose bytes do not change
}


def test_no_other_module_rounds_a_number_or_writes_a_date() -> None:
    package = Path(mnist_bench.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FormattedValue) and re.search("[.eEfFgG%]", _format_of(node))
    }
    assert found == _NOT_FOR_PEOPLE


def test_times_is_an_x_everywhere() -> None:
    package = Path(mnist_bench.__file__).parent
    assert not [path for path in package.rglob("*.py") if "\N{MULTIPLICATION SIGN}" in path.read_text(encoding="utf-8")]


def _format_of(node: ast.FormattedValue) -> str:
    parts = node.format_spec.values if isinstance(node.format_spec, ast.JoinedStr) else []
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
