"""Measures of one result: beside statsmodels on the same data, and by hand."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from mnist_bench.bench.accuracy.measures import (
    by_digit,
    calibration,
    calibration_of,
    confusion_matrix,
    most_confused,
    proportion,
)
from tests.bench.accuracy.results import random_result, result_of


@pytest.mark.parametrize(
    ("right", "total"),
    [(0, 1), (1, 1), (0, 10), (10, 10), (1, 3), (5, 10), (9_971, 10_000), (9_999, 10_000), (3, 60_000)],
)
def test_the_interval_is_wilsons_as_statsmodels_has_it(right: int, total: int) -> None:
    low, high = proportion_confint(right, total, alpha=0.05, method="wilson")
    got = proportion(right, total)
    assert (got.low, got.high) == pytest.approx((low, high), abs=1e-12)
    assert 0 <= got.low <= right / total <= got.high <= 1
    assert got.share == right / total


def test_of_nothing_nothing_is_known() -> None:
    nothing = proportion(0, 0)
    assert nothing.share is None
    assert (nothing.low, nothing.high) == (0, 1)


def test_rows_of_the_confusion_matrix_are_true_digits() -> None:
    matrix = confusion_matrix(result_of([4, 4, 4, 9], [9, 9, 4, 9]))
    assert matrix.dtype == np.int64
    assert (matrix[4, 9], matrix[9, 4], matrix[4, 4], matrix[9, 9]) == (2, 0, 1, 1)
    assert matrix.sum() == 4


def test_the_commonest_errors_come_first_and_no_right_answer_is_one() -> None:
    matrix = confusion_matrix(result_of([4, 4, 4, 9, 7], [9, 9, 4, 4, 7]))
    assert most_confused(matrix, 8) == [(4, 9, 2), (9, 4, 1)]
    assert most_confused(matrix, 1) == [(4, 9, 2)]
    assert most_confused(confusion_matrix(result_of([7], [7])), 8) == []


def test_each_digit_has_its_own_share() -> None:
    digits = by_digit(confusion_matrix(result_of([4, 4, 4, 9], [9, 9, 4, 9])))
    assert [(one.right, one.total) for one in digits] == [(0, 0)] * 4 + [(1, 3)] + [(0, 0)] * 4 + [(1, 1)]
    assert digits[4] == proportion(1, 3)


def test_what_is_wrong_is_what_is_off_the_diagonal() -> None:
    result = random_result(3)
    matrix = confusion_matrix(result)
    assert matrix.trace() == result.correct
    assert matrix.sum(axis=1).tolist() == np.bincount(result.labels, minlength=10).tolist()


def test_calibration_by_hand() -> None:
    # Four bins: (0.25, 0.5] holds 0.3 and 0.5 (one right), (0.75, 1] holds 0.9 and 1.0 (both right).
    got = calibration(np.array([0.3, 0.5, 0.9, 1.0]), np.array([True, False, True, True]), bins=4)
    assert got.counts.tolist() == [0, 2, 0, 2]
    assert got.confidence[[1, 3]] == pytest.approx([0.4, 0.95])
    assert got.accuracy[[1, 3]].tolist() == [0.5, 1]
    assert np.isnan(got.confidence[[0, 2]]).all()
    assert got.ece == pytest.approx((2 * 0.1 + 2 * 0.05) / 4)
    assert got.edges.tolist() == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize(
    ("confidence", "is_right", "ece"),
    [
        ([1.0, 1.0, 1.0, 1.0], [True] * 4, 0.0),  # certain, and right
        ([1.0, 1.0, 1.0, 1.0], [False] * 4, 1.0),  # certain, and wrong
        ([0.8] * 5, [True, True, True, True, False], 0.0),  # as often right as it says
        ([0.8] * 5, [True, True, False, False, False], 0.4),
        ([0.0, 0.0], [False, False], 0.0),  # the first bin takes 0, too
    ],
)
def test_the_calibration_error_by_hand(confidence: list[float], is_right: list[bool], ece: float) -> None:
    assert calibration(np.array(confidence), np.array(is_right)).ece == pytest.approx(ece, abs=1e-12)


def test_a_confidence_on_the_edge_of_two_bins_is_in_the_lower_one() -> None:
    assert calibration(np.array([0.5]), np.array([True]), bins=2).counts.tolist() == [1, 0]


def test_the_confidence_of_a_result_is_the_probability_of_what_it_says() -> None:
    result = result_of([7, 7], [7, 1], logit=5)
    said = np.exp(5) / (np.exp(5) + 9)
    got = calibration_of(result)
    assert got.confidence[-1] == pytest.approx(said, abs=1e-6)
    assert got.ece == pytest.approx(said - 0.5, abs=1e-6)
