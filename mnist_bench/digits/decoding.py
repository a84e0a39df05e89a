"""Decodes untrusted picture files into planes of light, with limits on their size."""

import contextlib
import ctypes
import io
import threading
import warnings
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError, _imaging

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.file_kinds import begins_as_picture, file_kind
from mnist_bench.digits.centering import Field
from mnist_bench.digits.picture_view import PictureView

MAX_PIXELS = 64_000_000
WORK_PX = 640
"""Larger pictures are reduced to at most this side: a digit needs 20 of them."""

_STRIP = 32
"""No digit is this many times as long as it is wide; a line of digits is."""
_LEAST_PX = 8
"""Pixels that a digit in such a line needs."""

_FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF", "TIFF", "PPM")
_OF_FRAMES = ("PNG", "WEBP", "GIF", "TIFF")
_GLANCE = (16, 16)  # pixels of a frame, which tell of nearly every one that it isn't blank
_ADVICE = "Use a PNG, JPEG, BMP, WebP, GIF, TIFF or PGM picture of one or more digits."
_MAX_SLOW_SAMPLES = 4_000_000
"""Of PNM as text, or with an odd maximum, which Pillow decodes in Python: a second or two."""
_SLOW = ("ppm", "ppm_plain")
_FULL = (1, 255, 1023, 4095, 16383, 65535)
"""White in masks and fractions, and in 8 to 16 bits, whatever number of bits they are kept in."""
_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WHITE_IS_ZERO = 0
_PHOTOMETRIC = 262
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
# What libtiff says of a damaged file would go to standard error; what Pillow raises of it says enough. Where libtiff is
# a part of Pillow's own library, as on Windows, it cannot be reached.
with contextlib.suppress(AttributeError, OSError):
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)

# The filters of the warnings module are the whole process's.
_silence = threading.Lock()


def decode_picture(data: bytes) -> PictureView:
    """A picture's first frame or page, upright and whole, with sides of at most `WORK_PX`; the last if that is blank.

    What is transparent takes the colour that the paper must have.

    Raises:
        InputError: it is not a PNG, JPEG, BMP, WebP, GIF, TIFF or PNM picture, which names what it is where that is
            known; it is damaged; or it has more than 64 million pixels.
    """
    kind = file_kind(data)
    if kind is not None:
        raise InputError(f"It is {kind.name}.", advice=kind.advice)
    try:
        with _silence, warnings.catch_warnings():
            # Pillow warns about oddities (metadata, palettes) of pictures that it reads well all the same.
            warnings.simplefilter("ignore")
            _check_png(data)
            return _decode(data)
    except InputError:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit is above ours
        raise _too_large("") from error
    except UnidentifiedImageError as error:
        if data.startswith(_TIFF):
            raise InputError(
                "It is a damaged TIFF picture, or one of a rare kind.", advice="Save it as PNG."
            ) from error
        raise _damaged(data) from error
    except Exception as error:  # a decoder may raise anything about bytes that it did not expect
        raise _damaged(data) from error


def _check_png(data: bytes) -> None:
    """Pillow does not check the sums over a PNG picture's pixels, and makes something of damaged ones."""
    if not data.startswith(_PNG):
        return
    at, view = len(_PNG), memoryview(data)
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(view[at : at + 4], "big")
        kind, told = data[at + 4 : at + 8], data[end : end + 4]
        if kind == b"IDAT" and len(told) == 4 and zlib.crc32(view[at + 4 : end]) != int.from_bytes(told, "big"):
            raise _damaged(data)
        at = end + 4


def _damaged(data: bytes) -> InputError:
    if begins_as_picture(data):
        return InputError("The picture is damaged or incomplete.", advice="Copy or download it again.")
    return InputError("The picture is damaged, or not a picture.", advice=_ADVICE)


def _decode(data: bytes) -> PictureView:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise _too_large(f": {words.count(width)} x {words.count(height)} pixels")
        _check_shape(width, height)
        if any(tile[0] in _SLOW for tile in picture.tile):
            _check_slow(width * height * len(picture.getbands()))
        # Pillow turns a TIFF picture itself.
        turn = None if picture.format == "TIFF" else _TURNS.get(_orientation(picture))
        picture.draft(None, (WORK_PX, WORK_PX))  # a JPEG is decoded at 1/2, 1/4 or 1/8
        picture.load()
        _pass_over_blank_frame(picture)
        small = _reduced(_plain(picture))
        planes = _planes(small if turn is None else small.transpose(turn))
        if small.mode == "F" and _is_white_zero(picture):
            planes = 1 - planes
        return PictureView(planes, max(width, height) / max(small.size))


def _pass_over_blank_frame(picture: Image.Image) -> None:
    """Go to the last frame where the first is of one colour, as where one sees a digit being written."""
    if picture.format not in _OF_FRAMES:
        return
    glance = picture.resize(_GLANCE, Image.Resampling.NEAREST)
    if any(np.ptp(np.reshape(one.getextrema(), (-1, 2)), axis=1).any() for one in (glance, picture)):
        return
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and frames * picture.width * picture.height <= MAX_PIXELS:  # each of them is decoded
        picture.seek(frames - 1)
        picture.load()


def _check_shape(width: int, height: int) -> None:
    longest, shortest = max(width, height), min(width, height)
    if longest > _STRIP * shortest and shortest * min(WORK_PX / longest, 1.0) < _LEAST_PX:
        raise InputError(
            f"The picture is {words.count(width)} x {words.count(height)} pixels, too narrow a strip for a digit.",
            advice="Cut out the part with the digits.",
        )


def _check_slow(samples: int) -> None:
    if samples > _MAX_SLOW_SAMPLES:
        raise InputError(
            "The picture is too large for its kind of PNM, which is slow to read.", advice="Save it as PNG."
        )


def _too_large(size: str) -> InputError:
    return InputError(f"The picture is too large{size}.", advice="Reduce it to 64 million pixels or fewer.")


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged metadata is no reason to refuse a good picture
        return 1
    return value if isinstance(value, int) else 1


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be averaged: F for more than 8 bits, else L, RGB or RGBA."""
    if picture.mode == "LAB":
        return picture.getchannel(0)
    if picture.mode.startswith(("I", "F")):
        mode = "F"
    elif "transparency" in picture.info or picture.mode in ("P", "PA", "LA", "La", "RGBa", "RGBA"):
        mode = "RGBA"
    else:
        mode = "L" if picture.mode in ("1", "L") else "RGB"
    # A large picture is not copied for nothing.
    return picture if picture.mode == mode else picture.convert(mode)


def _is_white_zero(picture: Image.Image) -> bool:
    """Whether 0 is white in a TIFF picture of more than 8 bits; with fewer, Pillow inverts it itself."""
    return getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO


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
        return _of_any_depth(pixels)[None]
    light: Field = pixels.astype(np.float32) / np.float32(255)
    if picture.mode == "RGBA":
        light = _on_paper(light[:, :, :3], light[:, :, 3])
    if light.ndim == 2:
        return light[None]
    if (light == light[:, :, :1]).all():
        light = light[:, :, :1]
    return np.ascontiguousarray(np.moveaxis(light, 2, 0))


def _of_any_depth(values: Field) -> Field:
    """The light of a grey picture (H, W) of more than 8 bits; how many it has, its lightest value tells."""
    values = np.asarray(np.nan_to_num(values, posinf=0, neginf=0), np.float32)
    lightest = float(values.max())
    full = next((full for full in _FULL if full >= lightest), lightest)
    return np.asarray(np.clip(values / full, 0, 1), np.float32)


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
