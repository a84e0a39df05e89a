"""Two ways to the same result, timed in turn, so that a change of the machine's speed meets both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

Block = Callable[[], float]
"""Runs a block of inferences; the median of their times in ns."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """What each round of blocks measured: one ns for each contestant, the first one's first."""

    times_ns: tuple[tuple[float, ...], ...]

    def median_us(self, contestant: int) -> float:
        """The median of a contestant's blocks."""
        return median(times[contestant] for times in self.times_ns) / 1000

    def ratios(self, above: int, below: int) -> list[float]:
        """One contestant's time over another's, in each round, from the lowest to the highest."""
        return sorted(times[above] / times[below] for times in self.times_ns)


def run_rounds(contestants: Sequence[Block], rounds: int) -> Rounds:
    """Every contestant once in each round; each is the first in its turn: being first costs or gains something."""
    every = []
    for index in range(rounds):
        times = [0.0] * len(contestants)
        for step in range(len(contestants)):
            who = (index + step) % len(contestants)
            times[who] = contestants[who]()
        every.append(tuple(times))
    return Rounds(tuple(every))
