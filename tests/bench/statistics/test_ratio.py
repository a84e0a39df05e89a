"""The ratio of medians, its interval, and what it allows to say."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from mnist_bench.bench.statistics.ratio import (
    RatioInterval,
    Verdict,
    expanded_tail,
    in_step,
    ratio_of_medians,
    resampled_medians,
)

Levels = list[list[Any]]


def noise(seed: int, scale: float = 100.0, processes: int = 8, blocks: int = 4) -> Levels:
    random = np.random.default_rng(seed)
    return [[random.normal(scale, scale / 20, 11) for _ in range(blocks)] for _ in range(processes)]


def test_the_interval_is_scipys_bootstrap_on_the_same_resamples() -> None:
    """SciPy draws its indices from the same generator in the same way, so that both see the same resamples."""
    other, baseline = noise(1, 110), noise(2)
    mine = ratio_of_medians(other, baseline, resamples=500, seed=3)
    others, baselines = ([np.concatenate(blocks) for blocks in levels] for levels in in_step(other, baseline))

    def ratio(drawn: Any) -> float:
        tops = np.concatenate([others[place] for place in drawn])
        return float(np.median(tops) / np.median(np.concatenate([baselines[place] for place in drawn])))

    tail = expanded_tail(8)
    theirs = stats.bootstrap(
        (np.arange(8),),
        ratio,
        vectorized=False,
        n_resamples=500,
        confidence_level=1 - 2 * tail,
        method="percentile",
        rng=np.random.default_rng(3),
    )
    assert mine.ratio == pytest.approx(ratio(np.arange(8)), rel=1e-12)
    assert mine.low == pytest.approx(theirs.confidence_interval.low, rel=1e-9)
    assert mine.high == pytest.approx(theirs.confidence_interval.high, rel=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_resampled_medians_are_those_of_what_was_drawn(seed: int) -> None:
    random = np.random.default_rng(seed)
    units = [random.integers(0, 30, random.integers(1, 25)) for _ in range(random.integers(1, 7))]
    indices = random.integers(0, len(units), (30, len(units)))
    expected = [np.median(np.concatenate([units[place] for place in row])) for row in indices]
    assert np.array_equal(resampled_medians(units, indices), expected)


def test_what_slows_down_both_cancels_out() -> None:
    baseline, other = noise(1), noise(2, 110)
    plain = ratio_of_medians(other, baseline)
    drift = np.random.default_rng(5).uniform(0.5, 3, (8, 4))
    slowed = [
        [[samples * drift[p, b] for b, samples in enumerate(blocks)] for p, blocks in enumerate(levels)]
        for levels in (other, baseline)
    ]
    drifted = ratio_of_medians(slowed[0], slowed[1])
    assert (drifted.ratio, drifted.low, drifted.high) == pytest.approx((plain.ratio, plain.low, plain.high), rel=1e-9)
    unpaired = ratio_of_medians(slowed[0], slowed[1], paired=False)
    assert unpaired.high - unpaired.low > 3 * (drifted.high - drifted.low)


def test_a_difference_between_processes_widens_the_interval() -> None:
    baseline = noise(1)
    speeds = np.exp(np.random.default_rng(7).normal(0, 0.1, 8))
    other = [[samples * speed for samples in blocks] for speed, blocks in zip(speeds, noise(2), strict=True)]
    calm, uneven = ratio_of_medians(noise(2), baseline), ratio_of_medians(other, baseline)
    assert uneven.high - uneven.low > 3 * (calm.high - calm.low)


def test_blocks_are_resampled_where_there_is_one_process() -> None:
    single = ratio_of_medians(noise(2, 110, processes=1, blocks=20), noise(1, processes=1, blocks=20))
    assert single.low < 1.1 < single.high
    assert single.verdict is Verdict.SLOWER


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("processes", [2, 3, 4])
def test_few_processes_cover_the_truth_too(processes: int, paired: bool) -> None:
    """Each is by itself some per cent faster or slower: a bootstrap of so few would cover 50 to 87 % of 400."""
    random = np.random.default_rng(processes)
    covered = 0
    for seed in range(400):
        sides = [noise(2 * seed + side, scale, processes, 3) for side, scale in enumerate((110.0, 100.0))]
        other, baseline = (
            [[np.exp(random.normal(0, 0.03)) * samples for samples in blocks] for blocks in levels] for levels in sides
        )
        interval = ratio_of_medians(other, baseline, paired=paired)
        covered += interval.low <= 1.1 <= interval.high
    assert covered >= 0.92 * 400


def test_one_block_alone_has_no_interval() -> None:
    with pytest.raises(ValueError, match="more than one block"):
        ratio_of_medians(noise(1, processes=1, blocks=1), noise(2, processes=1, blocks=1))


def test_what_only_one_of_them_has_is_left_out() -> None:
    """After a cancel the last block, or the last process, may have been measured of one alone."""
    baseline, other = noise(1), noise(2)
    longer = [*other[:-1], other[-1][:-1]]
    assert (
        ratio_of_medians(longer, baseline).ratio == ratio_of_medians(longer, [*baseline[:-1], baseline[-1][:-1]]).ratio
    )
    with pytest.raises(ValueError, match="no samples"):
        ratio_of_medians([], baseline)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.021, 1.2, Verdict.SLOWER),
        (1.02, 1.2, Verdict.NO_DIFFERENCE),
        (0.9, 0.979, Verdict.FASTER),
        (0.9, 0.98, Verdict.NO_DIFFERENCE),
        (0.5, 1.5, Verdict.NO_DIFFERENCE),
    ],
)
def test_a_verdict_needs_the_whole_interval_outside_of_two_per_cent(low: float, high: float, verdict: Verdict) -> None:
    assert RatioInterval((low + high) / 2, low, high).verdict is verdict


def test_few_processes_have_wider_tails() -> None:
    """Hesterberg's table of 2014 gives 0.005 for n = 10 and 0.011 for n = 20 at 95 %."""
    expected = [stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1)) for n in (5, 10, 20)]
    assert [expanded_tail(n) for n in (5, 10, 20)] == pytest.approx(expected)
    assert expanded_tail(10_000) == pytest.approx(0.025, rel=0.01)
