"""The native runner's time against ExecuTorch's XNNPACK in C++: one image, one thread, the same networks.

Both are programs that time each inference of a hot loop by themselves, from pixel bytes to float logits: neither pipes
nor processes are in it. Blocks of both alternate; the figure is the median of the rounds' ratios.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.executorch.peer import Part, Peer, peer
from benchmarks.executorch.programs import build_runner, exported
from benchmarks.figures import Figure, NotMeasured, Setup, at_most
from benchmarks.interleaved import Block, run_rounds
from benchmarks.native_engine import native_engine
from benchmarks.peer_networks import PeerNetwork, peer_networks
from benchmarks.pictures import sample_digit
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.network import PRECISIONS, Precision

MOST = {
    ("MLP", Precision.FP32): 0.85,
    ("MLP", Precision.INT8): 0.7,
    ("CNN", Precision.FP32): 1.0,
    ("CNN", Precision.INT8): 0.9,
    ("digits-cnn", Precision.FP32): 1.0,
    ("digits-cnn", Precision.INT8): 1.0,
}
_BLOCK_NS = 20_000_000  # short, so that whatever else the machine does meets a round or spares it
_WARM_UP = 20
_SAME = 1e-3  # of the largest logit: both compute the same function


def measure(setup: Setup) -> Iterator[Figure]:
    """One ratio for each network and precision."""
    for precision in PRECISIONS:
        missing = find_backend(f"native-{precision}").missing()
        if missing is not None:
            raise NotMeasured(missing)
    with tempfile.TemporaryDirectory(prefix="mnist-bench-peer-") as folder:
        program = build_runner(Path(folder))
        for one in peer_networks()[: setup.times(3, 1)]:
            for precision in PRECISIONS:
                model = exported(one.network, precision)
                with (
                    native_engine(precision, setup.kernels) as engine,
                    peer(program, model, sample_digit()) as other,
                ):
                    engine.load(one.network)
                    if precision is Precision.FP32:
                        _check_same(one, engine, other)
                    yield _compare(one.title, precision, engine, other, setup.times(40, 4))


def _compare(title: str, precision: Precision, engine: InferenceEngine, other: Peer, rounds: int) -> Figure:
    digit = sample_digit()

    def ours(runs: int) -> float:
        return float(np.median(engine.time(digit, _WARM_UP, runs)))

    def theirs(part: Part, runs: int) -> float:
        return median(other.times_ns(part, _WARM_UP, runs))

    runs = max(10, int(_BLOCK_NS / theirs(Part.ALL, 100)))
    blocks: tuple[Block, ...] = (
        lambda: ours(runs),
        lambda: theirs(Part.ALL, runs),
        lambda: theirs(Part.EXECUTE, runs),
    )
    measured = run_rounds(blocks, rounds)
    ratios = measured.ratios(0, 1)
    own_us, all_us, execute_us = (measured.median_us(which) for which in range(3))
    detail = (
        f"{own_us:.3g} µs ({engine.info.facts['kernels']}) against {all_us:.3g} µs, medians; "
        f"{rounds} rounds of blocks of {runs} runs, ratios {ratios[0]:.3f} to {ratios[-1]:.3f}; "
        f"against its execute() alone, {execute_us:.3g} µs: {median(measured.ratios(0, 2)):.3f} x"
    )
    return Figure(
        f"{title} {precision}: native against ExecuTorch", median(ratios), "", at_most(MOST[title, precision]), detail
    )


def _check_same(one: PeerNetwork, engine: InferenceEngine, other: Peer) -> None:
    """A comparison of two programs that compute different things is none."""
    own, theirs = engine.classify(sample_digit()).logits[0], other.logits()
    if not np.abs(own - theirs).max() <= _SAME * np.abs(theirs).max():
        raise AssertionError(f"{one.title}: the native runner answers {own}, ExecuTorch {theirs}.")
