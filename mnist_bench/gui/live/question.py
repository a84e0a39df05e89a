"""What the pad asks the backends, and the median of asking it many times."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A digit image to classify: pixels uint8 (28, 28), its number, and when the pen moved (perf_counter_ns)."""

    image: int
    pixels: NDArray[np.uint8]
    moved_at_ns: int

    def numbered(self, image: int) -> "Question":
        """The same with another number."""
        return replace(self, image=image)


@dataclass(frozen=True, slots=True)
class Repeated:
    """The median compute time of the same image, by its number, many times in a row."""

    image: int
    runs: int
    median_ns: int
