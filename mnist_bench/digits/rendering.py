"""From a drawing to the digit image that a network sees, fast enough for every movement of a pen.

The ink is a round pen moved along a smooth curve, which MNIST's rule scales to 20 px together with its pen. So that
neither a fine pen on a large pad fades nor a small digit clogs, the pen is held at 1.2 px at least, and at most at what
it would be in a digit half as high as the pad (the default pen: 2.5 px), or at 2.5 px if that is more; never above 5
px. The curve is not enlarged as if it were shorter than the pen is wide: a dot stays a dot of 5 px, and the slip of a
finger does not become a figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.centering import DIGIT_PX, INK_PX, MIN_PEN_PX, center_of_mass, placement, to_bytes
from mnist_bench.digits.coverage import thinned
from mnist_bench.digits.curves import MANY_POINTS, Joined, Points, along, smooth
from mnist_bench.digits.drawing import Drawing, Stroke

MAX_PEN_PX = 5.0

_CLEAR_PEN_PX = 2.5  # in wider lines the small holes of digits clog
_LARGE = 0.5  # of the pad's side: digits as long as this have the lines that were drawn

_SPACING_PX = 0.3  # of the discs that make the ink; the edge between two of the thinnest is 0.02 px too low
_MAX_DISCS = 3_000  # a line longer than their 900 px covers its box more than twice, and may do with a wider spacing


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What strokes leave on the paper but for the pen's width: `points` (N, 2) of polylines, and whether each is
    joined to the one before.
    """

    points: Points
    joined: Joined

    def with_more(self, other: "Curve") -> "Curve":
        """Both."""
        return Curve(np.concatenate((self.points, other.points)), np.concatenate((self.joined, other.joined)))


def curve_of(strokes: Sequence[Stroke]) -> Curve:
    """The curve of some strokes, which are not all empty. Of many points no more are left than the network can see."""
    points, joined = smooth(strokes)
    if len(points) > MANY_POINTS and sum(map(len, strokes)) > MANY_POINTS:
        points = thinned(points, joined, INK_PX)
        joined = np.zeros(len(points), np.bool_)
    return Curve(points, joined)


def render_drawing(drawing: Drawing) -> NDArray[np.uint8]:
    """The digit image (28, 28) of a drawing by MNIST's rule (see `center_digit`); all zero if it is empty."""
    if drawing.is_empty:
        return np.zeros((DIGIT_PX, DIGIT_PX), np.uint8)
    return render_curve(curve_of(drawing.strokes), drawing.pen_width, max(drawing.width, drawing.height))


def render_curve(curve: Curve, pen_width: float, pad_side: float) -> NDArray[np.uint8]:
    """The same of the curve of a drawing that is not empty; all in one unit."""
    points = curve.points
    low, high = points.min(axis=0), points.max(axis=0)
    longest = float((high - low).max())
    pen_px = _pen_px(pen_width, longest, pad_side)
    scale = (INK_PX - pen_px) / max(longest, pen_width)
    size_px = (high - low) * scale + pen_px
    # Once in the middle to find the centre of mass, and once in its place.
    middle = (DIGIT_PX - size_px) / 2
    discs = along((points - low) * scale + pen_px / 2 + middle, curve.joined, _SPACING_PX, _MAX_DISCS)
    discs = discs[np.argsort(discs[:, 1])]  # from the top down
    center_y, center_x = center_of_mass(_ink(discs, pen_px))
    start_x = placement(center_x - float(middle[0]), float(size_px[0]))
    start_y = placement(center_y - float(middle[1]), float(size_px[1]))
    return to_bytes(_ink(discs - middle + (start_x, start_y), pen_px))


def _pen_px(pen_width: float, longest: float, pad_side: float) -> float:
    """How wide the pen is in the digit image, for strokes whose box has this longest side."""

    def by_rule(side: float) -> float:
        return min(max(INK_PX * pen_width / (side + pen_width), MIN_PEN_PX), MAX_PEN_PX)

    drawn = by_rule(longest)
    clear = min(drawn, max(by_rule(_LARGE * pad_side), _CLEAR_PEN_PX))
    dot = max(1 - longest / pen_width, 0.0)  # from 1 for a dot to 0 for what is as long as the pen is wide
    return clear + dot * (drawn - clear)


def _ink(discs: Points, pen_px: float) -> NDArray[np.float32]:
    """Ink (28, 28), 0 to 1: how much of each pixel lies within half a pen's width of the nearest disc's centre.

    That share is taken as pen_px / 2 + 0.5 - distance, limited to 0 to 1, which is the area where the edge crosses
    the pixel straight. The discs go from the top down.
    """
    reach = pen_px / 2 + 0.5
    pixels = np.arange(DIGIT_PX, dtype=np.float32)[:, None] + np.float32(0.5)
    x, y = discs.astype(np.float32).T
    across = np.square(pixels - x)
    first = np.searchsorted(y, pixels[:, 0] - reach).tolist()
    last = np.searchsorted(y, pixels[:, 0] + reach).tolist()
    squares = np.full((DIGIT_PX, DIGIT_PX), reach * reach, np.float32)
    for row, (start, stop) in enumerate(zip(first, last, strict=True)):
        if start < stop:
            near = across[:, start:stop] + np.square(y[start:stop] - pixels[row])
            np.minimum.reduce(near, axis=1, out=squares[row])
    return np.clip(reach - np.sqrt(squares), 0, 1)
