"""Figures and tables as people read them."""

import pytest

from mnist_bench.cli.progress import duration
from mnist_bench.cli.tables import microseconds, percent, table


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0.00 %"), (0.5, "50.00 %"), (0.99994, "99.99 %"), (0.9999999, "99.99 %"), (1, "100.00 %")],
)
def test_only_a_certainty_reads_as_one(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(0.8312, "0.83 µs"), (42.4, "42 µs"), (1260.2, "1,260 µs")])
def test_times_show_the_digits_that_matter(value: float, text: str) -> None:
    assert microseconds(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.42, "0.4 s"), (45.2, "45 s"), (720, "12 min"), (5990, "1 h 40 min")])
def test_durations_read_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_numbers_stand_right_and_text_stands_left() -> None:
    text = table(("backend", "digit"), [("torch-fp32", "7"), ("qnnpack-int8", "10")], numbers=(1,), indent="  ")
    assert text.splitlines() == [
        "  backend       digit",
        "  torch-fp32        7",
        "  qnnpack-int8     10",
    ]


def test_a_table_without_rows_is_its_titles() -> None:
    assert table(("a", "b"), []) == "a  b"
