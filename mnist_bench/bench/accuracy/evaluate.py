"""Evaluates an engine on labelled digits: what it said of each of them, and how long it took."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.bench.versions import Engine
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.orders import OtherOrder, find_other_order
from mnist_bench.engines.answers import Classification, joined, softmax
from mnist_bench.engines.backends import known_backend
from mnist_bench.engines.engine import InferenceEngine


@dataclass(frozen=True, eq=False)
class AccuracyResult:
    """What one backend said of the first N of a set of digits, N at least 1.

    Attributes:
        backend_id: whose answers they are.
        labels: uint8 (N,), the true digits.
        logits: float32 (N, 10).
        compute_ns: of all requests together, inside the runner.
        seconds: from the first request to the last answer.
        title: what a person reads of the backend.
        version: of its engine; empty where its runner tells none.
    """

    backend_id: str
    labels: NDArray[np.uint8]
    logits: NDArray[np.float32]
    compute_ns: int
    seconds: float
    title: str
    version: str = ""

    @property
    def engine(self) -> Engine | None:
        """Its title and version; None where it told none, or is not known here."""
        backend = known_backend(self.backend_id)
        return (backend.kind.title, self.version) if self.version and backend is not None else None

    @property
    def images(self) -> int:
        """How many were read: N."""
        return len(self.labels)

    @cached_property
    def predictions(self) -> NDArray[np.uint8]:
        """uint8 (N,): the digit with the largest logit."""
        digits: NDArray[np.uint8] = self.logits.argmax(axis=1).astype(np.uint8)
        return digits

    @cached_property
    def probabilities(self) -> NDArray[np.float32]:
        """float32 (N, 10): softmax(logits)."""
        return softmax(self.logits)

    @cached_property
    def is_right(self) -> NDArray[np.bool_]:
        """Bool (N,): whether each was read rightly."""
        right: NDArray[np.bool_] = self.predictions == self.labels
        return right

    @cached_property
    def correct(self) -> int:
        """How many were read rightly."""
        return int(np.count_nonzero(self.is_right))

    @property
    def accuracy(self) -> float:
        """The share of digits read rightly, 0 to 1."""
        return self.correct / self.images

    @property
    def images_per_second(self) -> float:
        """Images by `seconds`: transport and waiting for a turn included."""
        return self.images / max(self.seconds, 1e-9)


def evaluate(
    engine: InferenceEngine,
    digits: LabelledDigits,
    on_progress: Callable[[int, int], None] | None = None,
    keep_partial: Callable[[AccuracyResult], None] | None = None,
) -> AccuracyResult:
    """Classify all of `digits`; `on_progress(done, total)` follows about every 50 ms, or every 100 images where
    those take longer.

    `engine.cancel()` from another thread ends it with Cancelled. Where that, an error or what `on_progress` raises ends
    it early, `keep_partial` gets what was answered by then, if anything was. Raises InputError where there are no
    digits.
    """
    total = len(digits.images)
    if total == 0:
        raise InputError(f"There are no digits in {digits.name}.")
    version = engine.info.facts.get(engine.backend.kind.name, "")  # a runner that was ended tells none
    answered: list[Classification] = []
    done = 0
    start = time.perf_counter()

    def result() -> AccuracyResult:
        seconds = time.perf_counter() - start
        whole = joined(answered)
        compute_ns = sum(timing.compute_ns for timing in whole.timings)
        backend = engine.backend
        labels = digits.labels[:done]
        return AccuracyResult(backend.id, labels, whole.logits, compute_ns, seconds, backend.title, version)

    try:
        for piece in engine.classify_in_pieces(digits.images):
            answered.append(piece)
            done += len(piece.logits)
            if on_progress is not None:
                on_progress(done, total)
    except BaseException:
        if done and keep_partial is not None:
            keep_partial(result())
        raise
    return result()


def other_order(digits: LabelledDigits, evaluate: Callable[[LabelledDigits], AccuracyResult]) -> OtherOrder | None:
    """The order in which a network reads many more of these digits, if there is one; `evaluate` asks it."""

    def predict(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return evaluate(LabelledDigits(images, np.zeros(len(images), np.uint8), digits.name)).predictions

    return find_other_order(digits.images, digits.labels, digits.order, predict)
