"""The same backend benchmarked by ten separate commands: how far their medians differ, and how many warn."""

from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.children import told_by_command
from benchmarks.figures import Figure, Setup, at_least, at_most
from mnist_bench.bench.latency.cautions import Evenness

_SPREAD = 1.1
_QUIET = 8


def measure(setup: Setup) -> Iterator[Figure]:
    """For the native runner and for PyTorch; nothing else should run meanwhile."""
    times = setup.times(10, 2)
    for backend in ("native-int8", "torch-fp32")[: setup.times(2, 1)]:
        answers = [_bench(backend, quick=setup.quick) for _ in range(times)]
        medians = [answer["results"][0]["compute_us"]["p50"] for answer in answers]
        warnings = [[one["kind"] for one in answer["results"][0]["warnings"]] for answer in answers]
        spread = max(medians) / min(medians)
        bare = [answer["conditions"]["bare_loop_ns"] for answer in answers]
        levels = [median(times) for times in bare]
        words = (
            f"{min(medians):.1f} to {max(medians):.1f} µs; of a bare loop beside them {max(levels) / min(levels):.2f} x"
        )
        yield Figure(f"{backend}: medians of ten commands, max/min", spread, "", at_most(_SPREAD), words)
        told = ", ".join(sorted({kind for kinds in warnings for kind in kinds})) or "none"
        quiet = sum(not kinds for kinds in warnings)
        uneven = sum(Evenness.of(times).is_uneven for times in bare)
        words = f"warnings: {told}; a bare loop without any backend was uneven by the same rules in {uneven}"
        yield Figure(f"{backend}: commands without a warning", quiet, "of 10", at_least(_QUIET), words)


def _bench(backend: str, *, quick: bool) -> dict[str, Any]:
    short = ("--processes", "2", "--blocks", "2") if quick else ()
    return told_by_command("bench", "--json", "--backend", backend, *short)
