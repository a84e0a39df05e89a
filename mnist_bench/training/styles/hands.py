"""Deforms strokes as another hand would have drawn them: unsteady, slanted, rounded, cut short."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.curves import smooth_stroke
from mnist_bench.digits.drawing import Stroke

_POINTS = 64  # of each stroke
_WAVES = 3

# At strength 1; lengths are in heights of the digit.
_MOST_TREMBLE, _MOST_WAVE, _STROKE_SHIFT = 0.03, 0.05, 0.03
_TURN_RADIANS, _SHEAR, _LOG_ASPECT = 0.14, 0.18, 0.20  # standard deviations
_ROUNDED, _CUT = 0.30, 0.35  # shares of the strokes
_MOST_CUT = 5  # points at either end

Points = NDArray[np.float64]


def resampled(stroke: Stroke) -> Points:
    """Points (64, 2) at equal distances along the smooth curve through a stroke."""
    curve = np.array(smooth_stroke(stroke), np.float64)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))))
    at = np.linspace(0, along[-1], _POINTS)
    return np.stack([np.interp(at, along, axis) for axis in curve.T], axis=1)


def deformed(strokes: Sequence[Stroke], chance: np.random.Generator, strength: float = 1.0) -> tuple[Stroke, ...]:
    """The strokes as another hand would have drawn them, y down, in the unit that they have.

    `strength` scales how far everything goes, but for the shares of strokes that are rounded or cut.
    """
    lines = [resampled(stroke) for stroke in strokes]
    everything = np.concatenate(lines)
    low, high = everything.min(axis=0), everything.max(axis=0)
    height, middle = max(float((high - low).max()), 1e-9), (low + high) / 2
    drawn = [_drawn((line - middle) / height, chance, strength) for line in lines]
    lengths = np.cumsum([len(line) for line in drawn])[:-1]
    waves = chance.uniform(0, _MOST_WAVE * strength / _WAVES, _WAVES)
    moved = _waved(np.concatenate(drawn), waves, chance) @ _plane(chance, strength).T * height + middle
    return tuple(tuple((x, y) for x, y in line.tolist()) for line in np.split(moved, lengths))


def _drawn(line: Points, chance: np.random.Generator, strength: float) -> Points:
    """One stroke by an unsteady hand, which begins late, ends early and rounds corners now and then."""
    from scipy import ndimage

    if chance.random() < _ROUNDED:
        line = ndimage.gaussian_filter1d(line, 2.0 * strength + 1e-9, axis=0, mode="nearest")
    tremble = ndimage.gaussian_filter1d(chance.normal(size=line.shape), 6.0, axis=0, mode="nearest")
    tremble /= max(float(tremble.std()), 1e-9)
    shift = chance.normal(0, _STROKE_SHIFT * strength, 2)
    line = line + tremble * chance.uniform(0, _MOST_TREMBLE * strength) + shift
    if chance.random() < _CUT:
        most = round(_MOST_CUT * strength)
        first, last = chance.integers(0, most, 2, endpoint=True)
        line = line[first : len(line) - last]
    return line


def _waved(points: Points, waves: Points, chance: np.random.Generator) -> Points:
    """The plane bent by sine waves of these amplitudes, across and down, half to one and a half in a height."""
    bent = points
    for amplitude in waves:
        frequency, phase = chance.uniform(0.5, 1.5, 2), chance.uniform(0, 2 * np.pi, 2)
        bent = bent + amplitude * np.sin(2 * np.pi * frequency * points[:, ::-1] + phase)
    return bent


def _plane(chance: np.random.Generator, strength: float) -> Points:
    """A matrix (2, 2) that turns, shears and stretches."""
    turn = chance.normal(0, _TURN_RADIANS * strength)
    shear = chance.normal(0, _SHEAR * strength)
    aspect = np.exp(chance.normal(0, _LOG_ASPECT * strength) / 2)
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1.0, -shear], [0.0, 1.0]])
    plane: Points = turned @ np.diag([aspect, 1 / aspect])
    return plane
