"""Accuracy: how many of a set of labelled digits an engine reads rightly."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.errors import InputError


@dataclass(frozen=True, slots=True)
class AccuracyResult:
    """How an engine did on `images` digits; `seconds` from the first request to the last answer."""

    backend_id: str
    images: int
    correct: int
    seconds: float

    @property
    def accuracy(self) -> float:
        """The share of digits read rightly, 0 to 1."""
        return self.correct / self.images


def evaluate(
    engine: InferenceEngine, digits: LabelledDigits, on_progress: Callable[[int, int], None] | None = None
) -> AccuracyResult:
    """Classify all of `digits`; `on_progress(done, total)` follows each piece of at most 100 images.

    `engine.cancel()` from another thread ends it with Cancelled. Raises InputError where there are no digits.
    """
    total = len(digits.images)
    if total == 0:
        raise InputError(f"There are no digits in {digits.name}.")
    start = time.perf_counter()
    correct = done = 0
    for piece in engine.classify_in_pieces(digits.images):
        count = len(piece.digits)
        correct += int(np.count_nonzero(piece.digits == digits.labels[done : done + count]))
        done += count
        if on_progress is not None:
            on_progress(done, total)
    return AccuracyResult(engine.backend.id, total, correct, time.perf_counter() - start)
