"""Reads one picture as often as it is asked: each line of its output has the seconds and the process's peak memory."""

import json
import resource
import sys
import time
from pathlib import Path

from mnist_bench.digits.pictures import load_digit


def main() -> None:
    """The picture's path is the only argument."""
    path = Path(sys.argv[1])
    for _ in sys.stdin:
        begin = time.perf_counter()
        load_digit(path)
        seconds = time.perf_counter() - begin
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({"seconds": seconds, "peak_mb": peak_mb}), flush=True)


if __name__ == "__main__":
    main()
