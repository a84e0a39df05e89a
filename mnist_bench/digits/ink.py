"""Finding the ink in a picture: which pixels differ from the paper around them, and belong to a digit."""

import numpy as np

from mnist_bench.digits.borders import Mask, extent, runs_along_the_border
from mnist_bench.digits.centering import Field, box_of
from mnist_bench.digits.page import bounds_beside, like_cells, page_around, touched_by
from mnist_bench.digits.rules import without_rules
from mnist_bench.digits.strokes import Strokes, find_strokes, reduced
from mnist_bench.digits.top_hat import dark_strokes, edges, light_strokes, with_outside

_SMALL_PX = 112
_UNSURE = 0.05  # of the score that strokes as long as the picture may have
_SURER = 1.5
_PAPER_OFF, _INK_OFF, _BETWEEN = 0.1, 0.3, 0.2
_WINDOW = 4.0  # widths of a stroke
_SHOWS = 0.4  # of the contrast in the plane where it is strongest
_TYPICAL = 0.75  # the quantile of the strokes' pixels that have the ink's full contrast
_FAINT, _FULL = 0.25, 0.75  # of the ink's contrast: paper below, ink above
_HALF = 0.5
_LINE = 0.12  # of the ink's contrast: what bounds the page may be fainter than ink
_LINE_OVER_NOISE = 4.0
_EDGE_WINDOW = 1.5  # widths of a stroke: the mean width is less than the largest, which is no edge of the ground
_GRAIN = 1 / 8  # of a stroke's width: noise is smoothed over so much
_LONGER = 1.35  # times the digit is longer, at most, with a stroke along most of a side
_SPECK = 0.03  # of the largest piece's ink


def find_ink(planes: Field) -> Field | None:
    """The ink (H, W), 0 to 1, in planes of light (1 or 3, H, W), or None if there is none to be seen.

    First the likeliest digit is found, at whichever scale its strokes have (see `find_strokes`). Then everything is
    measured at that scale: the ground, the noise, the ink's contrast, with a soft threshold around half of it. What
    is not on the digit's page, bounds it, or is much smaller than the largest piece of ink is left out.
    """
    times = -(-_SMALL_PX // max(planes.shape[1:]))
    if times <= 1:
        return _ink(planes)
    # Where strokes are as wide as what lies between them, a finer grid tells them apart.
    ink = _ink(planes.repeat(times, axis=1).repeat(times, axis=2))
    return None if ink is None else reduced(ink[None], times)[0]


def _ink(planes: Field) -> Field | None:
    strokes = find_strokes(planes)
    unsure = strokes is None or strokes.score < _UNSURE * max(planes.shape[1:])
    if unsure and _has_ink_on_border(planes):
        # A digit that is cut close may have no paper around it to be seen against.
        margin = max(planes.shape[1:]) // 4
        wider = _with_margin(planes, margin)
        other = find_strokes(wider)
        if other is not None and other.score > _SURER * (strokes.score if strokes is not None else 0):
            inside = slice(margin, -margin)
            seen = other.whole_mask(wider.shape[1:])[inside, inside]
            if seen.any() and not runs_along_the_border(seen[box_of(seen)], box_of(seen), seen.shape):
                ink = _ink_of(wider, other)
                return None if ink is None else ink[inside, inside]
    return None if strokes is None else _ink_of(*without_rules(planes, strokes))


def _with_margin(planes: Field, margin: int) -> Field:
    """Planes with a margin of the border's median shade."""
    shades = np.median(_border(planes), axis=1)
    return np.stack([np.pad(plane, margin, constant_values=shade) for plane, shade in zip(planes, shades, strict=True)])


def _has_ink_on_border(planes: Field) -> bool:
    """Whether the border has two shades, that of the paper and that of ink, and hardly any between them."""
    border = _border(planes)
    off = np.abs(border - np.median(border, axis=1, keepdims=True)).max(axis=0)
    return bool((off > _INK_OFF).any() and ((off > _PAPER_OFF) & (off < _INK_OFF)).mean() < _BETWEEN)


def _border(planes: Field) -> Field:
    return np.concatenate((planes[:, 0], planes[:, -1], planes[:, :, 0], planes[:, :, -1]), axis=1)


def _ink_of(planes: Field, strokes: Strokes) -> Field | None:
    from scipy import ndimage

    digit = strokes.whole_mask(planes.shape[1:])
    sharp = _difference(planes, strokes, outside=True)
    smooth = _smooth(sharp, strokes)
    contrast = float(np.quantile(smooth[digit], _TYPICAL))
    if contrast <= 0:
        return None
    ink = _thresholded(smooth, contrast)
    digit |= touched_by(digit, ink > 0)
    if _near_border(digit, strokes):
        whole = _thresholded(_smooth(_difference(planes, strokes, outside=False), strokes), contrast)
        piece = touched_by(digit, whole > 0)
        if piece.any() and _is_of_digit(piece, digit):
            ink, digit = np.where(piece, whole, ink), digit | piece
    noise = 1.48 * float(np.median(np.abs(sharp)))
    bounds = bounds_beside(digit, sharp > max(_LINE * contrast, _LINE_OVER_NOISE * noise))
    bounds |= bounds_beside(digit, ink > _HALF)  # fainter lines may join it to the digit
    width = max(round(strokes.width_px), 2)
    page = page_around(digit, edges(planes, round(_EDGE_WINDOW * width) // 2 * 2 + 1), bounds)
    page |= like_cells(digit, bounds)
    page &= ~ndimage.binary_dilation(bounds, iterations=width // 4 + 1)  # smoothing widens a line
    return _without_specks(ink, page | digit)


def _difference(planes: Field, strokes: Strokes, *, outside: bool) -> Field:
    """How far each pixel (H, W) is from its ground, in the plane where most, on the side where the ink is."""
    window = 2 * max(round(_WINDOW * strokes.width_px / 2), 2) + 1
    contrasts = strokes.contrasts
    strongest = max(map(abs, contrasts))
    found = []
    for plane, contrast in zip(planes, contrasts, strict=True):
        if abs(contrast) >= _SHOWS * strongest:
            top_hat = dark_strokes if contrast > 0 else light_strokes
            difference, _ = with_outside(top_hat, plane, window) if outside else top_hat(plane, window)
            found.append(difference)
    difference = np.max(found, axis=0)
    return np.asarray(difference - np.median(difference), np.float32)


def _smooth(difference: Field, strokes: Strokes) -> Field:
    from scipy import ndimage

    grain = _GRAIN * strokes.width_px
    return np.asarray(ndimage.gaussian_filter(difference, grain) if grain > 0.3 else difference, np.float32)


def _thresholded(difference: Field, contrast: float) -> Field:
    return np.asarray(np.clip((difference / contrast - _FAINT) / (_FULL - _FAINT), 0, 1), np.float32)


def _near_border(digit: Mask, strokes: Strokes) -> bool:
    """Whether a stroke along the border may belong to the digit: the search takes it to be the edge of an area."""
    room = round(_WINDOW * strokes.width_px)
    rows, columns = box_of(digit)
    height, width = digit.shape
    return bool(min(rows.start, columns.start, height - rows.stop, width - columns.stop) < room)


def _is_of_digit(piece: Mask, digit: Mask) -> bool:
    """Whether a piece along the border that the digit touches is its stroke, and not a bar or a frame."""
    box = box_of(piece)
    grows_little = extent(box) <= _LONGER * extent(box_of(digit))
    return grows_little or not runs_along_the_border(piece[box], box, piece.shape)


def _without_specks(ink: Field, page: Mask) -> Field:
    """The ink without pieces that are not on the page, are nowhere full ink, or are much smaller than the largest."""
    from scipy import ndimage

    pieces, _ = ndimage.label(ink > 0, np.ones((3, 3)))
    mass = np.bincount(pieces.ravel(), ink.ravel())
    inside = np.bincount(pieces.ravel(), (ink * page).ravel()) > 0.5 * mass
    inside &= np.bincount(pieces.ravel(), (ink > _HALF).ravel()) > 0
    inside[0] = False
    keep = inside & (mass >= _SPECK * mass[inside].max(initial=0))
    return np.where(keep[pieces], ink, 0).astype(np.float32)
