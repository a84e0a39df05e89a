"""Rules and boxes that the digit touches or crosses: they are not ink, and the digit's own straight strokes are."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_bench.digits.ink import find_ink

Ink = NDArray[np.float64]


def likeness(light: Ink, ink: Ink) -> float:
    """Of the ink found in light (H, W) and this ink: their correlation."""
    found = find_ink(light.astype(np.float32)[None])
    assert found is not None
    return float(np.corrcoef(found.ravel(), ink.ravel())[0, 1])


def lines(shape: tuple[int, ...], *ends: tuple[int, int, int, int], width: int, tilt: float = 0) -> Ink:
    """Lines from (x, y) to (x, y), 1 on 0, all turned by so many degrees."""
    image = Image.new("L", (shape[1], shape[0]))
    for points in ends:
        ImageDraw.Draw(image).line(points, fill=255, width=width)
    return np.asarray(image.rotate(tilt, Image.Resampling.BICUBIC)) / 255


@pytest.mark.parametrize("shade", [0.5, 1.0])
@pytest.mark.parametrize(("width", "tilt"), [(2, 0), (5, 0), (2, 5)])
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_rules_through_the_digit_are_not_ink(
    shade: float, width: int, tilt: float, light_on_dark: bool, ink: Ink
) -> None:
    wide = np.pad(ink, ((60, 60), (120, 120)))
    rules = lines(wide.shape, *((-99, y, 699, y) for y in range(13, 400, 54)), width=width, tilt=tilt)
    drawn = np.maximum(wide, shade * rules)
    assert likeness(drawn if light_on_dark else 1 - drawn, wide) > 0.9


@pytest.mark.parametrize("tilt", [0, 4])
def test_a_digit_that_is_much_thicker_than_the_rules_is_found_among_them(
    tilt: float, draw_two: Callable[[int, float], Ink]
) -> None:
    wide = np.pad(draw_two(280, 60.0), ((160, 160), (200, 160)))
    across = [(-99, y, 799, y) for y in range(13, 640, 54)]
    rules = lines(wide.shape, *across, (80, -99, 80, 699), width=3, tilt=tilt)
    assert likeness(1 - np.maximum(wide, 0.5 * rules), wide) > 0.9


@pytest.mark.parametrize("bottom", [40, 200, 260])
@pytest.mark.parametrize("shade", [0.35, 0.6, 0.9])
def test_a_margin_line_of_any_tilt_is_not_ink(bottom: int, shade: float, ink: Ink) -> None:
    wide = np.pad(ink, ((120, 120), (280, 20)))
    margin = lines(wide.shape, (120, -1, bottom, 521), width=3)
    assert likeness(1 - np.maximum(wide, shade * margin), wide) > 0.9


def test_a_line_to_write_on_is_not_ink_below_a_thick_pen(draw_two: Callable[[int, float], Ink]) -> None:
    wide = np.pad(draw_two(280, 70.0), ((40, 80), (160, 160)))
    assert likeness(1 - np.maximum(wide, 0.7 * lines(wide.shape, (60, 325, 540, 325), width=2)), wide) > 0.9


def test_a_blank_to_be_filled_in_is_not_ink(ink: Ink) -> None:
    wide = np.pad(ink, ((60, 60), (160, 160)))
    assert likeness(1 - np.maximum(wide, lines(wide.shape, (120, 280, 480, 280), width=3)), wide) > 0.9


@pytest.mark.parametrize("tilt", [0, 4])
@pytest.mark.parametrize("inset", [-6, 0, 14])
def test_a_box_that_the_digit_touches_or_crosses_is_not_ink(tilt: float, inset: int, ink: Ink) -> None:
    wide = np.pad(ink, 40)
    rows, columns = (np.flatnonzero((wide > 0.5).any(axis=axis)) for axis in (1, 0))
    left, top, right, bottom = columns[0] + inset, rows[0] + inset, columns[-1] - inset, rows[-1] - inset
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    sides = [(*a, *b) for a, b in pairwise(corners)]
    assert likeness(1 - np.maximum(wide, lines(wide.shape, *sides, width=3, tilt=tilt)), wide) > 0.9


def test_a_row_of_boxes_whose_height_the_digit_fills_is_not_ink(ink: Ink) -> None:
    middle = np.pad(ink[::2, ::2], ((30, 30), (230, 230)))
    rows = np.flatnonzero((middle > 0.5).any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1])
    sides = [(60, top, 540, top), (60, bottom, 540, bottom), *((x, top, x, bottom) for x in range(60, 541, 120))]
    assert likeness(1 - np.maximum(middle, lines(middle.shape, *sides, width=2)), middle) > 0.9


@pytest.mark.parametrize("apart", [0, 20])
def test_digits_in_a_row_of_boxes_are_all_ink(apart: int, ink: Ink) -> None:
    row = np.pad(np.concatenate([np.pad(ink, ((0, 0), (0, apart)))] * 3, axis=1), 40)
    step = 280 + apart
    boxes = [
        side
        for x in range(40, 40 + 3 * step, step)
        for side in ((x, 40, x + 280, 40), (x, 320, x + 280, 320), (x, 40, x, 320), (x + 280, 40, x + 280, 320))
    ]
    assert likeness(1 - np.maximum(row, lines(row.shape, *boxes, width=3)), row) > 0.9


STRAIGHT = {
    "1": [(100, 30, 100, 250)],
    "4": [(110, 20, 110, 250), (90, 35, 40, 160), (40, 160, 150, 160)],
    "7": [(40, 40, 150, 40), (150, 40, 150, 250)],
    "8 of segments": [
        (50, 40, 150, 40),
        (50, 145, 150, 145),
        (50, 250, 150, 250),
        (50, 40, 50, 250),
        (150, 40, 150, 250),
    ],
}


@pytest.mark.parametrize("width", [5, 12])
@pytest.mark.parametrize("digit", STRAIGHT)
def test_the_straight_strokes_of_a_digit_are_ink(digit: str, width: int) -> None:
    ink = lines((290, 200), *STRAIGHT[digit], width=width)
    light = 1 - ink
    light[10:14, 10:14] = 0  # dust, which must not be read in the place of a 1
    assert likeness(light, ink) > 0.9


def test_a_1_from_side_to_side_is_ink() -> None:
    ink = lines((300, 160), (90, -10, 80, 310), width=12)
    light = 1 - ink
    light[10:14, 10:14] = 0
    assert likeness(light, ink) > 0.9
