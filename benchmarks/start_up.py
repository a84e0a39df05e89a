"""The window on the screen: how soon, without torch in its process, and with how much memory."""

import time
from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks.children import child, window_environment
from benchmarks.figures import Figure, Setup, at_most

_MOST_IMPORTS = 1.4
_MOST_MB = 160.0


def measure(setup: Setup) -> Iterator[Figure]:
    """First paint against the bare imports; then, after drawing and answering, memory and whether torch is loaded."""
    with window_environment() as environment:
        yield _first_paint(environment, setup.times(15, 1))
        with child("benchmarks.live_child", environment=environment) as window:
            after = window.ask(drawings=setup.times(5, 1))
    peak_mb = after["peak_memory_bytes"] / 1e6
    yield Figure("window: peak memory of its process", peak_mb, "MB", at_most(_MOST_MB), "after drawing and answering")
    loaded = [module for module in after["modules"] if module.partition(".")[0] == "torch"]
    yield Figure("window: modules of torch in its process", len(loaded), "modules", at_most(0), "at the same moment")


def _first_paint(environment: Mapping[str, str], pairs: int) -> Figure:
    for what in ("imports", "window"):
        _seconds_to(what, environment)  # the first of each reads files that nobody has read yet
    times: dict[str, list[float]] = {"imports": [], "window": []}
    for index in range(pairs):
        for what in ("imports", "window") if index % 2 else ("window", "imports"):
            times[what].append(_seconds_to(what, environment))
    window_s, imports_s = median(times["window"]), median(times["imports"])
    screen = "drawn in memory" if environment.get("QT_QPA_PLATFORM") == "offscreen" else "on a display"
    detail = (
        f"{window_s:.2f} s against {imports_s:.2f} s, medians of {pairs} each in turn, {screen}; "
        f"window {min(times['window']):.2f} to {max(times['window']):.2f} s"
    )
    return Figure("window: first paint against its imports", window_s / imports_s, "", at_most(_MOST_IMPORTS), detail)


def _seconds_to(what: str, environment: Mapping[str, str]) -> float:
    """From the start of a process to what it reports."""
    start = time.monotonic_ns()
    with child("benchmarks.first_paint", what, environment=environment) as process:
        at_ns: int = process.answer()["at_ns"]
    return (at_ns - start) / 1e9
