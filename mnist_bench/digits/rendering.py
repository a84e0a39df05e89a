"""From a drawing to the digit image that a network sees, fast enough for every movement of a pen.

The ink is a round pen moved along a smooth curve. Where MNIST's rule would make the pen thinner than 1.2 px or thicker
than 5 px, the curve is scaled to 20 px all the same and the pen is held at that limit, so that neither a fine pen on a
large pad fades nor a small digit clogs. The curve is never enlarged as if it were shorter than the pen is wide: a dot
stays a dot of 5 px, and the slip of a finger does not become a figure.
"""

from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.centering import DIGIT_PX, INK_PX, MIN_PEN_PX, center_of_mass, placement, to_bytes
from mnist_bench.digits.drawing import Drawing, Point, Stroke

MAX_PEN_PX = 5.0

_SPACING_PX = 0.3  # of the discs that make the ink; the edge between two of the thinnest is 0.02 px too low
_MAX_DISCS = 3_000  # a line longer than their 900 px covers its box more than twice, and may do with a wider spacing
_CORNER_COS = 0.25  # turns sharper than about 75 degrees are corners, not curves
_TURN_PER_PIECE = np.pi / 16
_MAX_PIECES = 10

Points: TypeAlias = NDArray[np.float64]


def render_drawing(drawing: Drawing) -> NDArray[np.uint8]:
    """The digit image (28, 28) of a drawing by MNIST's rule (see `center_digit`); all zero if it is empty."""
    if drawing.is_empty:
        return np.zeros((DIGIT_PX, DIGIT_PX), np.uint8)
    curve, joined = _smooth(drawing.strokes)
    low, high = curve.min(axis=0), curve.max(axis=0)
    longest = float((high - low).max())
    pen_px = min(max(INK_PX * drawing.pen_width / (longest + drawing.pen_width), MIN_PEN_PX), MAX_PEN_PX)
    scale = (INK_PX - pen_px) / max(longest, drawing.pen_width)
    size_px = (high - low) * scale + pen_px
    # Once in the middle to find the centre of mass, and once in its place.
    middle = (DIGIT_PX - size_px) / 2
    discs = _along((curve - low) * scale + pen_px / 2 + middle, joined)
    center_y, center_x = center_of_mass(_ink(discs, pen_px))
    start_x = placement(center_x - float(middle[0]), float(size_px[0]))
    start_y = placement(center_y - float(middle[1]), float(size_px[1]))
    return to_bytes(_ink(discs - middle + (start_x, start_y), pen_px))


def smooth_stroke(points: Sequence[Point]) -> list[Point]:
    """The smooth line through a stroke's points, as the points of a polyline; what the pad draws and the network sees.

    A centripetal Catmull-Rom spline (Barry and Goldman 1988; Yuksel and others 2011), which neither overshoots nor
    loops, cut into pieces of at most 11 degrees; sharp corners stay sharp.
    """
    if not points:
        return []
    curve, _ = _smooth((tuple(points),))
    return [(x, y) for x, y in curve.tolist()]


def _smooth(strokes: tuple[Stroke, ...]) -> tuple[Points, NDArray[np.bool_]]:
    """Smooth polylines through all strokes at once: points (N, 2), and whether each is joined to the one before."""
    counts = [len(stroke) for stroke in strokes if stroke]
    flat = chain.from_iterable(chain.from_iterable(strokes))
    points = np.fromiter(flat, np.float64, 2 * sum(counts)).reshape(-1, 2)
    joined = np.ones(len(points), np.bool_)
    joined[np.cumsum([0, *counts[:-1]])] = False
    # A point where the pen stood still has no direction; the first of each stroke always stays.
    moved = ~joined
    moved[1:] |= (points[1:] != points[:-1]).any(axis=1)
    points, joined = points[moved], joined[moved]
    if len(points) < 3:
        return points, joined

    spans = np.flatnonzero(joined[1:])  # span k runs from point k to point k + 1
    leave, arrive, turn = _tangents(points, joined)
    leave, arrive = leave[spans], arrive[spans + 1]
    pieces = np.clip(np.ceil((turn[spans] + turn[spans + 1]) / 2 / _TURN_PER_PIECE), 1, _MAX_PIECES).astype(np.intp)
    # Every piece's end in one array: the span it belongs to, and how far along it lies (Hermite's basis).
    of = np.repeat(np.arange(len(spans)), pieces)
    t = ((np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 1) / pieces[of])[:, None]
    chord = points[spans + 1] - points[spans]
    ends = points[spans][of] + t * (
        (t * (3 - 2 * t)) * chord[of] + ((1 - t) ** 2) * leave[of] - (t * (1 - t)) * arrive[of]
    )
    # Between them go the first points of the strokes.
    firsts = np.flatnonzero(~joined)
    before = np.searchsorted(spans[of], firsts)
    return np.insert(ends, before, points[firsts], axis=0), np.insert(np.ones(len(ends), np.bool_), before, False)


def _tangents(points: Points, joined: NDArray[np.bool_]) -> tuple[Points, Points, NDArray[np.float64]]:
    """For each point the curve's tangent for the span that leaves it and the one that arrives, and the turn there.

    The tangents are scaled to the span's own parameter 0 to 1; the turn is in radians, 0 at a stroke's ends and at
    corners.
    """
    chord = np.diff(points, axis=0)
    knot = np.sqrt(np.hypot(chord[:, 0], chord[:, 1]))  # centripetal: the root of the length
    knot[~joined[1:]] = 1  # from one stroke to the next, and not used
    slope = chord / knot[:, None]
    inner = np.flatnonzero(joined[1:-1] & joined[2:]) + 1
    before, after = knot[inner - 1, None], knot[inner, None]
    tangent = np.concatenate((slope, slope[-1:]))
    tangent[inner] = (slope[inner - 1] * after + slope[inner] * before) / (before + after)
    last = ~np.append(joined[1:], False)
    last[0] = False
    tangent[last] = slope[np.flatnonzero(last) - 1]

    lengths = np.hypot(slope[:, 0], slope[:, 1])
    cosine = (slope[inner - 1] * slope[inner]).sum(axis=1) / (lengths[inner - 1] * lengths[inner])
    turn = np.zeros(len(points))
    turn[inner] = np.arccos(np.clip(cosine, -1, 1))
    corner = inner[cosine < _CORNER_COS]
    turn[corner] = 0  # the pieces on either side of it are nearly straight
    leave, arrive = tangent[:-1] * knot[:, None], tangent[1:] * knot[:, None]
    leave = np.concatenate((leave, leave[-1:]))
    arrive = np.concatenate((arrive[:1], arrive))
    leave[corner], arrive[corner] = chord[corner], chord[corner - 1]
    return leave, arrive, turn


def _along(curve: Points, joined: NDArray[np.bool_]) -> Points:
    """The centres of discs along a polyline in pixels, its own points among them, from the top down."""
    steps = np.zeros_like(curve)
    steps[1:] = np.diff(curve, axis=0)
    steps[~joined] = 0
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    spacing = max(_SPACING_PX, float(lengths.sum()) / _MAX_DISCS)
    counts = np.maximum(np.ceil(lengths / spacing), 1).astype(np.intp)
    of = np.repeat(np.arange(len(curve)), counts)
    back = (np.repeat(np.cumsum(counts), counts) - 1 - np.arange(len(of))) / counts[of]
    discs = curve[of] - steps[of] * back[:, None]
    return discs[np.argsort(discs[:, 1])]


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
