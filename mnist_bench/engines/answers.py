"""What engines answer: values with their units."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mnist_bench.network.network import CLASSES


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one request with `images` images: compute inside the runner, and round trip, both in ns.

    If a classification takes several requests, their round trips may overlap: each begins when its own request is
    sent, and a request that is sent ahead waits for the one before it.
    """

    compute_ns: int
    round_trip_ns: int
    images: int = 1

    @property
    def transport_ns(self) -> int:
        """Round trip minus compute, in ns."""
        return self.round_trip_ns - self.compute_ns


@dataclass(frozen=True)
class Classification:
    """The answers for N images: logits, float32 (N, 10), a timing for each request, and the runner's peak memory."""

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
    """Join the pieces of one classification."""
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
