"""From any picture of a digit to the digit image (28, 28); opens pictures and drawings alike, by their content."""

import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, read_limited
from mnist_bench.digits.centering import DIGIT_PX, Field, center_digit, is_centered, to_bytes
from mnist_bench.digits.drawing import MAX_FILE_BYTES as MAX_DRAWING_BYTES
from mnist_bench.digits.drawing import Drawing, drawing_from_json
from mnist_bench.digits.picture_view import PictureView
from mnist_bench.digits.rendering import render_drawing

MAX_FILE_BYTES = 64 * MEGABYTE
PICTURE_SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".mpo", ".bmp", ".webp", ".gif", ".tif", ".tiff"),
    *(".pnm", ".pbm", ".pgm", ".ppm"),
)
"""Of the files that are read as pictures, whatever their names are."""
_BLACK = 0.1
_SLOW_BYTES = MEGABYTE
"""A picture file of more than this takes about as long to decode as SciPy takes to import."""


@dataclass(frozen=True, slots=True, eq=False)
class DigitImage:
    """What a network sees, and where it came from.

    Attributes:
        pixels: uint8 (28, 28), ink 255 on 0.
        label: the true digit, or None if it is not known.
        drawing: the strokes, if it was drawn.
        name: for people: the file's name.
        view: the picture that it was made of, and how that was looked at; None where there is none to look at.
    """

    pixels: NDArray[np.uint8]
    label: int | None
    drawing: Drawing | None
    name: str
    view: PictureView | None = None

    @property
    def count(self) -> int:
        """How many separate digits the picture shows."""
        return 1 if self.view is None else len(self.view.digits)

    @property
    def remark(self) -> str:
        """A sentence about a picture that does not show one digit; empty for others."""
        if self.view is None or self.count == 1:
            return ""
        if not self.count:
            return "No digit was found in the picture."
        which = "the largest" if self.view.is_largest_picked else f"number {self.view.picked + 1}"
        return f"The picture shows {self.count} separate digits; {which} was read."


def load_digit(path: Path, *, may_be_blank: bool = False) -> DigitImage:
    """Open a picture or a drawing file, whichever its content is.

    Raises:
        InputError: it cannot be read, is neither, or shows no digit. With `may_be_blank`, a picture in which no digit
            is found has a blank digit image, so that a person can show where it is.
    """
    data = read_limited(path, MAX_FILE_BYTES, "picture")
    try:
        return digit_from_bytes(data, path.name, may_be_blank=may_be_blank)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", advice=error.advice) from error


def digit_from_bytes(data: bytes, name: str, *, may_be_blank: bool = False) -> DigitImage:
    """The digit in a picture's or a drawing's bytes, as `load_digit` has it; `name` is for people."""
    if _may_be_json(data):
        if len(data) > MAX_DRAWING_BYTES:
            raise InputError("The file is too large for a drawing.")
        drawing = drawing_from_json(data)
        if drawing.is_empty:
            raise InputError("The drawing is empty.", advice="Draw a digit.")
        return DigitImage(render_drawing(drawing), drawing.label, drawing, name)
    digit = read_picture(data)
    if not may_be_blank:
        _check_found(digit)
    return replace(digit, name=name)


def picture_bytes_to_digit(data: bytes) -> NDArray[np.uint8]:
    """The digit image (28, 28) of a picture file's bytes, by MNIST's rule (see `center_digit`).

    The digit may be dark on light or light on dark, of any colour, on a background that is not quite even; of several
    digits the largest counts. What bounds its page is not ink (see `find_ink`). A picture of 28 x 28 that is light on
    black, and whose ink lies as MNIST's does, is taken as it is.

    Raises:
        InputError: it is not such a picture (see `decode_picture`), or shows no digit.
    """
    digit = read_picture(data)
    _check_found(digit)
    return digit.pixels


def read_picture(data: bytes) -> DigitImage:
    """What a picture file's bytes show, as `picture_bytes_to_digit` has it; blank where no digit is found.

    Raises:
        InputError: it cannot be decoded.
    """
    # Pillow is read with the first picture: a window that only draws does without it.
    from mnist_bench.digits.decoding import decode_picture

    if len(data) > _SLOW_BYTES and "scipy.ndimage" not in sys.modules:
        # Decoding leaves the interpreter to other threads meanwhile.
        Thread(target=_import_scipy).start()
    view = decode_picture(data)
    if view.planes.shape[1:] == (DIGIT_PX, DIGIT_PX) and _is_light_on_black(view.planes):
        pixels = to_bytes(view.planes.max(axis=0))
        if is_centered(pixels):
            return DigitImage(pixels, None, None, "")
    return read_view(view)


def _import_scipy() -> None:
    with suppress(Exception):  # who needs it imports it again, and is told why that fails
        import_module("scipy.ndimage")


def read_view(view: PictureView) -> DigitImage:
    """The digit image of a picture as it is looked at, blank where no digit is found.

    Its digits are looked for where they are not known; the largest is picked then.
    """
    from mnist_bench.digits.ink import find_ink
    from mnist_bench.digits.separate_digits import find_digits, ink_of

    ink = find_ink(view.shown())
    if ink is None:
        return DigitImage(np.zeros((DIGIT_PX, DIGIT_PX), np.uint8), None, None, "", replace(view, digits=()))
    if not view.digits:
        view = view.with_digits(find_digits(ink))
    return DigitImage(center_digit(ink_of(ink, view.digits[view.picked])), None, None, "", view)


def _check_found(digit: DigitImage) -> None:
    if not digit.pixels.any():
        advice = "Use a picture of one digit on a plain background."
        if digit.view is not None and digit.view.scale > 1:
            advice += " If the digit is small in it, cut out the part around it."
        raise InputError("No digit was found in the picture.", advice=advice)


def _is_light_on_black(planes: Field) -> bool:
    field = planes.max(axis=0)
    border = np.concatenate((field[0], field[-1], field[1:-1, 0], field[1:-1, -1]))
    return float(np.median(border)) <= _BLACK and float(field.max()) > 0.5


def _may_be_json(data: bytes) -> bool:
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith((b"{", b"[")) and not head.startswith((b"{\\rtf", b"[InternetShortcut]"))
