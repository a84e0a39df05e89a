"""What the way to a runner and back costs: round trip minus compute of single images."""

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.figures import Figure, Setup, at_most
from benchmarks.pictures import sample_digit
from mnist_bench import open_engine
from mnist_bench.engines.backends import local_backends
from mnist_bench.engines.engine import InferenceEngine

_MOST_MS = 0.3
_FRAME_S = 1 / 60


def measure(setup: Setup) -> Iterator[Figure]:
    """The median of each backend with digits-cnn, requests one after the other; in the detail, as a pen asks them."""
    for backend in local_backends():
        with open_engine(backend.id) as engine:
            _transport_ms(engine, 50, 0.0)
            in_a_row = _transport_ms(engine, setup.times(1000, 50), 0.0)
            paced = _transport_ms(engine, setup.times(300, 20), _FRAME_S)
        p5, middle, p95 = np.percentile(in_a_row, (5, 50, 95))
        detail = (
            f"{len(in_a_row):,} requests, p5 {p5:.3f}, p95 {p95:.3f} ms; "
            f"60 a second instead: median {np.median(paced):.3f} ms"
        )
        yield Figure(f"round trip minus compute, {backend.title}", float(middle), "ms", at_most(_MOST_MS), detail)


def _transport_ms(engine: InferenceEngine, requests: int, pause_s: float) -> list[float]:
    digit = sample_digit()
    times = []
    for _ in range(requests):
        if pause_s:
            time.sleep(pause_s)
        times.append(engine.classify(digit).timings[0].transport_ns / 1e6)
    return times
