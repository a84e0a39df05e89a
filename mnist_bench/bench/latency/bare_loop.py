"""A bare loop of arithmetic, without any backend: how even this computer's own timing is."""

import time

import numpy as np

from mnist_bench.bench.latency.comparison import Nanoseconds

SAMPLES = 200
_UNCOUNTED = 20
_PRODUCTS = 64  # some 0.3 ms for all of them, in the order of an inference
_SIZE = 64  # OpenBLAS keeps products up to this size in one thread


def run_bare_loop() -> Nanoseconds:
    """How long each of SAMPLES equal pieces of float32 arithmetic took, int64 (SAMPLES,) in ns; some 60 ms in all."""
    factor = np.full((_SIZE, _SIZE), 1 / _SIZE, np.float32)
    factors = np.repeat(factor[np.newaxis], _PRODUCTS, axis=0)
    product = np.empty_like(factors)
    times = []
    for _ in range(_UNCOUNTED + SAMPLES):
        begin = time.perf_counter_ns()
        np.matmul(factors, factor, out=product)
        times.append(time.perf_counter_ns() - begin)
    return np.array(times[_UNCOUNTED:], np.int64)
