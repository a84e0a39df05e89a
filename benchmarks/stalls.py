"""How long a window's thread may be held up: what a bare window suffers under the same load is the measure."""

from collections.abc import Mapping, Sequence

from benchmarks.children import child
from benchmarks.figures import Figure, at_most

_MOST_MS = 30.0
_OF_BARE = 1.2


def stall_figure(
    what: str, longest_ms: float, detail: str, load: Sequence[str], environment: Mapping[str, str], times: int
) -> Figure:
    """The longest stall, against 30 ms or 1.2 x that of a bare window while the command `load` runs."""
    with child("benchmarks.bare_window_child", environment=environment) as window:
        bare_ms = max(window.ask(load=list(load))["longest_stall_ms"] for _ in range(times))
    limit = at_most(max(_MOST_MS, _OF_BARE * bare_ms))
    return Figure(f"{what}: longest stall", longest_ms, "ms", limit, f"{detail}; a bare window: {bare_ms:.1f} ms")
