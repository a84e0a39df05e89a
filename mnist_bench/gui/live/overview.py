"""The status bar's sentence on how things are: "ready · 3 backends · last: all agree on 7"."""

from collections.abc import Sequence

from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.kit import formatting


def overview(states: Sequence[CardState], summary: str) -> str:
    """How the backends are, and what they said last (`summary`, may be empty)."""
    starting = sum(state in (CardState.OFF, CardState.STARTING) for state in states)
    failed = states.count(CardState.FAILED)
    words = ["starting" if starting else "ready"]
    words.append(formatting.plural(len(states), "backend"))
    if failed:
        words.append(f"{failed} cannot run")
    if waiting := states.count(CardState.PHONE_GONE):
        words.append(f"{waiting} waiting for a phone")
    if summary:
        words.append(f"last: {summary}")
    return " · ".join(words)
