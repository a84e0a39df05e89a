"""What several backends said of the same digits, side by side: where one errs, where they disagree."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_bench.bench.accuracy.evaluate import AccuracyResult

NOT_READ = -1


def answers(results: Sequence[AccuracyResult]) -> NDArray[np.int8]:
    """int8 (B, N): what each of B >= 1 backends said of each of N images, NOT_READ where it was cancelled before."""
    table = np.full((len(results), max(result.images for result in results)), NOT_READ, np.int8)
    for row, result in zip(table, results, strict=True):
        row[: result.images] = result.predictions
    return table


def wrong_anywhere(said: NDArray[np.int8], labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """int64 (M,): the images of which at least one backend says another digit than the true one, uint8 (N,)."""
    return np.flatnonzero(((said != labels) & (said != NOT_READ)).any(axis=0))


def disagreements(said: NDArray[np.int8]) -> NDArray[np.int64]:
    """int64 (M,): the images of which two backends say different digits."""
    lowest = np.where(said == NOT_READ, 10, said).min(axis=0)
    return np.flatnonzero(said.max(axis=0) > lowest)
