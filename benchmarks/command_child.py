"""A child that runs one command of mnist-bench and reports how long it took and its peak memory.

In a process of its own, because a peak of the process that starts a command is counted as the command's.
"""

import json
import resource
import subprocess
import sys
import time


def main() -> int:
    """Run the command that the arguments name."""
    start = time.monotonic()
    command = (sys.executable, "-P", "-m", "mnist_bench", *sys.argv[1:])
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "peak_memory_bytes": peak}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
