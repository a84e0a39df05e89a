"""Coarse scans: digit images as in a form scanned at low resolution, a fax or a thumbnail."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.digits.centering import center_digit

_FEWEST_PX, _MOST_PX = 12, 20
_BLACK_AND_WHITE, _SQUARED = 0.6, 0.6  # shares
_MOST_STRETCH = 2.5  # a 1 that fills a square is none


def coarse(image: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.uint8]:
    """A digit image (28, 28) after its ink was held in 12 to 20 pixels, and centred again by MNIST's rule.

    Most are black and white, and most were stretched towards a square.
    """
    rows, columns = np.nonzero(image > 32)
    if not len(rows):
        return image
    ink = Image.fromarray(image).crop((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    longest = int(chance.integers(_FEWEST_PX, _MOST_PX, endpoint=True))
    sides = [max(2.0, side * longest / max(ink.size)) for side in ink.size]
    if chance.random() < _SQUARED:
        towards = chance.uniform(0.3, 1.0)
        sides = [min(side + (longest - side) * towards, side * _MOST_STRETCH) for side in sides]
    resized = ink.resize((round(sides[0]), round(sides[1])), Image.Resampling.BOX)
    small = np.asarray(resized, np.float32) / np.float32(255)
    if chance.random() < _BLACK_AND_WHITE:
        small = (small > chance.uniform(0.3, 0.6)).astype(np.float32)
    return center_digit(small) if small.any() else image
