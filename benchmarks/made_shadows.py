"""Pictures in poor light or of few pixels: shadows across thin strokes, grain, JPEG, 28 x 28, strokes of a pixel."""

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.made_ink import InkDigit
from benchmarks.made_pictures import Maker, Sheet, blurred, encoded, encoded_image, even, inked, jpeg, polygon


def _shadowed(
    rng: np.random.Generator, digit: InkDigit, count: int, soft_px: tuple[float, float], pen: tuple[float, float]
) -> bytes:
    sheet = Sheet.of(rng, digit, pen=pen, height=(0.45, 0.6))
    paper, pen_light = np.array([0.85, 0.77, 0.6], np.float32), np.array([0.16, 0.14, 0.45], np.float32)
    if rng.random() < 0.5:
        paper, pen_light = np.array([0.9, 0.9, 0.88], np.float32), np.array([0.12, 0.12, 0.14], np.float32)
    light = inked(np.ones((*sheet.shape, 3), np.float32) * paper, sheet.ink(digit), pen_light)
    left, top, wide, tall = sheet.box
    reach = 2.0 * max(sheet.shape)
    for _ in range(count):
        x, y = left + wide * rng.uniform(0.1, 0.9), top + tall * rng.uniform(0.1, 0.9)
        angle, opening = rng.uniform(0, 2 * np.pi), rng.choice([np.pi, np.pi, rng.uniform(1.2, 2)])
        ways = angle + np.array([0, opening / 2, opening])
        corners = [(x, y), *[(x + reach * float(np.cos(way)), y + reach * float(np.sin(way))) for way in ways]]
        dark = rng.uniform(0.35, 0.75) if count == 1 else rng.uniform(0.55, 0.8)
        shade = 1 - (1 - dark) * blurred(polygon(sheet.shape, corners), rng.uniform(*soft_px))
        light = light * shade[:, :, None]
    return jpeg(rng, light)


def soft_shadow(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A hand's shadow with a soft edge across the digit, thin strokes."""
    return _shadowed(rng, digit, 1, (3, 16), (0.008, 0.02))


def hard_shadow(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A phone's shadow with a hard edge across the digit, thin strokes."""
    return _shadowed(rng, digit, 1, (0.5, 2.5), (0.008, 0.02))


def several_shadows(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """Two or three shadows that overlap."""
    return _shadowed(rng, digit, int(rng.integers(2, 4)), (1, 10), (0.01, 0.025))


def grainy(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A photograph in poor light: strong grain, partly of more than a pixel."""
    sheet = Sheet.of(rng, digit, pen=(0.02, 0.045))
    light = inked(even(sheet.shape, rng.uniform(0.6, 0.9)), sheet.ink(digit), rng.uniform(0.05, 0.3))
    grain = rng.normal(0, rng.uniform(0.05, 0.14), sheet.shape)
    if rng.random() < 0.5:
        grain += 2 * (blurred((0.5 + rng.normal(0, 0.12, sheet.shape)).astype(np.float32), 1) - 0.5)
    return encoded((light + grain).astype(np.float32), "JPEG", quality=int(rng.integers(40, 90)))


def strong_jpeg(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """JPEG that was saved with very low quality."""
    sheet = Sheet.of(rng, digit, pen=(0.015, 0.045))
    light = inked(even(sheet.shape, rng.uniform(0.7, 1)), sheet.ink(digit), rng.uniform(0, 0.3))
    light = light + rng.normal(0, 0.02, light.shape).astype(np.float32)
    return encoded(light, "JPEG", quality=int(rng.integers(5, 20)))


def of_28_off_centre(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """28 x 28, light on black, in a corner, small, or filling the frame."""
    tall = rng.uniform(12, 28)
    pen_px = tall * rng.uniform(0.08, 0.14)
    wide = min(digit.width * tall, 28.0)
    left, top = rng.choice([0.0, 28 - wide]), rng.choice([0.0, 28 - tall])
    return encoded(digit.ink((28, 28), (left, top, wide, tall), pen_px))


def of_one_pixel(rng: np.random.Generator, digit: InkDigit) -> bytes:
    """A small picture drawn with a pencil of one pixel, without smooth edges."""
    side = int(rng.integers(22, 64))
    image = Image.new("L", (side, side), 255)
    tall = rng.uniform(18, side - 3)
    wide = min(digit.width * tall, side - 3.0)
    left, top = rng.uniform(1, side - wide - 1), rng.uniform(1, side - tall - 1)
    brush = ImageDraw.Draw(image)
    for line in digit.lines:
        points = line * (wide / max(digit.width, 1e-6), tall) + (left, top)
        brush.line([(round(x), round(y)) for x, y in points.tolist()], fill=0, width=1)
    return encoded_image(image)


SHADOWS: dict[str, Maker] = {
    "soft shadow": soft_shadow,
    "hard shadow": hard_shadow,
    "several shadows": several_shadows,
    "grain": grainy,
    "strong JPEG": strong_jpeg,
    "28 x 28 off centre": of_28_off_centre,
    "one-pixel strokes": of_one_pixel,
}
