"""The recent live times of each backend."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.files import csv_bytes
from mnist_bench.session.backend_state import Answer

MOST_KEPT = 10_000


class LiveSamples:
    """For each backend (by its id) its newest 10,000 live samples, in order."""

    def __init__(self) -> None:
        self._titles: dict[str, str] = {}
        self._samples: dict[str, deque[tuple[int, int, int]]] = {}

    def add(self, backend_id: str, title: str, answer: Answer) -> None:
        """Takes one more sample."""
        self._titles[backend_id] = title
        samples = self._samples.setdefault(backend_id, deque(maxlen=MOST_KEPT))
        samples.append((answer.image, answer.compute_ns, answer.round_trip_ns))

    def forget_all(self) -> None:
        """Begins anew, as for another network."""
        self._samples.clear()

    def compute_ns(self, backend_id: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The images' numbers and their compute times, each int64 (N,), oldest first; N = 0 for an unknown backend."""
        samples = self._samples.get(backend_id, ())
        images, times = (np.fromiter((one[part] for one in samples), np.int64, len(samples)) for part in (0, 1))
        return images, times

    def to_csv(self) -> bytes:
        """Every sample as CSV: backend, image (a number that backends share), compute_us, round_trip_us.

        May be called on another thread, while samples come.
        """
        rows = (
            (self._titles[backend_id], image, compute_ns / 1000, round_trip_ns / 1000)
            for backend_id, samples in list(self._samples.items())
            for image, compute_ns, round_trip_ns in list(samples)
        )
        return csv_bytes(("backend", "image", "compute_us", "round_trip_us"), rows)


def log_histogram(
    samples_ns: list[NDArray[np.int64]], bins: int = 48
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Shares of each backend's samples (0 to 1) in bins that they have in common, equally wide on a logarithmic axis.

    Returns the bins' edges as log10 of nanoseconds, float64 (bins + 1,), and float64 (bins,) for each backend.
    """
    logs = [np.log10(np.maximum(samples, 1)) for samples in samples_ns]
    joined = np.concatenate(logs)
    low, high = float(joined.min()), float(joined.max())
    margin = max(0.02, (high - low) * 0.03)
    edges = np.linspace(low - margin, high + margin, bins + 1)
    return edges, [np.histogram(values, edges)[0] / max(len(values), 1) for values in logs]
