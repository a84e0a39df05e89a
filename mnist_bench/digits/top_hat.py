"""The grey morphology's top hats: how far strokes lie from the ground around them, at one scale."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np

from mnist_bench.digits.borders import Mask
from mnist_bench.digits.centering import Field

TopHat: TypeAlias = Callable[[Field, int], tuple[Field, Field]]

_DARKEST_PAPER = np.float32(0.2)
_EDGE = 0.1


def dark_strokes(plane: Field, window: int) -> tuple[Field, Field]:
    """Difference and ground (H, W) of strokes darker than the paper and narrower than `window` pixels.

    The ground is the closing, in which the straight edges of shadows and of areas wider than the window stay where they
    are. The difference is a share of the ground's light, since ink takes away a share of the light that falls on it.
    """
    from scipy import ndimage

    ground = ndimage.grey_closing(plane, window, mode="nearest")
    return darker(plane, ground), ground


def light_strokes(plane: Field, window: int) -> tuple[Field, Field]:
    """The same for strokes lighter than the paper: the opening, and the difference of light."""
    from scipy import ndimage

    ground = ndimage.grey_opening(plane, window, mode="nearest")
    return np.asarray(plane - ground, np.float32), ground


def darker(plane: Field, ground: Field) -> Field:
    """By how much a plane is darker than its ground, as a share of the ground's light."""
    return np.asarray((ground - plane) / np.clip(ground, _DARKEST_PAPER, 1), np.float32)


def with_outside(top_hat: TopHat, plane: Field, window: int) -> tuple[Field, Field]:
    """A top hat that takes whatever touches the border to go on outside, so that bars and areas there are ground."""
    pad = window // 2
    difference, ground = top_hat(np.pad(plane, pad, mode="edge"), window)
    return difference[pad:-pad, pad:-pad], ground[pad:-pad, pad:-pad]


def edges(planes: Field, window: int) -> Mask:
    """Where the ground makes a step of a tenth of the brightest light within two pixels, with a pixel on either side.

    Lines narrower than the window are taken away first, dark ones and light ones: by a closing and then an opening, and
    the other way about. Of the filters of both, the two in the middle are one of nearly twice the width.
    """
    from scipy import ndimage

    steps = np.zeros(planes.shape[1:], np.bool_)
    wide = 2 * window - 1
    largest, smallest = (partial(each, mode="nearest") for each in (ndimage.maximum_filter, ndimage.minimum_filter))
    for plane in planes:
        for ground in (
            largest(smallest(largest(plane, window), wide), window),
            smallest(largest(smallest(plane, window), wide), window),
        ):
            around = np.pad(ground, 1, mode="edge")
            steps |= np.abs(around[2:, 1:-1] - around[:-2, 1:-1]) > _EDGE
            steps |= np.abs(around[1:-1, 2:] - around[1:-1, :-2]) > _EDGE
    return steps
