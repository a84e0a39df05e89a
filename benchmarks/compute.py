"""The compute time that a runner reports, against the same modules in a bare loop of a process of its own.

Blocks of both alternate, so that a change of the machine's speed meets both; the figure is the median of the ratios of
neighbouring blocks. Never do both run at once.
"""

from collections.abc import Iterator
from statistics import median

from benchmarks.children import Child, child
from benchmarks.figures import Figure, Setup, at_most
from benchmarks.interleaved import run_rounds
from benchmarks.pictures import sample_digit
from mnist_bench.engines.backend import Backend
from mnist_bench.engines.backends import all_choices
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.network.bundled import bundled_names, load_network
from mnist_bench.network.network import PRECISIONS

_MOST = 1.1
_BLOCK_NS = 30_000_000  # short, so that whatever else the machine does meets a pair or spares it


def measure(setup: Setup) -> Iterator[Figure]:
    """One ratio for each backend, mode and bundled network."""
    backends = [one for one in all_choices() if one.kind.needs_python and one.precision in PRECISIONS]
    for backend in backends[: setup.times(len(backends), 1)]:
        with (
            InferenceEngine(backend) as engine,
            child("benchmarks.bare_loop", backend.name, backend.mode.name) as bare,
        ):
            for model in bundled_names():
                engine.load(load_network(model))
                yield _compare(backend, model, engine, bare, setup.times(50, 4))


def _compare(backend: Backend, model: str, engine: InferenceEngine, bare: Child, pairs: int) -> Figure:
    digit = sample_digit()

    def in_runner(warm_up: int, runs: int) -> float:
        return float(median(engine.time(digit, warm_up, runs).tolist()))

    def in_bare_loop(warm_up: int, runs: int) -> float:
        return float(median(bare.ask(model=model, warm_up=warm_up, runs=runs)["compute_ns"]))

    in_bare_loop(50, 50)
    runs = max(10, int(_BLOCK_NS / in_runner(50, 50)))
    measured = run_rounds((lambda: in_runner(5, runs), lambda: in_bare_loop(5, runs)), pairs)
    ratios = measured.ratios(0, 1)
    detail = (
        f"{measured.median_us(0):.1f} µs in the runner, {measured.median_us(1):.1f} µs in the loop, medians; "
        f"{pairs} pairs of blocks of {runs} runs, ratios {ratios[0]:.3f} to {ratios[-1]:.3f}"
    )
    return Figure(f"{model}: compute against a bare loop, {backend.title}", median(ratios), "", at_most(_MOST), detail)
