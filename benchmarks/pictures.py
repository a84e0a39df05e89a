"""The drawings that benchmarks run on: the bundled samples, the same every time."""

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Drawing, Point, Stroke
from mnist_bench.digits.samples import bundled_samples

_DIGIT = 3  # one that has some length


def sample_digit() -> NDArray[np.uint8]:
    """A digit image, uint8 (28, 28)."""
    return next(sample.pixels for sample in bundled_samples() if sample.label == _DIGIT)


def sample_drawings() -> tuple[Drawing, ...]:
    """The bundled drawings, one of each digit, then the others."""
    drawings = [sample.drawing for sample in bundled_samples() if sample.drawing is not None]
    firsts: dict[int | None, Drawing] = {}
    for drawing in drawings:
        firsts.setdefault(drawing.label, drawing)
    return (*firsts.values(), *(drawing for drawing in drawings if drawing is not firsts[drawing.label]))


def pen_path(stroke: Stroke, step: float) -> list[Point]:
    """The points of a pen that moves by about `step` at a time along the stroke, its ends included."""
    points = np.array(stroke)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    at = np.linspace(0, along[-1], max(1, round(float(along[-1]) / step)) + 1) if along[-1] else np.zeros(1)
    return list(
        zip(np.interp(at, along, points[:, 0]).tolist(), np.interp(at, along, points[:, 1]).tolist(), strict=True)
    )
