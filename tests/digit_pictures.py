"""Picture files of the bundled samples, one or several side by side."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.digits.samples import bundled_samples


def sample_of(label: int) -> NDArray[np.uint8]:
    return next(one.pixels for one in bundled_samples() if one.label == label)


def picture_of(*labels: int, width: int = 0) -> bytes:
    """A PNG file with these digits side by side, dark on light."""
    row = np.concatenate([np.kron(sample_of(label), np.ones((6, 6), np.uint8)) for label in labels], axis=1)
    file = io.BytesIO()
    Image.fromarray(255 - np.pad(row, ((20, 20), (20, 20 + width)))).save(file, "PNG")
    return file.getvalue()
