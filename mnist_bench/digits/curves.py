"""From a pen's strokes to smooth lines, and to the points under a pen that moves along them."""

from collections.abc import Sequence
from itertools import chain
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Point, Stroke

MANY_POINTS: Final = 5_000
"""Strokes of more points together are not smoothed: a pen draws some hundred, which lie far enough apart to show."""

_CORNER_COS = 0.25  # turns sharper than about 75 degrees are corners, not curves
_TURN_PER_PIECE = np.pi / 16
_MAX_PIECES = 10

Points: TypeAlias = NDArray[np.float64]
Joined: TypeAlias = NDArray[np.bool_]


def smooth_stroke(points: Sequence[Point]) -> list[Point]:
    """The smooth line through a stroke's points, as the points of a polyline; what the pad draws and the network sees.

    A centripetal Catmull-Rom spline (Barry and Goldman 1988; Yuksel and others 2011), which neither overshoots nor
    loops, cut into pieces of at most 11 degrees; sharp corners stay sharp.
    """
    if not points:
        return []
    curve, _ = smooth((tuple(points),))
    return [(x, y) for x, y in curve.tolist()]


def smooth(strokes: Sequence[Stroke]) -> tuple[Points, Joined]:
    """Smooth polylines through all strokes at once: points (N, 2), and whether each is joined to the one before.

    Strokes of more than MANY_POINTS stay as they are.
    """
    counts = [len(stroke) for stroke in strokes if stroke]
    flat = chain.from_iterable(chain.from_iterable(strokes))
    points = np.fromiter(flat, np.float64, 2 * sum(counts)).reshape(-1, 2)
    joined = np.ones(len(points), np.bool_)
    joined[np.cumsum([0, *counts[:-1]])] = False
    # A point where the pen stood still has no direction; the first of each stroke always stays.
    moved = ~joined
    moved[1:] |= (points[1:] != points[:-1]).any(axis=1)
    points, joined = points[moved], joined[moved]
    if len(points) < 3 or sum(counts) > MANY_POINTS:
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


def _tangents(points: Points, joined: Joined) -> tuple[Points, Points, NDArray[np.float64]]:
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


def length(points: Points, joined: Joined) -> float:
    """How long polylines are together."""
    steps = np.diff(points, axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1])[joined[1:]].sum())


def along(curve: Points, joined: Joined, spacing: float, most: int) -> Points:
    """Points along polylines, their own among them, `spacing` apart; more where `most` would not do for all the way."""
    steps = np.zeros_like(curve)
    steps[1:] = np.diff(curve, axis=0)
    steps[~joined] = 0
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    spacing = max(spacing, float(lengths.sum()) / most)
    counts = np.maximum(np.ceil(lengths / spacing), 1).astype(np.intp)
    of = np.repeat(np.arange(len(curve)), counts)
    back = (np.repeat(np.cumsum(counts), counts) - 1 - np.arange(len(of))) / counts[of]
    return curve[of] - steps[of] * back[:, None]
