"""Finding the ink in a picture: which pixels differ from the paper around them."""

import numpy as np
from PIL import Image

from mnist_bench.digits.centering import Field

_COARSE_PX = 64
_WINDOW = 1 / 3  # of the picture's longest side: no stroke is wider
_BORDER = 10  # a tenth of the picture on each side
_SEPARATED = 0.85
_FITS = 12
_LEAST_OFF = np.float32(0.003)
_DARKEST_PAPER = np.float32(0.2)
_LEAST_CONTRAST = 0.08
_LEAST_OVER_NOISE = 6.0
_INK_SHARE = 0.001  # of the picture's pixels, at least, are ink
_FAINT, _FULL = 0.25, 0.75  # of the ink's contrast: paper below, ink above
_SPECK = 0.03  # of the largest piece's ink


def find_ink(planes: Field) -> Field | None:
    """The ink (H, W), 0 to 1, in planes of light (1 or 3, H, W), or None if there is none to be seen.

    In each plane the ground is estimated and taken away: first a smooth slope that fits the border, then what the grey
    morphology's closing (for dark ink; opening for light ink) leaves. Which of the two it is, the border tells: the
    ink is what differs from it most. A pixel's ink is the largest difference in any plane, with a soft threshold around
    half the ink's contrast. Pieces that are much smaller than the largest are specks.
    """
    difference = np.max([_difference(plane) for plane in planes], axis=0)
    ground = float(np.median(difference))
    noise = 1.48 * float(np.median(np.abs(difference - ground)))
    difference -= ground
    at = difference.size - max(round(difference.size * _INK_SHARE), 1)
    contrast = float(np.partition(difference, at, axis=None)[at])
    if contrast < max(_LEAST_CONTRAST, _LEAST_OVER_NOISE * noise):
        return None
    ink = np.clip((difference / contrast - _FAINT) / (_FULL - _FAINT), 0, 1)
    return _without_specks(ink.astype(np.float32))


def _difference(plane: Field) -> Field:
    """How far each pixel (H, W) is from its ground, on the side where the ink is.

    For dark ink as a share of the ground's light, since ink takes away a share of the light that falls on the paper.
    """
    slope = _slope(plane)
    level = plane - slope
    low, high = np.quantile(level, (_INK_SHARE, 1 - _INK_SHARE))
    if -low < high:
        return _closing(-level) + level
    ground = _closing(level) + slope
    return np.asarray((ground - plane) / np.clip(ground, _DARKEST_PAPER, 1), np.float32)


def _slope(plane: Field) -> Field:
    """The light of the paper (H, W): a polynomial of second degree that fits the border, where there is little ink.

    Where the border has the picture's darkest and lightest shades and little between, ink runs along it, and its median
    shade is the paper's.
    """
    coarse = _coarse(plane)
    margin_y, margin_x = (max(side // _BORDER, 1) for side in coarse.shape)
    border = np.ones(coarse.shape, np.bool_)
    border[margin_y:-margin_y, margin_x:-margin_x] = False
    values = coarse[border]
    if _shows_ink(values, coarse):
        return np.full_like(plane, np.median(values))
    terms = _terms(coarse.shape)[border]
    weights = np.ones(len(values), np.float32)
    for _ in range(_FITS):  # reweighted so that the sum of absolute differences is least, and ink hardly matters
        factors = np.linalg.lstsq(terms * weights[:, None], values * weights, rcond=None)[0]
        weights = 1 / np.sqrt(np.abs(terms @ factors - values) + _LEAST_OFF)
    return np.asarray(_terms(plane.shape) @ factors, np.float32)


def _shows_ink(values: Field, plane: Field) -> bool:
    """Whether the best cut of the values into two classes (Otsu 1979) leaves the plane's paper and ink and little else.

    It then explains nearly all their variance (of an even slope 0.75), and the classes lie near the plane's extremes.
    """
    if len(values) < 2:
        return False
    ordered = np.sort(values).astype(np.float64)
    count = np.arange(1, len(ordered))
    below = np.cumsum(ordered)[:-1]
    dark, light = below / count, (ordered.sum() - below) / (len(ordered) - count)
    share = count / len(ordered)
    between = share * (1 - share) * (light - dark) ** 2
    at = int(between.argmax())
    low, high = np.quantile(plane, (_INK_SHARE, 1 - _INK_SHARE))
    near = (high - low) / 4
    return bool(between[at] >= _SEPARATED * ordered.var() and dark[at] <= low + near and light[at] >= high - near)


def _terms(shape: tuple[int, ...]) -> Field:
    """1, x, y, x², xy and y² (H, W, 6), where x and y go from about -1 to 1."""
    y, x = ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1 for side in shape)
    one = np.ones(shape, np.float32)
    x, y = one * x, one * y[:, None]
    return np.stack((one, x, y, x * x, x * y, y * y), axis=2)


def _coarse(plane: Field) -> Field:
    """The plane with sides of at most 64, by area average."""
    scale = _COARSE_PX / max(plane.shape)
    if scale >= 1:
        return plane
    height, width = (max(round(side * scale), 1) for side in plane.shape)
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BOX))


def _closing(plane: Field) -> Field:
    """The paper's light: dark strokes narrower than the window are filled with what is around them."""
    from scipy import ndimage

    coarse = _coarse(plane)
    radius = max(round(max(coarse.shape) * _WINDOW / 2), 1)
    closed = ndimage.grey_closing(coarse, 2 * radius + 1, mode="nearest")
    height, width = plane.shape
    return np.asarray(Image.fromarray(closed).resize((width, height), Image.Resampling.BICUBIC))


def _without_specks(ink: Field) -> Field:
    """The ink without pieces that are much smaller than the largest; pixels whose corners touch are of one piece."""
    from scipy import ndimage

    pieces, _ = ndimage.label(ink > 0, np.ones((3, 3)))
    mass = np.bincount(pieces.ravel(), ink.ravel())
    return np.where((mass >= _SPECK * mass.max())[pieces], ink, 0).astype(np.float32)
