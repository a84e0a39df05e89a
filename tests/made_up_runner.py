"""The runner of the made-up engine kind: the plain NumPy of tests/runners/reference.py, whatever the precision."""

import argparse
import sys

import numpy as np
from numpy.typing import NDArray

from mnist_bench.network.network import Network, Precision
from mnist_bench.protocol.messages import RunnerInfo
from mnist_bench.protocol.serve import serve
from mnist_bench.protocol.tracing import LayerTrace
from tests.runners.reference import float_logits, float_outputs


class AbacusExecutor:
    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._network: Network | None = None

    @property
    def is_loaded(self) -> bool:
        return self._network is not None

    def info(self) -> RunnerInfo:
        facts = {"mode": self._options.mode, "core": str(self._options.core)}
        return RunnerInfo("made-up abacus", "1.0", self._options.threads, ("trace",), facts)

    def load(self, network: Network, _precision: Precision) -> int:
        self._network = network
        return network.parameter_count

    def unload(self) -> None:
        self._network = None

    def run(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert self._network is not None
        return float_logits(self._network, images).astype(np.float32)

    def trace(self, pixels: NDArray[np.uint8]) -> tuple[LayerTrace, ...]:
        assert self._network is not None
        outputs = float_outputs(self._network, pixels[np.newaxis])
        return tuple(
            LayerTrace(layer.kind, place, place, 1000, output[0].astype(np.float32))
            for place, (layer, output) in enumerate(zip(self._network.logit_operators, outputs, strict=True))
        )

    def peak_memory_bytes(self) -> int:
        return 12_000_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--core", type=int)
    parser.add_argument("--awake", action="store_true")
    sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer, AbacusExecutor(parser.parse_args())))


if __name__ == "__main__":
    main()
