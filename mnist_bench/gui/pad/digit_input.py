"""What is on the pad: the value that goes from the pad to the engines."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Drawing


@dataclass(frozen=True, slots=True)
class DigitInput:
    """The pad at one moment.

    Attributes:
        drawing: the strokes, in a square of 280 x 280 pad units; None for a picture and for an empty pad.
        pixels: uint8 (28, 28), what the network sees, of a drawing too (the pad renders it); None for an empty pad.
        label: the digit that it really is, where somebody said so.
        moved_at_ns: `time.perf_counter_ns()` when the movement arrived.
    """

    drawing: Drawing | None
    pixels: NDArray[np.uint8] | None
    label: int | None
    moved_at_ns: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to classify."""
        return self.pixels is None
