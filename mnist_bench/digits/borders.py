"""What runs along a picture's border or bounds a region in it: lines, bars, frames, pages, but no digits."""

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Box = tuple[slice, slice]

_ALONG = 0.8  # of a side of the picture: more is covered by no stroke of a digit
_NEAR = 0.08  # of the picture's sides: no digit lies in this margin alone,
_LONG = 0.5  # with a length of half a side
_FINE, _UNEVEN = 0.025, 0.04  # of a line's length: how wide it is, and within what width it lies
_STRAIGHT = 0.85  # of a rectangle's side is covered
_TOLERANCE = 0.05  # of a rectangle's shorter side, by which its sides may be uneven
_LONGEST_PAGE = 2.5  # times as long as wide: a 1 is longer
_DEEP, _OUTLINE = 0.25, 0.9  # so much of a frame's pixels lie within a quarter of its shorter side
_FILLED = 0.75  # of a page is not written on
_HOLLOW = 0.5  # of a row of boxes is lines, at most
_LEAST_POINTS = 12
_ANGLES = 45


def bounds_a_region(piece: Mask, box: Box, shape: tuple[int, ...]) -> bool:
    """Whether a piece (its own box's mask) in a picture of `shape` is a bound rather than a digit."""
    return runs_along_the_border(piece, box, shape) or _crosses(piece, box, shape) or is_rectangle(piece)


def _crosses(piece: Mask, box: Box, shape: tuple[int, ...]) -> bool:
    """Whether it is a fine straight line of any tilt from one side of the picture to another, as on ruled paper."""
    long = extent(box)
    if sum(run > 0 for run, _ in _runs(piece, box, shape)) < 2 or piece.sum() > _FINE * long * long:
        return False
    y, x = np.nonzero(piece)
    off = np.stack((x - x.mean(), y - y.mean()))
    _, turned = np.linalg.eigh(off @ off.T)  # the axis across it comes first
    return bool(np.ptp(turned[:, 0] @ off) <= _UNEVEN * long)


def runs_along_the_border(piece: Mask, box: Box, shape: tuple[int, ...]) -> bool:
    """Whether it touches the border along most of a side, or is long and lies in the margin along the border alone."""
    height, width = shape
    rows, columns = box
    tall, wide = rows.stop - rows.start, columns.stop - columns.start
    if any(run >= _ALONG * side for run, side in _runs(piece, box, shape)):
        return True
    deep_y, deep_x = max(int(_NEAR * height), 2), max(int(_NEAR * width), 2)
    inside = piece[max(deep_y - rows.start, 0) : max(height - deep_y - rows.start, 0)]
    inside = inside[:, max(deep_x - columns.start, 0) : max(width - deep_x - columns.start, 0)]
    return not inside.any() and (wide >= _LONG * width or tall >= _LONG * height)


def on_border(piece: Mask, box: Box, shape: tuple[int, ...]) -> int:
    """How many pixels of the picture's four sides it covers."""
    runs: list[int] = [run for run, _ in _runs(piece, box, shape)]
    return sum(runs)


def _runs(piece: Mask, box: Box, shape: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """For each side of the picture how many of its pixels the piece covers, and how many there are."""
    (height, width), (rows, columns) = shape, box
    return (
        (int(piece[0].sum()) if rows.start == 0 else 0, width),
        (int(piece[-1].sum()) if rows.stop == height else 0, width),
        (int(piece[:, 0].sum()) if columns.start == 0 else 0, height),
        (int(piece[:, -1].sum()) if columns.stop == width else 0, height),
    )


def is_rectangle(piece: Mask) -> bool:
    """Whether it is a rectangle of any tilt, filled or not, that is not as slim as a 1; one side may be missing.

    A row of boxes is one, too, of any length.
    """
    from scipy import ndimage

    y, x = np.nonzero(piece ^ ndimage.binary_erosion(piece))
    if len(y) < _LEAST_POINTS:
        return False
    angles = np.arange(_ANGLES) * (np.pi / 2 / _ANGLES)
    along = np.outer(np.cos(angles), x) + np.outer(np.sin(angles), y)
    across = np.outer(np.cos(angles), y) - np.outer(np.sin(angles), x)
    long, short = np.ptp(along, axis=1) + 1, np.ptp(across, axis=1) + 1
    best = int((long * short).argmin())
    u, v = along[best] - along[best].min(), across[best] - across[best].min()
    sides = (
        (u, v, long[best]),
        (u, short[best] - 1 - v, long[best]),
        (v, u, short[best]),
        (v, long[best] - 1 - u, short[best]),
    )
    longest, shortest = max(long[best], short[best]), min(long[best], short[best])
    near = max(_TOLERANCE * shortest, 1.5)
    covered = [len(np.unique(place[off <= near].astype(np.intp))) / length for place, off, length in sides]
    if longest > _LONGEST_PAGE * shortest:
        # Longer ones are a row of boxes, as in a form, if they are hollow.
        return bool(min(covered) >= _STRAIGHT and piece.sum() <= _HOLLOW * longest * shortest)
    if sorted(covered)[1] < _STRAIGHT:
        return False
    deep = _DEEP * shortest
    outline = np.minimum(np.minimum(u, long[best] - 1 - u), np.minimum(v, short[best] - 1 - v)) <= deep
    return bool(outline.mean() >= _OUTLINE or piece.sum() >= _FILLED * longest * shortest)


def filled(piece: Mask) -> Mask:
    """The piece with its holes."""
    from scipy import ndimage

    return np.asarray(ndimage.binary_fill_holes(piece), np.bool_)


def extent(box: Box) -> int:
    """The longest side of a box in pixels."""
    rows, columns = box
    return max(int(rows.stop - rows.start), int(columns.stop - columns.start))
