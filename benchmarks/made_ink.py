"""Digits to make pictures with: the bundled drawings, each time in a slightly different hand, painted as ink."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.pictures import sample_drawings
from mnist_bench.digits.curves import smooth_stroke
from mnist_bench.digits.drawing import Drawing, Stroke

Light = NDArray[np.float32]
"""Ink (H, W), 0 to 1, or light (H, W) or (H, W, 3), 0 to 1."""

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels."""

_FINER = 3


@dataclass(frozen=True, slots=True, eq=False)
class InkDigit:
    """A digit that can be painted.

    Attributes:
        label: what it is.
        lines: points (N, 2) of each stroke, where the whole digit's height is 1 and its corner is at 0.
    """

    label: int
    lines: tuple[NDArray[np.float64], ...]

    @property
    def width(self) -> float:
        """As a share of its height."""
        return max(float(line[:, 0].max()) for line in self.lines)

    def ink(self, shape: tuple[int, int], box: Box, pen_px: float) -> Light:
        """The ink (H, W) of the digit painted with a round pen so that it, with the pen's width, fills the box."""
        left, top, width, height = box
        size = np.array([(width - pen_px) / max(self.width, 1e-6), height - pen_px])
        sheet = Image.new("L", (shape[1] * _FINER, shape[0] * _FINER))
        brush = ImageDraw.Draw(sheet)
        radius = pen_px * _FINER / 2
        for line in self.lines:
            points = [(x, y) for x, y in ((line * size + (left, top) + pen_px / 2) * _FINER).tolist()]
            brush.line(points, fill=255, width=max(round(2 * radius), 1), joint="curve")
            for x, y in (points[0], points[-1]):
                brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        return np.asarray(sheet.reduce(_FINER), np.float32) / np.float32(255)


def digit_in_hand(label: int, rng: np.random.Generator) -> InkDigit:
    """One of the bundled drawings of this digit, a little slanted, turned and stretched."""
    drawings = [drawing for drawing in sample_drawings() if drawing.label == label]
    drawing = drawings[int(rng.integers(len(drawings)))]
    turn, slant, wide = rng.uniform(-0.1, 0.1), rng.uniform(-0.15, 0.15), rng.uniform(0.8, 1.15)
    change = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) @ [[wide, 0], [slant, 1]]
    return _of_lines(label, [line @ change for line in _lines(drawing)])


def _lines(drawing: Drawing) -> list[NDArray[np.float64]]:
    return [_line(stroke) for stroke in drawing.strokes if stroke]


def _line(stroke: Stroke) -> NDArray[np.float64]:
    return np.array(smooth_stroke(stroke))


def _of_lines(label: int, lines: Sequence[NDArray[np.float64]]) -> InkDigit:
    points = np.concatenate(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    height = float(high[1] - low[1])
    return InkDigit(label, tuple((line - low) / height for line in lines))
