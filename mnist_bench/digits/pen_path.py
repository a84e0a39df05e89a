"""From a pen's positions to a stroke's points, without Qt.

A mouse counts whole pixels: a line through all its positions would tremble. So points keep a distance, and each is
drawn a little towards its neighbours once it has both. Corners stay where they are, and the last point is always where
the pen is.
"""

import math
from typing import Final

from mnist_bench.digits.drawing import Point, Stroke

_STEP: Final = 4.0
"""Pad units between points; a pixel of the digit image is about 10."""
_TREMOR: Final = 1.5
"""Pad units within which a turn is not meant."""


class PenPath:
    """The stroke under the pen.

    Attributes:
        points: the points so far, in pad units; only the last three may still change.
    """

    def __init__(self) -> None:
        self.points: list[Point] = []

    @property
    def stroke(self) -> Stroke:
        """The points so far."""
        return tuple(self.points)

    def clear(self) -> None:
        """There is no stroke any more."""
        self.points.clear()

    def add(self, point: Point) -> bool:
        """The pen is here now; returns whether that is elsewhere than before."""
        if self.points and point == self.points[-1]:
            return False
        if self._is_passing_by(point):
            self.points[-1] = point
        else:
            self.points.append(point)
            self._soften(len(self.points) - 3)
        return True

    def _is_passing_by(self, point: Point) -> bool:
        """Whether the last point was only on the way to this one."""
        if len(self.points) < 2:
            return False
        before, here = self.points[-2:]
        distance = math.dist(before, here)
        return distance < _TREMOR or (distance < _STEP and _goes_on(before, here, point))

    def _soften(self, at: int) -> None:
        if at < 1:
            return
        before, here, after = self.points[at - 1 : at + 2]
        if _goes_on(before, here, after):
            x, y = ((a + 2 * b + c) / 4 for a, b, c in zip(before, here, after, strict=True))
            self.points[at] = (round(x, 2), round(y, 2))


def _goes_on(before: Point, here: Point, after: Point) -> bool:
    """Whether the way turns by less than 90 degrees here."""
    return (here[0] - before[0]) * (after[0] - here[0]) + (here[1] - before[1]) * (after[1] - here[1]) > 0
