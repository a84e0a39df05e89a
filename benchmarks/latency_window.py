"""Benchmarking in the real window: its stalls, and whether it measures what the command line measures."""

from collections.abc import Iterator
from statistics import median

from benchmarks.children import child, told_by_command, window_environment
from benchmarks.figures import Figure, Setup, at_most
from benchmarks.stalls import stall_figure
from mnist_bench.bench.latency.settings import Settings

_MOST_OFF = 5.0
_BACKENDS = ("torch-fp32", "native-int8")


def measure(setup: Setup) -> Iterator[Figure]:
    """The window and the command in turn; for each backend the median of the ratios of each turn's two medians.

    The computer of one minute is not that of the next: short turns, of half as many processes as by default.
    """
    processes = setup.times(Settings().processes // 2, 1)
    shown, told = [], []
    with (
        window_environment(offscreen=True) as environment,
        child("benchmarks.latency_window_child", environment=environment) as window,
    ):
        for _ in range(setup.times(10, 1)):
            shown.append(window.ask(processes=processes))
            told.append(_command(processes))
        longest = max(one["longest_stall_ms"] for one in shown)
        detail = f"{len(shown)} benchmarks; p99 {median(one['p99_stall_ms'] for one in shown):.1f} ms"
        load = _words(processes)
        yield stall_figure("benchmarking in the window", longest, detail, load, environment, setup.times(3, 1))
    for backend in _BACKENDS:
        inside = [one["medians_ns"][backend] for one in shown]
        outside = [one[backend] for one in told]
        ratios = [one / other for one, other in zip(inside, outside, strict=True)]
        off = 100 * abs(median(ratios) - 1)
        detail = (
            f"{median(inside) / 1000:.1f} µs in the window, {median(outside) / 1000:.1f} µs by the command; "
            f"{len(ratios)} ratios, {min(ratios):.2f} to {max(ratios):.2f}"
        )
        yield Figure(f"benchmarking in the window: medians, {backend}", off, "% off", at_most(_MOST_OFF), detail)


def _words(processes: int) -> list[str]:
    backends = (word for backend in _BACKENDS for word in ("--backend", backend))
    return ["bench", "--json", "--processes", str(processes), *backends]


def _command(processes: int) -> dict[str, float]:
    """The median of each backend in ns, by `mnist-bench bench`."""
    results = told_by_command(*_words(processes))["results"]
    return {result["backend"]: result["compute_us"]["p50"] * 1000 for result in results}
