"""What a card shows: one backend's answer to one digit image, and how it compares with the baseline and the truth."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class CardState(StrEnum):
    """What a backend is doing."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    RUNNING = "running"
    FAILED = "failed"
    PHONE_GONE = "phone gone"


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One backend's answer to one digit image.

    Attributes:
        image: the number of the image that was asked; backends are compared on the same one only.
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
        """The probability of the digit it says, 0 to 1."""
        return float(self.probabilities[self.digit])


@dataclass(frozen=True, slots=True)
class Agreement:
    """How an answer stands to the baseline's answer for the same image; `max_difference` is of the logits.

    `equals`: the title of a reference, other than the baseline, whose logits are its own to the last bit; else empty.
    """

    same_digit: bool
    baseline_digit: int
    max_difference: float
    equals: str = ""


def agreement(answer: Answer, baseline: Answer, reference: Answer | None = None, title: str = "") -> Agreement:
    """Compares answers to the same image: with the baseline's, and with those of a reference called `title`.

    Raises:
        ValueError: they answer different images.
    """
    if answer.image != baseline.image:
        raise ValueError("answers to different images cannot be compared")
    largest = float(np.max(np.abs(answer.logits - baseline.logits)))
    is_equal = reference is not None and bool(np.array_equal(answer.logits, reference.logits))
    return Agreement(answer.digit == baseline.digit, baseline.digit, largest, title if is_equal else "")


def summary(answers: list[Answer]) -> str:
    """One sentence on what all backends said of one image: "all agree on 7", "7 (2), 1 (1)"."""
    said: dict[int, int] = {}
    for answer in answers:
        said[answer.digit] = said.get(answer.digit, 0) + 1
    if not said:
        return ""
    if len(said) == 1:
        digit = answers[0].digit
        return f"all agree on {digit}" if len(answers) > 1 else f"it says {digit}"
    by_votes = sorted(said.items(), key=lambda item: -item[1])
    return "they disagree: " + ", ".join(f"{digit} ({votes})" for digit, votes in by_votes)
