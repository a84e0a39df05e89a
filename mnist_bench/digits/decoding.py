"""Decodes untrusted picture files into brightness planes, with limits on their size."""

import io
import threading
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.digits.centering import Field

MAX_PIXELS = 64_000_000
WORK_PX = 640
"""Larger pictures are reduced to at most this side: a digit needs 20 of them."""

_FORMATS = ("PNG", "JPEG", "BMP", "WEBP")
_ADVICE = "Use a PNG, JPEG, BMP or WebP picture of one digit."
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# The filters of the warnings module are the whole process's.
_silence = threading.Lock()


def decode_planes(data: bytes) -> Field:
    """The light in a picture's first frame, 0 to 1, upright: (1, H, W) if it is grey, (3, H, W) if it is coloured.

    Sides are at most `WORK_PX`. What is transparent takes the colour that the paper must have.

    Raises:
        InputError: it is not a PNG, JPEG, BMP or WebP picture, is damaged, or has more than 64 million pixels.
    """
    try:
        with _silence, warnings.catch_warnings():
            # Pillow warns about oddities (metadata, palettes) of pictures that it reads well all the same.
            warnings.simplefilter("ignore")
            return _decode(data)
    except InputError:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit is above ours
        raise _too_large("") from error
    except Exception as error:  # a decoder may raise anything about bytes that it did not expect
        raise InputError("The picture is damaged, or not a picture.", advice=_ADVICE) from error


def _decode(data: bytes) -> Field:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise _too_large(f": {words.count(width)} x {words.count(height)} pixels")
        turn = _TURNS.get(_orientation(picture))
        if picture.format == "JPEG":
            picture.draft(None, (WORK_PX, WORK_PX))  # decodes at 1/2, 1/4 or 1/8
        picture.load()
        small = _reduced(_plain(picture))
        return _planes(small if turn is None else small.transpose(turn))


def _too_large(size: str) -> InputError:
    return InputError(f"The picture is too large{size}.", advice="Reduce it to 64 million pixels or fewer.")


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged metadata is no reason to refuse a good picture
        return 1
    return value if isinstance(value, int) else 1


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be averaged: F for 16 bits, else L, RGB or RGBA."""
    if picture.mode.startswith("I"):
        mode = "F"
    elif "transparency" in picture.info or picture.mode in ("P", "PA", "LA", "La", "RGBa", "RGBA"):
        mode = "RGBA"
    else:
        mode = "L" if picture.mode in ("1", "L") else "RGB"
    # A large picture is not copied for nothing.
    return picture if picture.mode == mode else picture.convert(mode)


def _reduced(picture: Image.Image) -> Image.Image:
    """The picture with sides of at most `WORK_PX`; colours are weighted by their alpha."""
    scale = WORK_PX / max(picture.size)
    if scale >= 1:
        return picture
    width, height = (max(round(side * scale), 1) for side in picture.size)
    # By a whole number first, which is quick, then exactly.
    quick = picture.reduce(max(int(1 / scale / 2), 1))
    return quick.resize((width, height), Image.Resampling.HAMMING)


def _planes(picture: Image.Image) -> Field:
    pixels: NDArray[Any] = np.asarray(picture)
    if picture.mode == "F":
        return np.clip(pixels[None] / np.float32(65535), 0, 1)
    light: Field = pixels.astype(np.float32) / np.float32(255)
    if picture.mode == "RGBA":
        light = _on_paper(light[:, :, :3], light[:, :, 3])
    if light.ndim == 2:
        return light[None]
    if (light == light[:, :, :1]).all():
        light = light[:, :, :1]
    return np.ascontiguousarray(np.moveaxis(light, 2, 0))


def _on_paper(colour: Field, alpha: Field) -> Field:
    """Composite (H, W, 3) on the ground that it was made for.

    Where most of the picture is opaque it brought its own ground, whose colour goes under the rest; otherwise what is
    opaque is the ink, and goes on white if it is dark and on black if it is light.
    """
    opaque = alpha > 0.5
    if opaque.mean() > 0.5:
        paper = np.median(colour[opaque], axis=0)
    else:
        weight = float(alpha.sum())
        light = float((colour.mean(axis=2) * alpha).sum()) / weight if weight else 0.0
        paper = np.full(3, 1.0 if light < 0.5 else 0.0)
    shown = alpha[:, :, None]
    return np.asarray(colour * shown + paper * (1 - shown), np.float32)
