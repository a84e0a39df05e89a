"""Pictures of digits as people have them, made of the bundled drawings; here those that were always read well."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.made_ink import Box, InkDigit, Light

Maker = Callable[[np.random.Generator, InkDigit], bytes]

_SHAPES = ((400, 400), (600, 800), (480, 640), (800, 600), (300, 400), (560, 560))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A place for a digit: the picture's shape, the box that the digit fills, and the pen's width in pixels."""

    shape: tuple[int, int]
    box: Box
    pen_px: float

    @classmethod
    def of(
        cls,
        rng: np.random.Generator,
        digit: InkDigit,
        pen: tuple[float, float] = (0.012, 0.04),
        height: tuple[float, float] = (0.4, 0.65),
        margin: float = 0.12,
        shape: tuple[int, int] | None = None,
    ) -> "Sheet":
        """Pen and height as shares of the picture's shorter side; the digit stays `margin` of it from the border."""
        shape = shape or _SHAPES[int(rng.integers(len(_SHAPES)))]
        short = min(shape)
        room = margin * short
        pen_px = max(rng.uniform(*pen) * short, 1.5)
        tall = min(rng.uniform(*height) * short, shape[0] - 2 * room)
        wide = min(digit.width * tall + pen_px, shape[1] - 2 * room)
        left = room + rng.uniform() * (shape[1] - 2 * room - wide)
        top = room + rng.uniform() * (shape[0] - 2 * room - tall)
        return cls(shape, (left, top, wide, tall), pen_px)

    def ink(self, digit: InkDigit) -> Light:
        """The digit in its place."""
        return digit.ink(self.shape, self.box, self.pen_px)


def encoded(light: Light, format_: str = "PNG", **options: Any) -> bytes:
    """A picture file of light, grey or coloured."""
    return encoded_image(Image.fromarray(to_bytes(light)), format_, **options)


def to_bytes(light: Light) -> NDArray[np.uint8]:
    """0 to 1 as uint8, rounded."""
    return np.asarray(np.clip(np.rint(light * 255), 0, 255), np.uint8)


def encoded_image(image: Image.Image, format_: str = "PNG", **options: Any) -> bytes:
    """A picture file of an image."""
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def enlarged(data: bytes, size: tuple[int, int], format_: str) -> bytes:
    """A picture file enlarged to (width, height)."""
    with Image.open(io.BytesIO(data)) as image:
        return encoded_image(image.resize(size, Image.Resampling.BICUBIC), format_)


def jpeg(rng: np.random.Generator, light: Light, grain: tuple[float, float] = (0.005, 0.02)) -> bytes:
    """As a camera saves it, with a little grain."""
    noisy = light + rng.normal(0, rng.uniform(*grain), light.shape)
    return encoded(noisy.astype(np.float32), "JPEG", quality=int(rng.integers(60, 95)))


def inked(paper: Light, ink: Light, pen: ArrayLike) -> Light:
    """Ink of one colour on paper: light is mixed by the share of each pixel that the ink covers."""
    cover = ink if paper.ndim == 2 else ink[:, :, None]
    return np.asarray(paper + (np.asarray(pen, np.float32) - paper) * cover, np.float32)


def even(shape: tuple[int, int], light: float) -> Light:
    """An even sheet."""
    return np.full(shape, light, np.float32)


def blurred(field: Light, radius_px: float) -> Light:
    """A field 0 to 1, blurred."""
    image = Image.fromarray(to_bytes(field)).filter(ImageFilter.GaussianBlur(radius_px))
    return np.asarray(image, np.float32) / np.float32(255)


def polygon(shape: tuple[int, int], corners: list[tuple[float, float]]) -> Light:
    """1 inside a polygon of points (x, y), with smooth edges."""
    sheet = Image.new("L", (shape[1] * 3, shape[0] * 3))
    ImageDraw.Draw(sheet).polygon([(3 * x, 3 * y) for x, y in corners], fill=255)
    return np.asarray(sheet.reduce(3), np.float32) / np.float32(255)


def grid(shape: tuple[int, int]) -> tuple[Light, Light]:
    """Each pixel's y and x, as shares of the shorter side."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return y / min(shape), x / min(shape)


# What was read well before there were frames, tables and shadows.


def plain(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """Dark on light or light on dark, grey or coloured."""
    sheet = Sheet.of(rng, digit, pen=(0.012, 0.08), height=(0.3, 0.8), margin=0.08)
    paper, pen = rng.uniform(0.75, 1, 3), rng.uniform(0, 0.35, 3)
    if rng.random() < 0.5:
        paper, pen = pen, paper
    light = inked(np.ones((*sheet.shape, 3), np.float32) * paper.astype(np.float32), sheet.ink(digit), pen)
    return encoded(light)


def lined(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """Pale blue lines, and often a pale red margin."""
    sheet = Sheet.of(rng, digit, pen=(0.015, 0.04))
    light = np.ones((*sheet.shape, 3), np.float32) * np.float32(0.96)
    step, wide = int(rng.integers(24, 60)), int(rng.integers(1, 3))
    for y in range(int(rng.integers(step)), sheet.shape[0], step):
        light[y : y + wide] = rng.uniform(0.78, 0.86), 0.86, 0.95
    if rng.random() < 0.5:
        x = int(sheet.shape[1] * rng.uniform(0.05, 0.15))
        light[:, x : x + wide] = 0.95, 0.75, 0.75
    return jpeg(rng, inked(light, sheet.ink(digit), np.array([0.1, 0.1, 0.35], np.float32)), (0.003, 0.01))


def squared(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """Pale squares."""
    sheet = Sheet.of(rng, digit, pen=(0.015, 0.04))
    light = np.ones((*sheet.shape, 3), np.float32) * np.float32(0.96)
    step, shade = int(rng.integers(16, 48)), rng.uniform(0.76, 0.86)
    light[int(rng.integers(step)) :: step] = shade
    light[:, int(rng.integers(step)) :: step] = shade
    return jpeg(rng, inked(light, sheet.ink(digit), np.array([0.1, 0.1, 0.3], np.float32)), (0.003, 0.01))


def pencil(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """Faint grey strokes on grainy paper."""
    sheet = Sheet.of(rng, digit, pen=(0.02, 0.04))
    light = inked(even(sheet.shape, 0.87), sheet.ink(digit), rng.uniform(0.55, 0.68))
    return jpeg(rng, light, (0.008, 0.02))


def turned_by_camera(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A camera that was held sideways: Exif tells how."""
    sheet = Sheet.of(rng, digit)
    image = Image.fromarray(to_bytes(inked(even(sheet.shape, 0.9), sheet.ink(digit), 0.15)))
    orientation, turn = (
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
    )[int(rng.integers(3))]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded_image(image.transpose(turn), "JPEG", exif=exif)


def of_16_bits(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """16 bits of grey."""
    sheet = Sheet.of(rng, digit)
    light = inked(even(sheet.shape, rng.uniform(0.7, 1)), sheet.ink(digit), rng.uniform(0, 0.3))
    return encoded_image(Image.fromarray((light * 65535).astype(np.uint16)))


def transparent(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """Ink on a transparent ground."""
    ink = Sheet.of(rng, digit).ink(digit)
    colour = rng.uniform(0, 0.3) if rng.random() < 0.5 else rng.uniform(0.8, 1)
    return encoded(np.stack((*[np.full_like(ink, colour)] * 3, ink), axis=2))


def touching_the_border(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """The digit's ink reaches the picture's border on one side, on two, or on all four."""
    sheet = Sheet.of(rng, digit, pen=(0.025, 0.07))
    left, top, wide, tall = sheet.box
    height, width = sheet.shape
    match int(rng.integers(4)):
        case 0:
            left = 0 if rng.random() < 0.5 else width - wide
        case 1:
            top = 0 if rng.random() < 0.5 else height - tall
        case 2:
            left, top = 0, height - tall
        case _:
            left, top, height, width = 0, 0, round(tall), round(wide)
    ink = digit.ink((height, width), (left, top, wide, tall), sheet.pen_px)
    return encoded(inked(even((height, width), 1), ink, 0) if rng.random() < 0.7 else ink)


def uneven_light(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A lamp at one side."""
    sheet = Sheet.of(rng, digit)
    y, x = grid(sheet.shape)
    lamp = 0.55 + 0.4 * np.exp(-((y - rng.uniform(0, 1)) ** 2) - (x - rng.uniform(0, 1)) ** 2)
    paper = (np.array([1, 0.97, 0.9]) * lamp[:, :, None]).astype(np.float32)
    return jpeg(rng, inked(paper, sheet.ink(digit), 0) * 0.9 + 0.05)


RIGHT_BEFORE: dict[str, Maker] = {
    "plain": plain,
    "lined paper": lined,
    "squared paper": squared,
    "pencil": pencil,
    "turned by Exif": turned_by_camera,
    "16 bits": of_16_bits,
    "transparent": transparent,
    "touching the border": touching_the_border,
    "uneven light": uneven_light,
}
