"""A drawn two, as a field of ink to make pictures from."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.rendering import render_drawing, smooth_stroke

Ink = NDArray[np.float64]

TWO = Drawing(
    width=280,
    height=280,
    pen_width=20,
    strokes=(((84, 96), (100, 60), (140, 46), (182, 66), (184, 108), (150, 160), (80, 230), (210, 226)),),
)


@pytest.fixture(scope="session")
def two_drawing() -> Drawing:
    """A two in one stroke."""
    return TWO


@pytest.fixture(scope="session")
def two() -> NDArray[np.uint8]:
    """The digit image of the two, made from its strokes."""
    return render_drawing(TWO)


@pytest.fixture(scope="session")
def draw_two() -> Callable[[int, float], Ink]:
    """Paints the two with a pen of this width (of 280) as ink (size, size), 0 to 1, without the code under test."""

    def draw(size: int = 280, pen_width: float = 20.0) -> Ink:
        line = np.array(smooth_stroke(TWO.strokes[0]))
        steps = np.linspace(0, 1, 24)[:, None, None]
        dots = (line[:-1] + steps * np.diff(line, axis=0)).reshape(-1, 2) * size / 280
        pixels = np.arange(size) + 0.5
        ink = np.zeros((size, size))
        for x, y in dots:
            near = slice(max(int(y - pen_width * size / 280), 0), int(y + pen_width * size / 280) + 1)
            distance = np.hypot(pixels[near, None] - y, pixels - x)
            ink[near] = np.maximum(ink[near], np.clip(pen_width * size / 560 + 0.5 - distance, 0, 1))
        return ink

    return draw


@pytest.fixture(scope="session")
def ink(draw_two: Callable[[int, float], Ink]) -> Ink:
    """The two as ink (280, 280), 0 to 1."""
    return draw_two(280, 20.0)
