"""Questions to the backends, their answers, and how answers to the same question compare."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A digit image to classify: its number, pixels uint8 (28, 28), and when the pen moved (perf_counter_ns)."""

    image: int
    pixels: NDArray[np.uint8]
    moved_at_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One backend's answer to one question.

    Attributes:
        image: the question's number; backends are compared on the same one only.
        digit: 0 to 9.
        logits: float32 (10,); probabilities: float32 (10,), their softmax.
        compute_ns, round_trip_ns: this one inference, live.
        moved_at_ns: `time.perf_counter_ns()` of the movement of the pen that led to it.
        peak_memory_bytes: of the runner, so far.
    """

    image: int
    digit: int
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    compute_ns: int
    round_trip_ns: int
    moved_at_ns: int = 0
    peak_memory_bytes: int = 0

    @property
    def probability(self) -> float:
        """The probability of its digit, 0 to 1."""
        return float(self.probabilities[self.digit])


@dataclass(frozen=True, slots=True)
class Repeated:
    """The median compute time of the same image, by its question's number, many times in a row."""

    image: int
    runs: int
    median_ns: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How an answer stands to the baseline's answer to the same question; `max_difference` is of the logits.

    `equals`: the title of the int8 reference, which is not the baseline, if its logits are bit-identical; else empty.
    """

    same_digit: bool
    baseline_digit: int
    max_difference: float
    equals: str = ""


def agreement(answer: Answer, baseline: Answer, reference: Answer | None = None, title: str = "") -> Agreement:
    """Compare answers to the same question: with the baseline's, and with those of a reference called `title`."""
    largest = float(np.max(np.abs(answer.logits - baseline.logits)))
    is_equal = reference is not None and bool(np.array_equal(answer.logits, reference.logits))
    return Agreement(answer.digit == baseline.digit, baseline.digit, largest, title if is_equal else "")


def agreement_words(agreement: Agreement) -> tuple[str, ...]:
    """How an answer stands to the baseline's, in full and then in ever shorter forms."""
    if agreement.max_difference == 0:
        return "✓ agrees, bit-identical", "✓ bit-identical"
    largest = f"max logit difference {words.difference(agreement.max_difference)}"
    if agreement.equals:
        largest = f"bit-identical to {agreement.equals}"
    if agreement.same_digit:
        return f"✓ agrees, {largest}", f"✓ {largest}", "✓ agrees"
    says = f"baseline says {agreement.baseline_digit}"
    return f"≠ disagrees: {says}, {largest}", f"≠ disagrees: {says}", f"≠ {says}"


def summary(answers: Sequence[Answer]) -> str:
    """What all backends say of one image: "all agree on 7", "they disagree: 7 (2), 1 (1)"; empty without answers."""
    votes = Counter(answer.digit for answer in answers).most_common()
    if not votes:
        return ""
    if len(votes) == 1:
        digit, count = votes[0]
        return f"all agree on {digit}" if count > 1 else f"answer: {digit}"
    return "they disagree: " + ", ".join(f"{digit} ({count})" for digit, count in votes)
