"""How far long work is, and how long it will still take."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` steps of what `title` names; `total` 0: not known yet, as is `seconds_left` None."""

    title: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None


class Pace:
    """Judges the time that is left by how it went so far; says nothing in the first half second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()

    def seconds_left(self, done: int, total: int) -> float | None:
        """Seconds until `total`, if it goes on like this."""
        passed = self._clock() - self._start
        if done <= 0 or passed < 0.5:
            return None
        return passed / done * (total - done)
