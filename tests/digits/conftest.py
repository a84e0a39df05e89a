"""A drawn two, as a field of ink to make pictures from."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.digits.curves import smooth_stroke
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.rendering import render_drawing

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


@pytest.fixture(scope="session")
def mutate() -> Callable[[np.random.Generator, bytes], bytes]:
    """Damages a file's bytes in one to four of the ways that files are damaged, by accident or on purpose."""
    extremes = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")

    def damage(rng: np.random.Generator, data: bytes) -> bytes:
        start, length = int(rng.integers(len(data))), int(2 ** rng.uniform(0, 8))
        rest = data[start + length :]
        match int(rng.integers(7)):
            case 0:
                return data[:start] + bytes([data[start] ^ (1 << int(rng.integers(8)))]) + data[start + 1 :]
            case 1:
                return data[:start] + rng.bytes(length) + rest
            case 2:
                return data[:start] + rest
            case 3:
                return data[: start + length] + data[start:]
            case 4:
                return data[:start] + extremes[int(rng.integers(3))] + data[start + 4 :]
            case 5:
                early = int(rng.integers(min(len(data), 64)))
                return data[:early] + rng.bytes(1) + data[early + 1 :]
            case _:
                return data[: start + 1]

    def mutate(rng: np.random.Generator, data: bytes) -> bytes:
        for _ in range(int(rng.integers(1, 5))):
            data = damage(rng, data) or b"\0"
        return data

    return mutate
