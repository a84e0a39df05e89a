"""What engines answer: values with their units."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mnist_bench.network.network import CLASSES


@dataclass(frozen=True, slots=True)
class Timing:
    """One request: `compute_ns` inside the runner, `round_trip_ns` from request to answer, `images` in it.

    Where a classification takes several requests, round trips may overlap: each begins when its own request is sent,
    and a request that was sent ahead waits for the one before it.
    """

    compute_ns: int
    round_trip_ns: int
    images: int = 1

    @property
    def transport_ns(self) -> int:
        """What the way there and back cost."""
        return self.round_trip_ns - self.compute_ns


@dataclass(frozen=True)
class Classification:
    """Answers for N images: `logits` float32 (N, 10), one timing for each request, the runner's peak memory."""

    logits: npt.NDArray[np.float32]
    timings: tuple[Timing, ...]
    peak_memory_bytes: int

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """float32 (N, 10): softmax(logits)."""
        return softmax(self.logits)

    @cached_property
    def digits(self) -> npt.NDArray[np.int64]:
        """int64 (N,): the digit with the largest logit."""
        digits: npt.NDArray[np.int64] = np.argmax(self.logits, axis=1).astype(np.int64)
        return digits


def joined(pieces: Sequence[Classification]) -> Classification:
    """The pieces of one classification as a whole; one piece is that itself."""
    if len(pieces) == 1:
        return pieces[0]
    logits = np.concatenate([np.empty((0, CLASSES), np.float32), *(piece.logits for piece in pieces)])
    timings = tuple(timing for piece in pieces for timing in piece.timings)
    return Classification(logits, timings, max((piece.peak_memory_bytes for piece in pieces), default=0))


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """exp(x) / sum(exp(x)) of each row, shifted by the row's maximum so that nothing overflows."""
    exponentials = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    probabilities: npt.NDArray[np.float32] = (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities
