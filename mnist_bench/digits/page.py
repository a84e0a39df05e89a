"""The page that a digit lies on: the ground around it, up to hard edges in that ground, frames and lines."""

import numpy as np

from mnist_bench.digits.borders import Mask, bounds_a_region, extent, filled
from mnist_bench.digits.centering import box_of

_LIKE = 0.2  # of a cell's sides, at most, others of a form differ
_SEVERAL = 3  # cells, at least


def page_around(digit: Mask, edges: Mask, bounds: Mask) -> Mask:
    """The page (H, W) of the `digit`'s mask: all that can be reached from it without crossing an edge or a bound.

    An edge is one of a sheet on a table or of a canvas in a page. A shadow's edge that crosses the digit does not end
    the page, since the digit leads across it.
    """
    page = touched_by(digit, ~(edges | bounds) | digit, corners=False)
    return filled(page)


def like_cells(digit: Mask, bounds: Mask) -> Mask:
    """The cells (H, W) of a form that are as large as the digit's, if they are several: each may hold a digit."""
    from scipy import ndimage

    cells, _ = ndimage.label(np.pad(~bounds, 1, constant_values=True))  # what reaches the border is no cell
    cells = cells[1:-1, 1:-1]
    own = int(np.bincount(cells[digit]).argmax())
    if own < 2:  # a bound or the outside, which comes first
        return np.zeros_like(bounds)
    boxes = ndimage.find_objects(cells)
    sides = np.array([(rows.stop - rows.start, columns.stop - columns.start) for rows, columns in boxes])
    like = np.append(False, (np.abs(sides - sides[own - 1]) <= _LIKE * sides[own - 1]).all(axis=1))
    return np.asarray(like[cells]) if like.sum() >= _SEVERAL else np.zeros_like(bounds)


def bounds_beside(digit: Mask, lines: Mask) -> Mask:
    """Pieces of `lines` (H, W) beside the digit that bound a region and are at least half as long, or enclose it."""
    from scipy import ndimage

    labels, count = ndimage.label(lines & ~touched_by(digit, lines), np.ones((3, 3)))
    least = extent(box_of(digit)) / 2
    size = int(digit.sum())
    bounds = np.zeros(count + 1, np.bool_)
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        if extent(box) >= least:
            piece = labels[box] == number
            bounds[number] = bounds_a_region(piece, box, lines.shape) or _encloses(piece, digit[box], size)
    return np.asarray(bounds[labels])


def _encloses(piece: Mask, digit: Mask, size: int) -> bool:
    return int(digit.sum()) == size and bool(filled(piece)[digit].all())


def touched_by(digit: Mask, seen: Mask, *, corners: bool = True) -> Mask:
    """The connected pieces of what is `seen` (H, W) that share a pixel with the digit."""
    from scipy import ndimage

    labels, count = ndimage.label(seen, np.ones((3, 3)) if corners else None)
    touched = np.zeros(count + 1, np.bool_)
    touched[labels[digit]] = True
    touched[0] = False
    return np.asarray(touched[labels])
