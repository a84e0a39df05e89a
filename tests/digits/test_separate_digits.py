"""How many separate digits there are in ink, and where."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.digits.centering import Field, center_digit
from mnist_bench.digits.curves import smooth_stroke
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.digits.samples import bundled_samples, labelled_digits
from mnist_bench.digits.separate_digits import find_digits, ink_of

Line = Sequence[tuple[float, float]]


def draw(lines: Sequence[Line], pen: float, size: tuple[int, int] = (280, 280)) -> Field:
    """Ink (H, W) of a round pen, `pen` pixels wide, along lines in pixels."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32) + np.float32(0.5)
    ink = np.zeros((size[1], size[0]), np.float32)
    for line in lines:
        for (x1, y1), (x2, y2) in zip(line, [*line[1:], line[-1]], strict=True):
            dx, dy = x2 - x1, y2 - y1
            along = np.clip(((x - x1) * dx + (y - y1) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
            distance = np.hypot(x - x1 - along * dx, y - y1 - along * dy)
            ink = np.maximum(ink, np.clip(pen / 2 + 0.5 - distance, 0, 1))
    return ink


def sample_lines(drawing: Drawing) -> list[Line]:
    """Its smooth strokes in a square of 280 x 280."""
    scale = 280 / max(drawing.width, drawing.height)
    return [[(x * scale, y * scale) for x, y in smooth_stroke(stroke)][::3] for stroke in drawing.strokes]


@pytest.mark.parametrize("pen", [3.0, 9.0, 20.0, 40.0])
def test_every_sample_is_one_digit_with_any_pen(pen: float) -> None:
    for sample in bundled_samples():
        assert sample.drawing is not None
        (box,) = find_digits(draw(sample_lines(sample.drawing), pen))
        assert max(box.width, box.height) > 100, sample.name


def enlarged(pixels: NDArray[np.uint8], side: int, floor: float = 0.25) -> Field:
    """A digit image as ink of this side; a higher floor thins and breaks its strokes."""
    light = np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
    return np.asarray(np.clip((light - floor) / 0.4, 0, 1), np.float32)


@pytest.mark.parametrize("floor", [0.15, 0.3, 0.45])
def test_digits_of_many_hands_are_one_each(floor: float) -> None:
    counts = [len(find_digits(enlarged(image, 200, floor))) for image in labelled_digits().images]
    assert sum(count == 1 for count in counts) >= 199


FIVE = ([(170, 60), (90, 60)], [(80, 75), (75, 130), (130, 125), (170, 165), (130, 220), (70, 200)])
OPEN_FOUR = ([(80, 50), (70, 150), (140, 150)], [(165, 50), (165, 230)])
ONE_WITH_BASE = ([(110, 90), (140, 50), (140, 205)], [(100, 228), (180, 228)])
SEVEN_WITH_BAR = ([(80, 60), (180, 60), (120, 230)], [(95, 150), (118, 150)], [(160, 150), (185, 150)])
HALVES_OF_EIGHT = (
    [(140, 130), (100, 90), (140, 50), (180, 90), (142, 130)],
    [(140, 148), (95, 190), (140, 232), (185, 190), (142, 148)],
)
BROKEN_ONE = ([(140, 40), (140, 120)], [(140, 140), (140, 230)])


@pytest.mark.parametrize("pen", [4.0, 9.0, 14.0])
@pytest.mark.parametrize(
    "lines",
    [FIVE, OPEN_FOUR, ONE_WITH_BASE, SEVEN_WITH_BAR, HALVES_OF_EIGHT, BROKEN_ONE],
    ids=["five", "open four", "one with base", "seven with bar", "eight", "broken one"],
)
def test_strokes_of_one_digit_need_not_touch(lines: Sequence[Line], pen: float) -> None:
    ink = draw(lines, pen)
    (box,) = find_digits(ink)
    assert np.array_equal(center_digit(ink_of(ink, box)), center_digit(ink)), "all of its strokes"


def page(rng: np.random.Generator, count: int, columns: int, spacing: float) -> tuple[Field, list[int]]:
    """Digits of the bundled set in rows, of sizes that differ by a quarter, `spacing` of a digit's height apart."""
    digits = labelled_digits()
    side, numbers = 90, rng.permutation(len(digits))[:count].tolist()
    pieces = []
    for number in numbers:
        ink = enlarged(digits.images[number], round(side * rng.uniform(0.85, 1.15)))
        rows, wide = (np.flatnonzero((ink > 0).any(axis=axis)) for axis in (1, 0))
        pieces.append(ink[rows[0] : rows[-1] + 1, wide[0] : wide[-1] + 1])
    gap = round(spacing * side)
    rows_of = [pieces[at : at + columns] for at in range(0, count, columns)]
    width = max(sum(piece.shape[1] + gap for piece in row) for row in rows_of) + gap
    field = np.zeros((len(rows_of) * (side + gap) + gap, width), np.float32)
    for at, row in enumerate(rows_of):
        left = gap
        for piece in row:
            top = gap + at * (side + gap) + (side - piece.shape[0]) // 2
            field[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
            left += piece.shape[1] + gap
    return field, [int(digits.labels[number]) for number in numbers]


@pytest.mark.parametrize(("count", "columns"), [(2, 2), (3, 3), (4, 1), (7, 7), (12, 4), (20, 5)])
@pytest.mark.parametrize("spacing", [0.2, 0.6])
def test_several_digits_are_counted(count: int, columns: int, spacing: float) -> None:
    rng = np.random.default_rng(count)
    counts = [len(find_digits(page(rng, count, columns, spacing)[0])) for _ in range(10)]
    assert sum(found == count for found in counts) >= 9, counts


def test_they_come_in_the_order_in_which_one_reads() -> None:
    field, _ = page(np.random.default_rng(5), 12, 4, 0.4)
    boxes = find_digits(field)
    rows = [boxes[at : at + 4] for at in range(0, 12, 4)]
    for row in rows:
        assert [box.left for box in row] == sorted(box.left for box in row)
    for above, below in pairwise(rows):
        assert max(box.top for box in above) < min(box.top for box in below)


def test_each_has_its_own_ink_only() -> None:
    """A network must not see the neighbour, even where its box reaches into the digit's."""
    slanted = ([(120, 30), (40, 200)], [(190, 30), (110, 200)])
    ink = draw(slanted, 10)
    boxes = find_digits(ink)
    assert len(boxes) == 2
    for box, line in zip(boxes, slanted, strict=True):
        assert np.array_equal(ink_of(ink, box) > 0, draw([line], 10) > 0)


def test_what_is_much_smaller_is_no_digit() -> None:
    """A decimal point, a page number, a speck."""
    seven = [(60, 40), (160, 40), (90, 220)]
    ink = draw([seven, [(250, 250), (252, 250)]], 14)
    (box,) = find_digits(ink)
    assert box.right < 200
    assert not ink_of(ink, box)[:, 220:].any()


def test_a_line_under_several_digits_is_none() -> None:
    field, _ = page(np.random.default_rng(2), 3, 3, 0.5)
    field = np.pad(field, ((0, 60), (0, 0)))
    field[-20:-15, 5:-5] = 1
    assert len(find_digits(field)) == 3


def test_a_dot_is_a_digit_where_there_is_nothing_else() -> None:
    assert len(find_digits(draw([[(100, 100)]], 12))) == 1
    assert find_digits(np.zeros((50, 60), np.float32)) == ()


def test_ink_that_fills_a_field_with_pieces_is_bounded_in_time() -> None:
    """Half-tone, gravel: hundreds of pieces, of which each might be a digit."""
    field = np.asarray(np.kron(np.indices((80, 80)).sum(axis=0) % 2, np.ones((8, 8))), np.float32)
    field[::8] = field[:, ::8] = 0
    assert len(find_digits(field)) <= 300


def test_a_rendered_sample_is_one_digit_of_28_x_28() -> None:
    for sample in bundled_samples():
        assert sample.drawing is not None
        assert len(find_digits(enlarged(render_drawing(sample.drawing), 28))) == 1
