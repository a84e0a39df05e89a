"""The figures of one backend's samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OUTLIER_MADS = 14.826
"""How many MADs from the median an outlier lies: hyperfine's limit, ten standard deviations of a normal sample."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of `count` samples, in their own unit.

    Attributes:
        sd: the sample's standard deviation, divided by count - 1 (0 for one sample).
        mad: the median absolute deviation from the median, unscaled.
        p50, p90, p99: percentiles by NumPy's default rule (linear; Hyndman and Fan 1996, type 7); p50 is the
            median.
        outliers: how many samples lie more than 14.826 x the MAD from the median; 0 where the MAD is 0.
    """

    count: int
    mean: float
    sd: float
    mad: float
    minimum: float
    p50: float
    p90: float
    p99: float
    outliers: int


def summarize(samples: NDArray[np.int64] | NDArray[np.float64]) -> Summary:
    """The figures of `samples` (N,), N at least 1."""
    p50, p90, p99 = (float(value) for value in np.percentile(samples, (50, 90, 99)))
    deviations = np.abs(samples - p50)
    mad = float(np.median(deviations))
    return Summary(
        count=len(samples),
        mean=float(np.mean(samples)),
        sd=float(np.std(samples, ddof=1)) if len(samples) > 1 else 0.0,
        mad=mad,
        minimum=float(np.min(samples)),
        p50=p50,
        p90=p90,
        p99=p99,
        outliers=int(np.count_nonzero(deviations > OUTLIER_MADS * mad)) if mad else 0,
    )
