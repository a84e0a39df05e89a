"""The figures of one backend's samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

OUTLIER_Z = 14.8
"""The modified z-score beyond which a sample is an outlier: hyperfine's, ten standard deviations of a normal sample."""

_MAD_OF_NORMAL = 0.6744897501960817  # the upper quartile of a standard normal: its MAD


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of `count` samples, in their own unit.

    Attributes:
        sd: the sample's standard deviation, divided by count - 1 (0 for one sample).
        mad: the median absolute deviation from the median, unscaled.
        p10, p50, p90, p99: percentiles by NumPy's default rule (linear; Hyndman and Fan 1996, type 7); p50 is the
            median.
        outliers: how many samples have a modified z-score (Iglewicz and Hoaglin 1993) of more than 14.8.
    """

    count: int
    mean: float
    sd: float
    mad: float
    minimum: float
    p10: float
    p50: float
    p90: float
    p99: float
    outliers: int

    @property
    def median(self) -> float:
        """The 50th percentile."""
        return self.p50


def summarize(samples: NDArray[np.int64] | NDArray[np.float64]) -> Summary:
    """The figures of `samples` (N,), N at least 1."""
    p10, p50, p90, p99 = (float(value) for value in np.percentile(samples, (10, 50, 90, 99)))
    deviations = np.abs(samples - p50)
    mad = float(np.median(deviations))
    return Summary(
        count=len(samples),
        mean=float(np.mean(samples)),
        sd=float(np.std(samples, ddof=1)) if len(samples) > 1 else 0.0,
        mad=mad,
        minimum=float(np.min(samples)),
        p10=p10,
        p50=p50,
        p90=p90,
        p99=p99,
        outliers=int(np.count_nonzero(deviations * _MAD_OF_NORMAL > OUTLIER_Z * mad)) if mad else 0,
    )
