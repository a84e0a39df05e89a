"""Everything there is to say of a backend's accuracy, in one value: what the command line and the window show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.bench.accuracy.comparison import AgainstBaseline, compare
from mnist_bench.bench.accuracy.evaluate import AccuracyResult
from mnist_bench.bench.accuracy.measures import (
    Calibration,
    Proportion,
    by_digit,
    calibration_of,
    confusion_matrix,
    proportion,
)


@dataclass(frozen=True, slots=True, eq=False)
class AccuracySummary:
    """What is known of one result.

    Attributes:
        result: what the backend said.
        accuracy: with its interval.
        by_digit: the same for each true digit, 0 to 9.
        confusion: int64 (10, 10), true digit by digit that was read.
        calibration: how far its probabilities can be believed.
        against: how it stands to the baseline; None of the baseline itself, and where that has no result.
    """

    result: AccuracyResult
    accuracy: Proportion
    by_digit: tuple[Proportion, ...]
    confusion: NDArray[np.int64]
    calibration: Calibration
    against: AgainstBaseline | None


def summarize(result: AccuracyResult, baseline: AccuracyResult | None) -> AccuracySummary:
    """Measures one result, beside the baseline's on the same digits if there is another."""
    confusion = confusion_matrix(result)
    return AccuracySummary(
        result,
        proportion(result.correct, result.images),
        by_digit(confusion),
        confusion,
        calibration_of(result),
        None if baseline is None or baseline is result else compare(baseline, result),
    )


def summarize_all(results: Sequence[AccuracyResult], baseline_id: str) -> list[AccuracySummary]:
    """Measures each result, beside that of the backend with this id, if it has one."""
    baseline = next((one for one in results if one.backend_id == baseline_id), None)
    return [summarize(one, baseline) for one in results]
