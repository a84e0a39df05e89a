"""Sums up how far outputs are from a reference's, image by image, without keeping the outputs."""

import math

import numpy as np
import numpy.typing as npt

from mnist_bench.bench.layers.values import Difference


class Noise:
    """The running sums of one layer's SQNR and differences."""

    def __init__(self) -> None:
        self._signal = 0.0
        self._noise = 0.0
        self._largest = 0.0
        self._absolute = 0.0
        self._count = 0

    def add(self, reference: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> None:
        """One image's outputs, of the same shape."""
        exact = reference.astype(np.float64)
        with np.errstate(invalid="ignore"):  # inf - inf
            distance = np.abs(exact - other)
        self._signal += float(np.sum(exact * exact))
        self._noise += float(np.sum(distance * distance))
        self._largest = float(np.max(distance, initial=self._largest))
        self._absolute += float(np.sum(distance))
        self._count += distance.size

    def difference(self) -> Difference | None:
        """What they come to; None before the first image."""
        if self._count == 0:
            return None
        return Difference(sqnr_db(self._signal, self._noise), self._largest, self._absolute / self._count)


def sqnr_db(signal: float, noise: float) -> float:
    """10 log10(signal / noise), the signal-to-quantization-noise ratio of two sums of squares, in dB.

    inf without noise, -inf with noise and no signal, NaN where one of them is not finite.
    """
    if not (math.isfinite(signal) and math.isfinite(noise)):
        return math.nan
    if noise == 0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal > 0 else -math.inf
