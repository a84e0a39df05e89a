"""What to say of two results on the same images: McNemar's test, agreement, the largest difference of a logit."""

from dataclasses import dataclass

import numpy as np

from mnist_bench.base import words
from mnist_bench.bench.accuracy.evaluate import AccuracyResult


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar's exact test: could both be equally right?

    Attributes:
        only_baseline: images that only the baseline read rightly (b).
        only_other: images that only the other read rightly (c).
        p: the probability of a split of b + c at least as uneven if each fell to either with 1/2.
    """

    only_baseline: int
    only_other: int
    p: float

    @property
    def p_text(self) -> str:
        """Its p for people: "0.53", "0.0042", "<0.0001"."""
        return words.p_value(self.p)


def mcnemar(only_baseline: int, only_other: int) -> McNemar:
    """McNemar's test with the two-sided exact p: min(1, 2 P(X <= min(b, c))), where X ~ Binomial(b + c, 1/2).

    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947); the exact form is in A. Agresti, "Categorical data analysis", 2nd ed., chapter 10.
    """
    from scipy import special

    pairs, fewer = only_baseline + only_other, min(only_baseline, only_other)
    return McNemar(only_baseline, only_other, min(1.0, 2 * float(special.bdtr(fewer, pairs, 0.5))))


@dataclass(frozen=True, slots=True)
class AgainstBaseline:
    """How a backend's answers stand to the baseline's on the same images.

    Attributes:
        baseline_id: the backend that it is compared with.
        images: how many both have read.
        agreeing: of how many of these both say the same digit.
        mcnemar: whether one is more often right.
        max_logit_difference: the largest absolute difference of two logits, over all images and digits.
    """

    baseline_id: str
    images: int
    agreeing: int
    mcnemar: McNemar
    max_logit_difference: float

    @property
    def agreement(self) -> float:
        """The share of images of which both say the same digit, 0 to 1."""
        return self.agreeing / self.images


AGAINST_TITLES = ("same digit", "only baseline right", "only it right", "McNemar p", "max logit difference")


def against_figures(against: AgainstBaseline) -> tuple[str, ...]:
    """How a backend stands to the baseline, for a table with AGAINST_TITLES."""
    test = against.mcnemar
    return (
        words.accuracy(against.agreement),
        words.count(test.only_baseline),
        words.count(test.only_other),
        test.p_text,
        words.difference(against.max_logit_difference),
    )


def compare(baseline: AccuracyResult, other: AccuracyResult) -> AgainstBaseline:
    """Compares two results on the same digits; where one was cancelled, on those that both have read.

    Raises:
        ValueError: their labels differ: they are not of the same digits.
    """
    images = min(baseline.images, other.images)
    if not np.array_equal(baseline.labels[:images], other.labels[:images]):
        raise ValueError("results on different digits cannot be compared")
    first, second = baseline.is_right[:images], other.is_right[:images]
    return AgainstBaseline(
        baseline_id=baseline.backend_id,
        images=images,
        agreeing=int(np.count_nonzero(baseline.predictions[:images] == other.predictions[:images])),
        mcnemar=mcnemar(int(np.count_nonzero(first & ~second)), int(np.count_nonzero(second & ~first))),
        max_logit_difference=float(np.abs(baseline.logits[:images] - other.logits[:images]).max()),
    )
