"""A real runner process for tests: no torch, quick to start, and as odd as a test wants it.

It says the digit in an image's top left pixel (plus `--off-by`), so that data sets with known answers can be made.
"""

import argparse
import os
import sys
import time

import numpy as np
from numpy.typing import NDArray

from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.protocol.serve import Refused, serve
from mnist_bench.protocol.tables import ErrorCode
from mnist_bench.protocol.tracing import LayerTrace


class OddExecutor:
    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._network: Network | None = None

    @property
    def is_loaded(self) -> bool:
        return self._network is not None

    def info(self) -> RunnerInfo:
        if self._options.unavailable:
            raise Refused(ErrorCode.UNAVAILABLE, "this computer is too odd.")
        if self._options.hang_at_start:
            time.sleep(3600)
        says = self._options.says
        return RunnerInfo(f"odd{says}", f"1.0{says}", 1, tuple(self._options.can), {f"oddity{says}": f"much{says}"})

    def load(self, network: Network, _precision: Precision) -> int:
        self._network = network
        return network.parameter_count

    def unload(self) -> None:
        self._network = None

    def run(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self._options.refuses:
            raise Refused(ErrorCode.FAILED, self._options.refuses)
        if self._options.die_at_once:
            print("out of odd luck", file=sys.stderr, flush=True)
            os._exit(3)
        if self._options.hang:
            time.sleep(3600)
        time.sleep(self._options.slow_ms / 1000)
        digits = (images[:, 0, 0].astype(int) + self._options.off_by) % 10
        logits = np.zeros((len(images), 10), np.float32)
        logits[np.arange(len(images)), digits] = 8 + self._options.off_by / 8
        return logits

    def trace(self, _pixels: NDArray[np.uint8]) -> tuple[LayerTrace, ...]:
        return ()

    def peak_memory_bytes(self) -> int:
        return 12_000_000


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ("unavailable", "hang-at-start", "hang", "die-at-once"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("--says", default="", help="stands behind all that it says of itself")
    parser.add_argument("--can", action="append", default=[], help="a capability")
    parser.add_argument("--refuses", default="", help="to run anything, with these words")
    parser.add_argument("--off-by", type=int, default=0)
    parser.add_argument("--slow-ms", type=float, default=0)
    options = parser.parse_args()
    sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer, OddExecutor(options)))


if __name__ == "__main__":
    main()
