"""How much longer one backend takes than another: the ratio of medians with a 95 % interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words

RESAMPLES = 2000
_FEW_UNITS = 5
"""Of fewer a bootstrap cannot make an interval of 95 %: it never leaves the range of its units (0.5 ** 4 > 0.05)."""

EQUAL_WITHIN = 0.02
"""Differences of up to 2 % are not told apart: where a process's memory lies makes as much."""

_BATCH_BYTES = 32_000_000
_TOO_COARSE = "The clock was too coarse: times are 0."

Samples = NDArray[Any]
Levels = Sequence[Sequence[Samples]]
"""One backend's samples: for each process its blocks, for each block its samples, int64 or float64 (N,)."""


class Verdict(StrEnum):
    """What the interval of a ratio allows to say of a backend against the baseline."""

    FASTER = "faster"
    SLOWER = "slower"
    NO_DIFFERENCE = "no difference shown"

    @property
    def with_sign(self) -> str:
        """With a sign of its own, so that it needs no colour: "▼ faster"."""
        return f"{_SIGNS[self]} {self}"


_SIGNS = {Verdict.FASTER: "▼", Verdict.SLOWER: "▲", Verdict.NO_DIFFERENCE: "≈"}


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """The median of one backend divided by that of the baseline, with its 95 % interval from `low` to `high`."""

    ratio: float
    low: float
    high: float

    def __str__(self) -> str:
        return words.ratio_interval(self.ratio, self.low, self.high)

    @property
    def inverse(self) -> "RatioInterval":
        """Of the baseline to the backend."""
        return RatioInterval(1 / self.ratio, 1 / self.high, 1 / self.low)

    @property
    def verdict(self) -> Verdict:
        """Faster or slower only where the whole interval lies outside 1 +- 2 %."""
        if self.high < 1 - EQUAL_WITHIN:
            return Verdict.FASTER
        if self.low > 1 + EQUAL_WITHIN:
            return Verdict.SLOWER
        return Verdict.NO_DIFFERENCE


def ratio_of_medians(
    other: Levels, baseline: Levels, *, paired: bool = True, resamples: int = RESAMPLES, seed: int = 0
) -> RatioInterval:
    """The ratio of the medians of all samples, with a 95 % interval by a block bootstrap (docs/measuring.md).

    Processes are resampled, each with all of its blocks; where there is only one process, its blocks are. Of fewer than
    five the interval is Student's t of the logarithms of their medians instead. `paired`: process i and in it block j
    of both ran side by side. What slowed down both is taken out of the samples first (`in_step`), and a process is
    drawn for both at once. Raises ValueError where a backend has no samples, or fewer than two blocks in all, or times
    of 0.
    """
    if paired:
        other, baseline = in_step(other, baseline)
    others, baselines = _units(other), _units(baseline)
    if not others or not baselines:
        raise ValueError("There are no samples to compare.")
    fewest = min(len(others), len(baselines))
    if fewest < 2:
        raise ValueError("An interval needs more than one block.")
    middle, base_middle = (float(np.median(np.concatenate(units))) for units in (others, baselines))
    if not middle or not base_middle:
        raise ValueError(_TOO_COARSE)
    ratio = middle / base_middle
    if fewest < _FEW_UNITS:
        return _of_few(others, baselines, ratio, paired)
    random = np.random.default_rng(seed)
    drawn = random.integers(0, len(others), (resamples, len(others)))
    base_drawn = drawn if paired else random.integers(0, len(baselines), (resamples, len(baselines)))
    base_medians = resampled_medians(baselines, base_drawn)
    if not base_medians.all():
        raise ValueError(_TOO_COARSE)
    ratios = resampled_medians(others, drawn) / base_medians
    tail = expanded_tail(fewest)
    low, high = (float(value) for value in np.quantile(ratios, (tail, 1 - tail)))
    return RatioInterval(ratio, min(low, ratio), max(high, ratio))


def _of_few(others: Sequence[Samples], baselines: Sequence[Samples], ratio: float, paired: bool) -> RatioInterval:
    from scipy import special

    medians = [np.array([np.median(unit) for unit in units]) for units in (others, baselines)]
    if not all(each.all() for each in medians):
        raise ValueError(_TOO_COARSE)
    other, baseline = (np.log(each) for each in medians)
    variances = [np.var(other - baseline, ddof=1)] if paired else [np.var(one, ddof=1) for one in (other, baseline)]
    counts = [len(other)] if paired else [len(other), len(baseline)]
    error = math.sqrt(sum(variance / count for variance, count in zip(variances, counts, strict=True)))
    factor = math.exp(special.stdtrit(min(counts) - 1, 0.975) * error)
    return RatioInterval(ratio, ratio / factor, ratio * factor)


def in_step(other: Levels, baseline: Levels) -> tuple[Levels, Levels]:
    """Both, divided block by block by what the two blocks that ran side by side have in common.

    That is the geometric mean of their medians: a machine that slows down, for both, leaves the ratio of the two blocks
    as it is. Blocks and processes that only one of them has are left out, as after a cancel.
    """
    others: list[list[Samples]] = []
    baselines: list[list[Samples]] = []
    for left, right in zip(other, baseline, strict=False):
        pairs = [(one, two) for one, two in zip(left, right, strict=False) if len(one) and len(two)]
        common = [math.sqrt(max(float(np.median(one)), 1e-9) * max(float(np.median(two)), 1e-9)) for one, two in pairs]
        others.append([one / level for (one, _), level in zip(pairs, common, strict=True)])
        baselines.append([two / level for (_, two), level in zip(pairs, common, strict=True)])
    return others, baselines


def resampled_medians(units: Sequence[Samples], indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """float64 (R,): the median of the samples of all units that each row of `indices` (R, len(units)) draws.

    The same as np.median of the concatenated units, from one sorted copy and how often each unit was drawn. Whatever is
    drawn, the middle lies between the lowest and the highest middle of a unit: samples below need only be counted.
    """
    halves = [np.partition(unit, ((len(unit) - 1) // 2, len(unit) // 2)) for unit in units]
    lowest = min(half[(len(half) - 1) // 2] for half in halves)
    highest = max(half[len(half) // 2] for half in halves)
    below = np.array([np.count_nonzero(unit < lowest) for unit in units])
    sizes = np.array([len(unit) for unit in units])
    values = np.concatenate([unit[(unit >= lowest) & (unit <= highest)] for unit in units]).astype(np.float64)
    owner = np.repeat(np.arange(len(units)), [np.count_nonzero((u >= lowest) & (u <= highest)) for u in units])
    order = np.argsort(values, kind="stable")
    values, owner = values[order], owner[order]
    medians = np.empty(len(indices))
    batch = max(1, _BATCH_BYTES // (8 * len(values)))
    for start in range(0, len(indices), batch):
        drawn = indices[start : start + batch]
        counts = np.stack([np.bincount(row, minlength=len(units)) for row in drawn])
        positions = counts[:, owner].cumsum(axis=1) + (counts @ below)[:, None]
        for row, (upto, total) in enumerate(zip(positions, counts @ sizes, strict=True)):
            middle = np.searchsorted(upto, ((total - 1) // 2, total // 2), side="right")
            medians[start + row] = values[middle].mean()
    return medians


def expanded_tail(units: int, confidence: float = 0.95) -> float:
    """The share to cut off at each end of a percentile interval made from so many units, for it to cover as it says.

    A plain percentile interval is too narrow for few units, like a normal interval where Student's t is due. This is
    Hesterberg's expanded percentile ("What teachers should know about the bootstrap", 2014, section 3.3.1).
    """
    from scipy import special

    student_t = special.stdtrit(units - 1, (1 + confidence) / 2)
    return float(special.ndtr(-math.sqrt(units / (units - 1)) * student_t))


def _units(levels: Levels) -> list[Samples]:
    """What is resampled: processes, or the blocks of the only process."""
    processes = [filled for blocks in levels if (filled := [block for block in blocks if len(block)])]
    return processes[0] if len(processes) == 1 else [np.concatenate(blocks) for blocks in processes]
