"""From any picture of a digit to the digit image (28, 28); opens pictures and drawings alike, by their content."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, read_limited
from mnist_bench.digits.centering import DIGIT_PX, Field, center_digit, to_bytes
from mnist_bench.digits.drawing import MAX_FILE_BYTES as MAX_DRAWING_BYTES
from mnist_bench.digits.drawing import Drawing, drawing_from_json
from mnist_bench.digits.rendering import render_drawing

MAX_FILE_BYTES = 64 * MEGABYTE
_BLACK = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class DigitImage:
    """What a network sees, and where it came from.

    Attributes:
        pixels: uint8 (28, 28), ink 255 on 0.
        label: the true digit, or None if it is not known.
        drawing: the strokes, if it was drawn.
        name: for people: the file's name.
    """

    pixels: NDArray[np.uint8]
    label: int | None
    drawing: Drawing | None
    name: str


def load_digit(path: Path) -> DigitImage:
    """Open a picture or a drawing file, whichever its content is.

    Raises:
        InputError: it cannot be read, is neither, or shows no digit.
    """
    data = read_limited(path, MAX_FILE_BYTES, "picture")
    try:
        if _may_be_json(data):
            if len(data) > MAX_DRAWING_BYTES:
                raise InputError("The file is too large for a drawing.")
            drawing = drawing_from_json(data)
            if drawing.is_empty:
                raise InputError("The drawing is empty.", advice="Draw a digit.")
            return DigitImage(render_drawing(drawing), drawing.label, drawing, path.name)
        return DigitImage(picture_bytes_to_digit(data), None, None, path.name)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", advice=error.advice) from error


def picture_bytes_to_digit(data: bytes) -> NDArray[np.uint8]:
    """The digit image (28, 28) of a PNG, JPEG, BMP or WebP picture's bytes, by MNIST's rule (see `center_digit`).

    The digit may be dark on light or light on dark, of any colour, on a background that is not quite even. A picture of
    28 x 28 that is light on black is taken as it is.

    Raises:
        InputError: it is not such a picture, damaged, too large, or shows no digit.
    """
    # Pillow is read with the first picture: a window that only draws does without it.
    from mnist_bench.digits.decoding import decode_planes
    from mnist_bench.digits.ink import find_ink

    planes = decode_planes(data)
    if planes.shape[1:] == (DIGIT_PX, DIGIT_PX) and _is_light_on_black(planes):
        return to_bytes(planes.max(axis=0))
    ink = find_ink(planes)
    if ink is None:
        raise InputError(
            "No digit was found in the picture.", advice="Use a picture of one digit on a plain background."
        )
    return center_digit(ink)


def _is_light_on_black(planes: Field) -> bool:
    field = planes.max(axis=0)
    border = np.concatenate((field[0], field[-1], field[1:-1, 0], field[1:-1, -1]))
    return float(np.median(border)) <= _BLACK and float(field.max()) > 0.5


def _may_be_json(data: bytes) -> bool:
    return data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
