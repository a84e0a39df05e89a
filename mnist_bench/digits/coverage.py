"""What drawings of very many points cover, in a time that hardly depends on their number: on a grid."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.curves import Joined, Points, along

_PER_PIXEL: Final = 10
"""Cells of the grid for each pixel of a digit image."""
_MOST_SAMPLES: Final = 100_000
"""Points along all lines together; a longer line crosses itself so often that wider gaps are filled."""
_FINEST: Final = 16
"""Cells in half a pen's width, or fewer: more would not be seen."""
_LEAST_CELLS, _MOST_REACH = 16, 64


def thinned(points: Points, joined: Joined, size_px: float) -> Points:
    """Points (M, 2), not joined, that lie where the polylines do, to 0.05 px where the longest side is `size_px`."""
    low = points.min(axis=0)
    cell = float((points.max(axis=0) - low).max()) / (size_px * _PER_PIXEL)
    if cell == 0:
        return points[:1]
    places = np.rint((along(points, joined, 3 * cell, _MOST_SAMPLES) - low) / cell).astype(np.intp)
    marked = _marked(places, int(places.max()) + 1)
    return np.asarray(low + np.argwhere(marked)[:, ::-1] * cell)


def coverage(points: Points, joined: Joined, pen_width: float, side: float, most_cells: int) -> NDArray[np.uint8]:
    """How far each cell of a square pad lies under a pen that follows polylines, 0 to 255: (N, N).

    `side` is the pad's, in the points' unit. N is at most `most_cells`, and less for a wide pen, half of whose width is
    16 cells then.
    """
    cells = min(max(math.ceil(_FINEST * side / (pen_width / 2)), _LEAST_CELLS), most_cells)
    reach = min(pen_width / 2 * cells / side, _MOST_REACH)
    margin = math.ceil(reach) + 1  # ink reaches the pad from outside of it, too
    width = cells + 2 * margin
    lines = points * (cells / side) + margin
    if lines.min() < 0 or lines.max() > width:
        lines, joined = _inside(lines, joined, width)
    places = np.minimum(along(lines, joined, 1.0, _MOST_SAMPLES).astype(np.intp), width - 1)
    squares = _squared_distances(_marked(places, width), margin)
    inner = slice(margin, margin + cells)
    ink = np.clip(reach + 0.5 - np.sqrt(squares[inner, inner]), 0, 1)
    return np.asarray(np.rint(ink * 255), np.uint8)


def _marked(places: NDArray[np.intp], width: int) -> NDArray[np.bool_]:
    """A grid (width, width), true at these places (N, 2), which are x and y."""
    marked = np.zeros(width * width, np.bool_)
    marked[places[:, 1] * width + places[:, 0]] = True
    return marked.reshape(width, width)


def _inside(points: Points, joined: Joined, width: float) -> tuple[Points, Joined]:
    """The parts of polylines inside a square from 0 to `width` (Liang and Barsky 1984): each a point and its end."""
    starts = np.where(joined[:, None], np.roll(points, 1, axis=0), points)
    steps = points - starts
    divisors = np.where(steps == 0, 1e-12, steps)
    to_low, to_high = -starts / divisors, (width - starts) / divisors
    enter = np.maximum(np.minimum(to_low, to_high).max(axis=1), 0)[:, None]
    leave = np.minimum(np.maximum(to_low, to_high).min(axis=1), 1)[:, None]
    keep = (enter <= leave)[:, 0]
    starts, steps, enter, leave = starts[keep], steps[keep], enter[keep], leave[keep]
    ends = np.stack((starts + steps * enter, starts + steps * leave), axis=1).reshape(-1, 2)
    return np.clip(ends, 0, width), np.tile([False, True], len(starts))


def _squared_distances(marked: NDArray[np.bool_], reach: int) -> NDArray[np.float32]:
    """From each cell to the nearest marked one, squared, where that is at most `reach` away in x; else far.

    First along the columns, then over the columns within reach.
    """
    rows = np.arange(len(marked), dtype=np.float32)[:, None]
    far = np.float32(4 * len(marked))
    above = np.maximum.accumulate(np.where(marked, rows, -far), axis=0)
    below = np.minimum.accumulate(np.where(marked, rows, far + len(marked))[::-1], axis=0)[::-1]
    down = np.square(np.minimum(rows - above, below - rows))
    nearest = down.copy()
    for aside in range(1, reach + 1):
        beside = down + np.float32(aside * aside)
        np.minimum(nearest[:, aside:], beside[:, :-aside], out=nearest[:, aside:])
        np.minimum(nearest[:, :-aside], beside[:, aside:], out=nearest[:, :-aside])
    return nearest
