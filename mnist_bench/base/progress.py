"""How far long work is, and how long it will still take."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

_LEAST_STEPS = 5
_LEAST_S = 2.0
_LEAST_SHARE = 0.02
_LONG_ENOUGH_S = 10.0
_SMOOTHING_S = 5.0

OnProgress = Callable[[int, int, str], None]
"""Called with steps done, total steps, and a description of the current step; on any thread, one call at a time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` steps of what `title` names; `total` 0: not known yet, as is `seconds_left` None."""

    title: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None


class Pace:
    """Judges from the pace so far how long work will still take.

    The clock starts at the first step that is done: getting ready for it says nothing of those that follow. An estimate
    needs five more steps and two seconds, and either 2 % of the work or ten seconds. Then it counts down with the
    clock, and moves towards what the average pace since the first step says within some five seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._total = 0
        self._first = self._done = 0
        self._first_s = self._told_s = 0.0
        self._left_s: float | None = None

    def seconds_left(self, done: int, total: int) -> float | None:
        """Seconds until `total`; None before that can be judged. Another total, or less done, is other work."""
        if done <= 0 or total != self._total or done < self._done:
            self._left_s, self._total, self._first = None, total, 0
        self._done = done
        if done <= 0 or done >= total:
            return None
        now = self._clock()
        if not self._first:
            self._first, self._first_s = done, now
        steps, passed_s = done - self._first, now - self._first_s
        is_early = passed_s < _LONG_ENOUGH_S and steps < _LEAST_SHARE * total
        if steps < _LEAST_STEPS or passed_s < _LEAST_S or is_early:
            return None
        by_pace_s = passed_s / steps * (total - done)
        if self._left_s is None:
            self._left_s = by_pace_s
        else:
            since_s = now - self._told_s
            counted_down_s = max(self._left_s - since_s, 0.0)
            self._left_s = by_pace_s + (counted_down_s - by_pace_s) * math.exp(-since_s / _SMOOTHING_S)
        self._told_s = now
        return self._left_s
