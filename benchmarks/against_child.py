"""A process of against.py: for each line on its standard input it measures once, with whatever checkout it finds."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mnist_bench.bench.accuracy.evaluate import evaluate
from mnist_bench.devices.this_computer import SubprocessTransport
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.digits.samples import sample_images
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.model_file import read_model_file

_BLOCK_NS = 20_000_000  # short, so that whatever else the machine does meets a pair or spares it
_WARM_UP = 20
_COLD_RUNS, _COLD_BYTES = 40, 16_000_000
_IMAGES = 10_000


def _time(engine: InferenceEngine) -> Callable[[], float]:
    """Median ns of one image's inferences in the runner's hot loop."""
    image = sample_images()[0]
    runs = max(10, int(_BLOCK_NS / np.median(engine.time(image, _WARM_UP, 100))))
    return lambda: float(np.median(engine.time(image, _WARM_UP, runs)))


def _cold(engine: InferenceEngine) -> Callable[[], float]:
    """Median ns of single inferences; between two, this process uses the caches of the core that both are bound to."""
    image, other = sample_images()[0], np.zeros(_COLD_BYTES, np.uint8)

    def block() -> float:
        times = []
        for _ in range(_COLD_RUNS):
            np.add(other, 1, out=other)
            times.append(engine.time(image, 0, 1)[0])
        return float(np.median(times))

    return block


def _evaluate(engine: InferenceEngine) -> Callable[[], float]:
    """Wall time in ns for each image of an evaluation."""
    images = np.resize(sample_images(), (_IMAGES, 28, 28))
    digits = LabelledDigits(images, np.zeros(len(images), np.uint8), "digits")
    evaluate(engine, digits)
    return lambda: 1e9 / evaluate(engine, digits).images_per_second


_MEASURES = {"hot": _time, "cold": _cold, "evaluating": _evaluate}


def main() -> None:
    """Measure for each line: a time in ns, the runner's peak memory in bytes, and the name of its kernels."""
    what, backend, model, *command = sys.argv[1:]
    if what == "cold":  # runners inherit it
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    connect = (lambda: SubprocessTransport(command)) if command else None
    with InferenceEngine(find_backend(backend), connect=connect) as engine:
        engine.load(read_model_file(Path(model)).network)
        measure = _MEASURES[what](engine)
        for _ in sys.stdin:
            answer = {"ns": measure(), "kernels": engine.info.facts.get("kernels", "")}
            answer["peak_bytes"] = engine.classify(sample_images()[:1]).peak_memory_bytes
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
