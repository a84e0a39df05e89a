"""Digits drawn on the pad with a mouse, large or small, as a network sees them."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Stroke
from mnist_bench.digits.pen_path import PenPath
from mnist_bench.session.pad_content import PAD_UNITS, PadContent
from mnist_bench.training.styles.hands import deformed
from mnist_bench.training.styles.templates import Style, read_styles

STYLES: Final = Path(__file__).with_name("styled_digits.txt")
LARGE: Final = 0.7
"""Of the pad's height: about that of the dashed square on the pad."""

_PAD_PX = 240  # of the pad on a small screen
_MILD = 0.5  # strength of the deformation


@dataclass(frozen=True, slots=True)
class Handwritten:
    """One digit as somebody wrote it: which one, in what style or by whom, and its strokes in any unit, y down."""

    digit: int
    style: str
    strokes: tuple[Stroke, ...]


def styled(drawings: int, styles: Sequence[Style] | None = None) -> list[Handwritten]:
    """As many drawings of each style, each as another hand would have drawn it; the same ones every time.

    Without `styles` they are those that are only measured.
    """
    return [
        Handwritten(style.digit, f"{style.digit} {style.name}", deformed(style.strokes, _seeded(style, number), _MILD))
        for style in styles or read_styles(STYLES)
        for number in range(drawings)
    ]


def images(written: Iterable[Handwritten], share: float) -> NDArray[np.uint8]:
    """The digit images (N, 28, 28) of digits drawn in the middle of the pad with its default pen.

    Their strokes fill `share` of the pad's height. A mouse counts whole pixels, of which the pad has 240.
    """
    seen = [PadContent(_by_mouse(digit.strokes, share)).pixels for digit in written]
    return np.array([pixels for pixels in seen if pixels is not None])


def _by_mouse(strokes: Sequence[Stroke], share: float) -> tuple[Stroke, ...]:
    points = [np.array(stroke) for stroke in strokes]
    low, high = (np.concatenate(points).min(axis=0), np.concatenate(points).max(axis=0))
    scale = share * _PAD_PX / (high[1] - low[1])
    middle = (low + high) / 2
    return tuple(_followed(np.rint((stroke - middle) * scale + _PAD_PX / 2)) for stroke in points)


def _followed(pixels: NDArray[np.float64]) -> Stroke:
    """The stroke that the pad makes of a mouse's positions (N, 2) in pixels of the pad."""
    path = PenPath()
    for x, y in (pixels * (PAD_UNITS / _PAD_PX)).tolist():
        path.add((round(x, 2), round(y, 2)))
    return path.stroke


def _seeded(style: Style, number: int) -> np.random.Generator:
    """The random numbers of one drawing."""
    return np.random.default_rng((zlib.crc32(style.name.encode()), style.digit, number))
