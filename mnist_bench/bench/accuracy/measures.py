"""What to say of one result: accuracy with its interval, each digit, the confusion matrix, calibration."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mnist_bench.bench.accuracy.evaluate import AccuracyResult

DIGITS = 10
BINS = 15
"""Of the reliability curve, as in Guo et al. 2017."""
_Z = NormalDist().inv_cdf(0.975)
"""Standard deviations each way that hold 95 % of a normal distribution. SciPy, which has it as well, needs 30 MB."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`right` of `total`, with the 95 % interval [low, high] of the share behind it, 0 to 1."""

    right: int
    total: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share that was right, 0 to 1; None of nothing."""
        return self.right / self.total if self.total else None


def proportion(right: int, total: int) -> Proportion:
    """A share with Wilson's 95 % score interval; of nothing, the interval is all of 0 to 1.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927): the p for which |right/total - p| <= z sqrt(p (1 - p) / total).
    """
    if total == 0:
        return Proportion(0, 0, 0.0, 1.0)
    share, z2 = right / total, _Z * _Z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z / (1 + z2 / total) * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    low = 0.0 if right == 0 else max(0.0, middle - half)
    high = 1.0 if right == total else min(1.0, middle + half)
    return Proportion(right, total, low, high)


def confusion_matrix(result: AccuracyResult) -> NDArray[np.int64]:
    """int64 (10, 10): how many images of each true digit (row) were read as each digit (column)."""
    pairs = result.labels.astype(np.int64) * DIGITS + result.predictions
    return np.bincount(pairs, minlength=DIGITS * DIGITS).reshape(DIGITS, DIGITS).astype(np.int64)


def most_confused(confusion: NDArray[np.int64], most: int) -> list[tuple[int, int, int]]:
    """The true digit, what it was read as, and in how many images: the `most` frequent errors, the commonest first."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:most]
    pairs = [divmod(int(place), DIGITS) for place in order]
    return [(true, read, int(wrong[true, read])) for true, read in pairs if wrong[true, read]]


def by_digit(confusion: NDArray[np.int64]) -> tuple[Proportion, ...]:
    """For each true digit, 0 to 9, how many of its images were read rightly, with its interval."""
    totals = confusion.sum(axis=1)
    return tuple(proportion(int(confusion[digit, digit]), int(totals[digit])) for digit in range(DIGITS))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How far the probability that a network gives its answer can be believed.

    The bins are (0, 1/B], (1/B, 2/B], ... of the answer's probability ("confidence").

    Attributes:
        counts: int64 (B,), images in each bin.
        confidence: float64 (B,), their mean confidence; NaN in an empty bin.
        accuracy: float64 (B,), the share of them that was right; NaN in an empty bin.
        ece: the expected calibration error, 0 to 1: the mean of |accuracy - confidence|, weighted by counts.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    ece: float

    @property
    def edges(self) -> NDArray[np.float64]:
        """float64 (B + 1,): the bins' limits."""
        return np.linspace(0, 1, len(self.counts) + 1)


def calibration(confidence: NDArray[np.floating], is_right: NDArray[np.bool_], bins: int = BINS) -> Calibration:
    """The reliability curve and the expected calibration error of answers with these probabilities, float (N,), 0 to 1.

    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks", ICML 2017, section 2:
    B equal bins, open below and closed above; ECE = sum over the bins of count / N * |accuracy - confidence|.
    """
    confidence = confidence.astype(np.float64)
    which = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    filled = np.maximum(counts, 1)
    mean = np.where(counts, np.bincount(which, weights=confidence, minlength=bins) / filled, np.nan)
    right = np.where(counts, np.bincount(which, weights=is_right, minlength=bins) / filled, np.nan)
    ece = float(np.nansum(counts * np.abs(right - mean)) / max(len(confidence), 1))
    return Calibration(counts.astype(np.int64), mean, right, ece)


def calibration_of(result: AccuracyResult) -> Calibration:
    """The calibration of a result: the confidence is the probability of the digit that it says."""
    return calibration(result.probabilities.max(axis=1), result.is_right)
