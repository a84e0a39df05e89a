"""The status bar's sentence on how things are: "ready · 3 backends · all agree on 7"."""

from collections.abc import Sequence

from mnist_bench.base import words
from mnist_bench.gui.cards.answers import CardState


def overview(states: Sequence[CardState], summary: str) -> str:
    """How the backends are, and what they said last (`summary`, may be empty)."""
    starting = sum(state in (CardState.OFF, CardState.STARTING) for state in states)
    failed = states.count(CardState.FAILED)
    parts = ["starting" if starting else "ready"]
    parts.append(words.plural(len(states), "backend"))
    if failed:
        parts.append(f"{failed} cannot run")
    if waiting := states.count(CardState.PHONE_GONE):
        parts.append(f"{waiting} waiting for a phone")
    if summary:
        parts.append(summary)
    return " · ".join(parts)
