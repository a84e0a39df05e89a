"""A process of against.py: for each line on its standard input it times a block, with whatever checkout it finds."""

import json
import sys

import numpy as np

from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import model_path
from mnist_bench.network.model_file import read_model_file

_BLOCK, _WARM_UP = 200, 20


def main() -> None:
    """Time a block for each line: the median in ns, and the peak memory of the runner in bytes."""
    backend, model = sys.argv[1:]
    image = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    with InferenceEngine(find_backend(backend)) as engine:
        engine.load(read_model_file(model_path(model)).network)
        for _ in sys.stdin:
            times = engine.time(image, _WARM_UP, _BLOCK)
            peak = engine.classify(image[np.newaxis]).peak_memory_bytes
            print(json.dumps({"median_ns": float(np.median(times)), "peak_bytes": peak}), flush=True)


if __name__ == "__main__":
    main()
