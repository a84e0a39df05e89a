"""MNIST's rule for size and position: the longest side to 20 px, the centre of mass to the centre of 28 x 28."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

DIGIT_PX = 28
INK_PX = 20.0
# Over all 60,000 training images of MNIST the mean centre of mass is 14.00 +- 0.29 in pixel indices, in x and in y
# (0.29 is what rounding to whole pixels leaves). Here pixel i covers i to i + 1, so that point is at 14.5.
CENTER_PX = 14.5
MIN_PEN_PX = 1.2
"""Thinner ink than this, in pixels of the digit image, would fade away when it is reduced."""

Field: TypeAlias = NDArray[np.float32]
_FAINT = 0.1
_MEASURE_PX = 80
_THICKEN_PX = 160
_LEAST_INK_PX = 18
_OFF_CENTER_PX = 0.75


def center_digit(ink: Field) -> NDArray[np.uint8]:
    """The digit image (28, 28) of a field of ink (H, W), 0 (none) to 1; all zero where there is no ink.

    The ink's box is scaled so that its longest side is 20 px (area average when it shrinks, linear interpolation when
    it grows), then moved by a fraction of a pixel so that its centre of mass comes to the centre, but never out of the
    field. Ink fainter than a tenth of the darkest does not count for the box. Strokes that would become thinner than
    1.2 px are thickened first, as a pen for MNIST was never thinner.
    """
    box = _box(ink)
    if box is None:
        return np.zeros((DIGIT_PX, DIGIT_PX), np.uint8)
    ink = ink[box]
    width = _stroke_width(ink)
    missing = MIN_PEN_PX * (max(ink.shape) - width) / (INK_PX - MIN_PEN_PX) - width
    if missing > 0:  # what it grows by is part of the longest side
        ink = _thickened(ink, missing / 2)
    scale = INK_PX / max(ink.shape)
    center_y, center_x = center_of_mass(ink)
    rows = _weights(ink.shape[0], scale, placement(center_y * scale, ink.shape[0] * scale))
    columns = _weights(ink.shape[1], scale, placement(center_x * scale, ink.shape[1] * scale))
    return to_bytes(rows @ ink @ columns.T)


def is_centered(pixels: NDArray[np.uint8]) -> bool:
    """Whether light ink on black (28, 28) lies as MNIST's does: taken as it is, it needs no centring.

    In all of MNIST's 70,000 images the longest side of the ink brighter than a tenth is 18 to 20 px, and the centre of
    mass is at most 0.52 px from the middle. Ink of 20 px that starts within a pixel covers 21.
    """
    box = _box(pixels.astype(np.float32))
    if box is None or not _LEAST_INK_PX <= max(side.stop - side.start for side in box) <= INK_PX + 1:
        return False
    center = center_of_mass(pixels.astype(np.float32))
    return max(abs(place - CENTER_PX) for place in center) <= _OFF_CENTER_PX


def center_of_mass(ink: Field) -> tuple[float, float]:
    """The centre of mass (y, x) of ink that is not all zero, where pixel i covers i to i + 1."""
    down, across = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    mass = float(down.sum())
    return (
        float(down @ np.arange(down.size)) / mass + 0.5,
        float(across @ np.arange(across.size)) / mass + 0.5,
    )


def placement(center_px: float, length_px: float) -> float:
    """Where a box of `length_px` starts in the field so that the point `center_px` into it comes to the centre.

    The start is limited so that the box stays inside the field.
    """
    return min(max(CENTER_PX - center_px, 0.0), DIGIT_PX - length_px)


def to_bytes(field: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Ink 0 to 1 as bytes 0 to 255, rounded."""
    return np.asarray(np.rint(np.clip(field, 0, 1) * 255), np.uint8)


def box_of(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The box (rows, columns) of a mask (H, W) that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _box(ink: Field) -> tuple[slice, slice] | None:
    """The box (rows, columns) of the ink, or None where there is none."""
    seen = ink > _FAINT * float(ink.max(initial=0))
    return box_of(seen) if seen.any() else None


def _stroke_width(ink: Field) -> float:
    """The mean width of the strokes in pixels: twice their area over the length of their edges (total variation).

    Measured where the longest side has at most 80 px, so that grain is not taken for edges.
    """
    scale: float = min(_MEASURE_PX / max(ink.shape), 1.0)
    if scale < 1:
        height, width = (math.ceil(side * scale) for side in ink.shape)
        rows, columns = _weights(ink.shape[0], scale, 0, height), _weights(ink.shape[1], scale, 0, width)
        ink = np.asarray(rows @ ink @ columns.T, np.float32)
    edged = np.pad(ink, 1)
    steps = np.hypot(np.diff(edged, axis=0)[:, :-1], np.diff(edged, axis=1)[:-1])
    return float(2 * ink.sum() / steps.sum()) / scale


def _thickened(ink: Field, radius: float) -> Field:
    """Ink grown by `radius` of its pixels, or a part of one, on every side; finer where it has few pixels."""
    from scipy import ndimage

    finer = math.ceil(_THICKEN_PX / max(ink.shape))
    grown = math.ceil(radius)
    fine = np.pad(ink, grown).repeat(finer, axis=0).repeat(finer, axis=1)
    away = ndimage.distance_transform_edt(fine <= 0.5 * fine.max())
    return np.asarray(np.maximum(fine, np.clip(radius * finer + 1 - away, 0, 1)), np.float32)


def _weights(size: int, scale: float, start_px: float, target: int = DIGIT_PX) -> NDArray[np.float32]:
    """How much each of `size` source pixels gives to each of the `target` pixels, as a matrix (target, size).

    That is its overlap with a window around the target pixel's centre, as wide as the larger of the two pixels: the
    area average when `scale` (target pixels for each source pixel) is below 1, and linear interpolation above.
    """
    width = max(1 / scale, 1.0)
    centers = ((np.arange(target) + 0.5 - start_px) / scale)[:, None]
    pixels = np.arange(size)[None, :]
    overlap = np.minimum(centers + width / 2, pixels + 1) - np.maximum(centers - width / 2, pixels)
    return np.asarray(np.clip(overlap, 0, None) / width, np.float32)
