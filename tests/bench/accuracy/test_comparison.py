"""Two results on the same images: McNemar's test beside SciPy's and statsmodels', the rest by hand."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import (
    mcnemar as reference,
)

from mnist_bench.bench.accuracy.comparison import McNemar, compare, mcnemar
from tests.bench.accuracy.results import random_result, result_of


@pytest.mark.parametrize(
    ("b", "c"),
    [
        (0, 0),
        (1, 0),
        (0, 5),
        (6, 0),
        (1, 9),
        (5, 5),
        (12, 30),
        (49, 50),
        (150, 151),
        (300, 400),
        (0, 900),
        (4_000, 4_200),
    ],
)
def test_p_is_as_statsmodels_and_scipy_have_it(b: int, c: int) -> None:
    got = mcnemar(b, c)
    assert (got.only_baseline, got.only_other) == (b, c)
    assert got.p == pytest.approx(reference([[100, b], [c, 7]], exact=True).pvalue, rel=1e-8)
    if b + c:
        assert got.p == pytest.approx(stats.binomtest(b, b + c, 0.5).pvalue, rel=1e-8)


def test_hopelessly_uneven_is_never_more_than_nothing() -> None:
    assert mcnemar(60_000, 0).p == 0


@pytest.mark.parametrize("seeds", [(1, 2), (3, 4), (5, 6)])
def test_the_table_of_two_results_is_counted_as_it_is_seen(seeds: tuple[int, int]) -> None:
    first, second = (random_result(seed) for seed in seeds)
    table = np.zeros((2, 2), int)
    for one, other in zip(first.is_right, second.is_right, strict=True):
        table[int(not one), int(not other)] += 1
    got = compare(first, second)
    assert (got.mcnemar.only_baseline, got.mcnemar.only_other) == (table[0, 1], table[1, 0])
    assert got.mcnemar.p == pytest.approx(reference(table, exact=True).pvalue, rel=1e-9)


def test_agreement_is_on_the_digit_even_where_both_are_wrong() -> None:
    baseline = result_of([1, 2, 3, 4], [1, 2, 8, 8])
    other = result_of([1, 2, 3, 4], [1, 7, 8, 4], backend_id="qnnpack-int8", logit=6.5)
    got = compare(baseline, other)
    assert (got.baseline_id, got.images, got.agreeing, got.agreement) == ("torch-fp32", 4, 2, 0.5)
    assert (got.mcnemar.only_baseline, got.mcnemar.only_other, got.mcnemar.p) == (1, 1, 1.0)
    assert got.max_logit_difference == 6.5


def test_of_a_cancelled_result_what_both_have_read_is_compared() -> None:
    got = compare(result_of([1, 2, 3], [1, 2, 3]), result_of([1, 2], [1, 7]))
    assert (got.images, got.agreeing) == (2, 1)


def test_results_on_different_digits_are_refused() -> None:
    with pytest.raises(ValueError, match="different digits"):
        compare(result_of([1, 2], [1, 2]), result_of([2, 1], [2, 1]))


@pytest.mark.parametrize(("p", "text"), [(1, "1"), (0.0625, "0.062"), (0.00412, "0.0041"), (1e-9, "<0.0001")])
def test_p_is_never_told_as_nothing(p: float, text: str) -> None:
    assert McNemar(1, 2, p).p_text == text
