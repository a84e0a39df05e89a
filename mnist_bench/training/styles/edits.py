"""Adds to digits what their writers left out: a slash over 0, a bar to 7, an upstroke or a base to 1.

To pen digits as strokes, and to scanned zeros as ink.
"""

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Drawing, Stroke
from mnist_bench.training.styles.hands import resampled

_NARROW = 0.45  # of its height: a pen digit 1 that is wider has a flag already, or a base


def lacks_stroke(drawing: Drawing) -> bool:
    """Whether a stroke can be added: to every 0 and 7, and to a 1 of a stem alone."""
    if drawing.label != 1:
        return drawing.label in (0, 7)
    width, height = np.ptp([point for stroke in drawing.strokes for point in stroke], axis=0)
    return bool(width <= _NARROW * height)


def with_added_stroke(drawing: Drawing, chance: np.random.Generator) -> tuple[Stroke, ...]:
    """The strokes of a drawing that lacks one, and that one."""
    points, low, size = _extent(drawing)
    if drawing.label == 0:
        return (*drawing.strokes, _slash(low, size, chance))
    if drawing.label == 7:
        return (*drawing.strokes, _bar(points, low, size, chance))
    added = _base(points, size, chance) if chance.random() < 0.3 else _upstroke(points, size, chance)
    return (*drawing.strokes, added)


def _extent(drawing: Drawing) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Points (N, 2) all along the strokes, the corner of their box and its size, neither side of which is 0."""
    points = np.concatenate([resampled(stroke) for stroke in drawing.strokes])
    return points, points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)


def _line(start: NDArray[np.float64], end: NDArray[np.float64]) -> Stroke:
    (x0, y0), (x1, y1) = start.tolist(), end.tolist()
    return ((x0, y0), (x1, y1))


def _slash(low: NDArray[np.float64], size: NDArray[np.float64], chance: np.random.Generator) -> Stroke:
    """A line through about the middle, rising or falling, from inside the ring to well past it."""
    middle = low + size * chance.uniform(0.42, 0.58, 2)
    reach = size * chance.uniform(0.25, 0.62) * (1.0, chance.uniform(0.5, 1.0))
    rising = np.array([1.0, -1.0 if chance.random() < 0.7 else 1.0])
    return _line(middle - reach * rising, middle + reach * rising)


def _bar(
    points: NDArray[np.float64], low: NDArray[np.float64], size: NDArray[np.float64], chance: np.random.Generator
) -> Stroke:
    """A line across the stem, level or slightly tilted, at a third to two thirds of the height."""
    y = float(low[1] + size[1] * chance.uniform(0.35, 0.65))
    lower = points[points[:, 1] > low[1] + 0.25 * size[1]]
    stem = lower[np.abs(lower[:, 1] - y).argmin()] if len(lower) else points[-1]
    half = size[1] * chance.uniform(0.12, 0.32)
    middle = np.array([stem[0] + half * chance.uniform(-0.3, 0.3), y])
    reach = np.array([half, -half * chance.uniform(-0.25, 0.35)])
    return _line(middle - reach, middle + reach)


def _upstroke(points: NDArray[np.float64], size: NDArray[np.float64], chance: np.random.Generator) -> Stroke:
    """A line up to the top from the left, as high as the stem at most, and too steep for the top of a 7."""
    top = points[points[:, 1].argmin()]
    down = size[1] * chance.uniform(0.15, 0.9)
    return _line(top + np.array((-down * chance.uniform(0.3, 1.4), down)), top)


def _base(points: NDArray[np.float64], size: NDArray[np.float64], chance: np.random.Generator) -> Stroke:
    """A level line under the stem."""
    foot = points[points[:, 1].argmax()]
    left, right = size[1] * chance.uniform(0.12, 0.4, 2)
    tilt = size[1] * chance.uniform(-0.04, 0.04)
    return _line(foot + np.array((-left, tilt)), foot + np.array((right, -tilt)))


def with_slash(image: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """A digit image (28, 28) of a 0 with a line over it, which does not leave the box around the ring."""
    rows, columns = np.nonzero(image > 64)
    if not len(rows):
        return image
    low = np.array([columns.min(), rows.min()], np.float64)
    size = np.array([np.ptp(columns), np.ptp(rows)], np.float64)
    start, end = map(np.array, _slash(low, size, chance))
    start, end = np.clip(start, low, low + size), np.clip(end, low, low + size)
    width = chance.uniform(1.2, 3.2)
    # The distance of each pixel from the line, and of that how much of a pixel's width lies under the pen.
    pixels = np.stack(np.meshgrid(np.arange(28.0), np.arange(28.0)), axis=-1) - start
    along = end - start
    share = np.clip(pixels @ along / max(float(along @ along), 1e-9), 0, 1)
    away = np.hypot(*np.moveaxis(pixels - share[..., None] * along, -1, 0))
    line: NDArray[np.float64] = 255 * np.clip(width / 2 + 0.5 - away, 0, 1) * chance.uniform(0.7, 1.0)
    return np.maximum(image, line.astype(np.uint8))
