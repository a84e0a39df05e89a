"""From a movement of the pen to the cards: the real window, both real engines, a pen that moves 60 times a second."""

from collections.abc import Iterator

import numpy as np

from benchmarks.children import child, window_environment
from benchmarks.figures import Figure, Setup, at_most

_MOST_MS = 12.0


def measure(setup: Setup) -> Iterator[Figure]:
    """The 95th percentile, from when a movement was sent until both cards with an answer to it are painted."""
    with (
        window_environment(offscreen=True) as environment,
        child("benchmarks.live_child", environment=environment) as window,
    ):
        answer = window.ask(drawings=setup.times(10, 1))
    painted, shown = answer["painted_ms"], answer["shown_ms"]
    p50, p95 = np.percentile(painted, (50, 95))
    detail = (
        f"{len(painted)} movements: p50 {p50:.1f}, max {max(painted):.1f} ms; before the painting: "
        f"p50 {np.median(shown):.1f}, p95 {np.percentile(shown, 95):.1f}, max {max(shown):.1f} ms"
    )
    yield Figure("pen movement to both cards, p95", float(p95), "ms", at_most(_MOST_MS), detail)
