"""The figures of samples: equal to SciPy's and NumPy's on the same data."""

import numpy as np
import pytest
from scipy import stats

from mnist_bench.bench.statistics.summary import summarize


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_scipy(seed: int) -> None:
    samples = np.random.default_rng(seed).lognormal(10, 0.5, 997).astype(np.int64)
    summary = summarize(samples)
    assert summary.count == 997
    assert summary.mad == pytest.approx(stats.median_abs_deviation(samples), rel=1e-12)
    assert summary.sd == pytest.approx(stats.tstd(samples), rel=1e-12)
    for share, value in ((50, summary.p50), (90, summary.p90), (99, summary.p99)):
        assert value == pytest.approx(stats.scoreatpercentile(samples, share), rel=1e-12)
    assert summary.minimum == samples.min()
    assert summary.mean == pytest.approx(samples.mean())


def test_an_outlier_lies_beyond_ten_standard_deviations() -> None:
    # The MAD of these is 1, and their median 100.
    body = [99, 100, 101] * 10
    assert summarize(np.array([*body, 114], np.int64)).outliers == 0
    assert summarize(np.array([*body, 115], np.int64)).outliers == 1
    assert summarize(np.array([*body, 115, 85], np.int64)).outliers == 2


def test_one_sample_and_equal_samples_have_no_spread() -> None:
    for samples in ([7], [7, 7, 7]):
        summary = summarize(np.array(samples, np.int64))
        assert (summary.p50, summary.p99, summary.sd, summary.mad, summary.outliers) == (7, 7, 0, 0, 0)
