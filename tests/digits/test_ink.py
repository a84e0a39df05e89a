"""Finding the ink: the digit and all of it, and nothing that bounds the page or lies beside it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mnist_bench.digits.borders import is_rectangle, runs_along_the_border
from mnist_bench.digits.centering import Field
from mnist_bench.digits.ink import find_ink
from mnist_bench.digits.page import page_around

Ink = NDArray[np.float64]


def assert_finds(light: Ink, ink: Ink, likeness: float = 0.95) -> None:
    """That the ink which is found in light (H, W) is this ink."""
    found = find_ink(light.astype(np.float32)[None])
    assert found is not None
    assert found.shape == ink.shape
    assert np.corrcoef(found.ravel(), ink.ravel())[0, 1] > likeness


def framed(inset: int, wide: int, shade: float) -> Callable[[Ink], Ink]:
    def with_frame(light: Ink) -> Ink:
        frame = np.pad(
            np.zeros([side - 2 * (inset + wide) for side in light.shape], np.bool_), wide, constant_values=True
        )
        return np.where(np.pad(frame, inset), shade, light)

    return with_frame


def banded(rows: slice, columns: slice, shade: float) -> Callable[[Ink], Ink]:
    def with_band(light: Ink) -> Ink:
        light = light.copy()
        light[rows, columns] = shade
        return light

    return with_band


def with_wedge(light: Ink) -> Ink:
    y, x = np.indices(light.shape)
    return np.where(x < 40 - 0.12 * y, 0.2, light)


def with_glow(light: Ink) -> Ink:
    """A window's shadow on white around it."""
    around = np.pad(light, 50, constant_values=1)
    inside = np.pad(np.zeros_like(light), 50, constant_values=1)
    glow = np.asarray(Image.fromarray((255 * inside).astype(np.uint8)).filter(ImageFilter.GaussianBlur(16))) / 255
    return np.where(inside > 0, 0.3 + 0.7 * glow, around)[30:-30, 30:-30]


BOUNDS = {
    "a line at the top": banded(slice(0, 2), slice(None), 0.5),
    "a line near the bottom": banded(slice(-6, -3), slice(None), 0.0),
    "a short line at the left": banded(slice(20, 260), slice(0, 3), 0.3),
    "lines at two sides": lambda light: banded(slice(2, 4), slice(None), 0)(banded(slice(None), slice(2, 4), 0)(light)),
    "a frame of a pixel": framed(0, 1, 0.0),
    "a faint frame inside": framed(9, 2, 0.7),
    "a thick frame inside": framed(12, 6, 0.0),
    "a bar": banded(slice(None), slice(-25, None), 0.05),
    "two bars": lambda light: banded(slice(0, 22), slice(None), 0.05)(banded(slice(None), slice(0, 30), 0.05)(light)),
    "a table": banded(slice(-40, None), slice(None), 0.4),
    "a tilted table": with_wedge,
}


@pytest.mark.parametrize("light_on_dark", [False, True])
@pytest.mark.parametrize("bound", BOUNDS)
def test_what_bounds_the_page_is_not_ink(bound: str, light_on_dark: bool, ink: Ink) -> None:
    light = BOUNDS[bound](1 - ink)
    assert_finds(1 - light if light_on_dark else light, ink)


def test_a_windows_shadow_is_not_ink(ink: Ink) -> None:
    assert_finds(with_glow(1 - ink), np.pad(ink, 20))


@pytest.mark.parametrize(("page", "canvas"), [(1.0, 0.0), (0.1, 1.0), (0.6, 0.95), (0.3, 0.0)])
@pytest.mark.parametrize("margins", [((30, 200), (150, 40)), ((8, 8), (8, 8)), ((100, 100), (300, 3))])
def test_a_canvas_in_a_page(
    page: float, canvas: float, margins: tuple[tuple[int, int], tuple[int, int]], ink: Ink
) -> None:
    light = canvas + (1 - 2 * canvas) * ink
    assert_finds(np.pad(light, margins, constant_values=page), np.pad(ink, margins))


@pytest.mark.parametrize("shades", [(1.0, 0.1, 1.0), (0.1, 0.75, 0.0), (1.0, 0.0, 0.9, 0.1)])
@pytest.mark.parametrize("margins", [((40, 36), (36, 36)), ((22, 30), (24, 110)), ((24, 90), (24, 20))])
def test_a_canvas_in_a_page_in_a_page(
    shades: tuple[float, ...], margins: tuple[tuple[int, int], tuple[int, int]], ink: Ink
) -> None:
    *pages, canvas = shades
    light = canvas + (1 if canvas < 0.5 else -1) * (1 - 2 * min(canvas, 1 - canvas)) * ink
    for page in reversed(pages):
        light, ink = np.pad(light, margins, constant_values=page), np.pad(ink, margins)
    assert_finds(light, ink)


@pytest.mark.parametrize("paper", [1.0, 0.1])
def test_a_tiny_digit_in_a_large_picture(paper: float, draw_two: Callable[[int, float], Ink]) -> None:
    ink = np.pad(draw_two(24, 30.0), ((400, 216), (80, 536)))
    assert_finds(paper + (0.9 - 1.8 * round(paper)) * ink, ink, 0.9)


def test_words_outside_the_canvas_are_not_ink(ink: Ink) -> None:
    page = np.pad(ink, ((60, 20), (80, 80)), constant_values=1)
    for letter in range(5):
        page[20:40, 100 + 24 * letter : 106 + 24 * letter] = 0
        page[20:25, 100 + 24 * letter : 116 + 24 * letter] = 0
    assert_finds(page, np.pad(ink, ((60, 20), (80, 80))))


@pytest.mark.parametrize("gap", [4, 9, 16])
def test_a_gap_between_words_and_a_canvas_is_not_ink(gap: int, ink: Ink) -> None:
    small = ink[::2, ::2]
    page = np.pad(small, ((150, 150), (200, 200)), constant_values=1)
    words = Image.new("L", (190, 24), 255)
    ImageDraw.Draw(words).text((0, 0), "Draw a digit (0-9)", fill=0, font_size=20)
    page[126 - gap : 150 - gap, 200:390] = np.asarray(words) / 255
    assert_finds(page, np.pad(small, ((150, 150), (200, 200))))


def test_a_circle_drawn_around_the_digit_is_not_ink(ink: Ink) -> None:
    wide = np.pad(ink, 60)
    y, x = np.indices(wide.shape)
    circle = np.abs(np.hypot(y - 200, x - 200) - 150) < 4
    assert_finds(1 - np.maximum(wide, 0.8 * circle), wide)


def test_a_dot_within_a_digit_leaves_it_a_digit() -> None:
    y, x = np.indices((300, 300))
    ring = np.abs(np.hypot((y - 150) / 1.4, x - 150) - 60) < 8
    dot = np.hypot(y - 150, x - 150) < 9
    assert_finds(1.0 - (ring | dot), ring | dot, 0.9)


@pytest.mark.parametrize("soft_px", [0, 2, 8])
@pytest.mark.parametrize("pen", [7.0, 12.0])
def test_a_shadows_edge_across_the_digit_is_not_ink(
    soft_px: int, pen: float, draw_two: Callable[[int, float], Ink]
) -> None:
    ink = draw_two(400, pen)
    y, x = np.indices(ink.shape)
    shade = Image.fromarray(np.where(y > 120 + 0.4 * x, 90, 255).astype(np.uint8))
    light = (1 - 0.8 * ink) * np.asarray(shade.filter(ImageFilter.GaussianBlur(soft_px))) / 255
    noise = np.random.default_rng(0).normal(0, 0.006, ink.shape)
    assert_finds(light + noise, ink, 0.93)


def test_strokes_show_through_strong_grain(draw_two: Callable[[int, float], Ink]) -> None:
    ink = draw_two(400, 12.0)
    assert_finds(0.8 - 0.5 * ink + np.random.default_rng(0).normal(0, 0.13, ink.shape), ink, 0.85)


@pytest.mark.parametrize("sides", [((0, 60), (0, 60)), ((60, 0), (60, 0)), ((0, 0), (0, 0)), ((0, 0), (80, 80))])
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_digit_that_touches_the_border_is_ink(
    sides: tuple[tuple[int, int], tuple[int, int]], light_on_dark: bool, ink: Ink
) -> None:
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    close = np.pad(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], sides)
    assert_finds(close if light_on_dark else 1 - close, close, 0.9)


def test_a_fat_digit_that_is_cut_close_on_all_sides_is_ink() -> None:
    y, x = np.indices((240, 110)) + 0.5
    rings = [np.hypot((y - middle) / 60, (x - 55) / wide) for middle, wide in ((60, 50), (180, 55))]
    eight = np.any([(ring <= 1) & (ring > 0.55) for ring in rings], axis=0)
    assert_finds(1.0 - eight, eight, 0.9)
    assert_finds(eight * 1.0, eight, 0.9)


def test_parts_of_a_digit_are_kept_and_specks_are_not() -> None:
    light = np.ones((1, 200, 200), np.float32)
    light[0, 60:150, 80:90] = 0  # the digit
    light[0, 60:70, 100:140] = 0  # its bar, apart
    light[0, 20:24, 20:24] = 0  # dust
    ink = find_ink(light)
    assert ink is not None
    assert ink[100, 85] == ink[65, 120] == 1
    assert not ink[:50].any()


def test_all_of_several_digits_are_ink(ink: Ink) -> None:
    row = np.concatenate((ink, ink, ink), axis=1)
    assert_finds(1 - row, row)


def outline(height: int, width: int, tilt: float) -> NDArray[np.bool_]:
    image = Image.new("L", (300, 300))
    image.paste(255, ((300 - width) // 2, (300 - height) // 2, (300 + width) // 2, (300 + height) // 2))
    image.paste(0, ((300 - width) // 2 + 3, (300 - height) // 2 + 3, (300 + width) // 2 - 3, (300 + height) // 2 - 3))
    turned = np.asarray(image.rotate(tilt)) > 127
    rows, columns = (np.flatnonzero(turned.any(axis=axis)) for axis in (1, 0))
    return turned[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("tilt", [0, 5, 30])
def test_a_frame_of_any_tilt_is_a_rectangle(tilt: float) -> None:
    assert is_rectangle(outline(120, 160, tilt))
    open_frame = outline(120, 160, 0)
    open_frame[:3] = False
    assert is_rectangle(open_frame[3:]), "three sides, as where a title bar is the fourth"


def test_digits_are_no_rectangles(ink: Ink) -> None:
    y, x = np.indices((120, 90))
    ring = np.hypot((y - 60) / 60, (x - 45) / 45)
    assert not is_rectangle((ring < 1) & (ring > 0.75))
    assert not is_rectangle(ink > 0.5)
    assert not is_rectangle(np.ones((100, 15), np.bool_)), "a 1"


def test_a_stroke_that_ends_at_the_border_does_not_run_along_it() -> None:
    stroke = np.ones((100, 12), np.bool_)
    assert not runs_along_the_border(stroke, (slice(0, 100), slice(90, 102)), (200, 200))
    assert runs_along_the_border(stroke.repeat(2, axis=0), (slice(0, 200), slice(0, 12)), (200, 200))


def test_the_page_ends_at_edges_that_the_digit_does_not_cross() -> None:
    digit, edges = np.zeros((2, 60, 100), np.bool_)
    edges[:, 50] = edges[30] = True
    digit[20:40, 20:24] = True
    page = page_around(digit, edges, np.zeros_like(edges))
    assert page[5, 10]
    assert page[55, 10], "the digit leads across the edge"
    assert not page[:, 60:].any()


def test_the_margin_line_of_ruled_paper_is_not_ink(ink: Ink) -> None:
    """It is as dark as ink in one colour, and the rules, which cross it and the digit, are nearly so in another."""
    wide = np.pad(ink, ((60, 60), (120, 120)))
    paper = np.full((3, *wide.shape), 0.95)
    paper[:, 9::36] = paper[:, 10::36] = np.reshape((0.59, 0.7, 0.86), (3, 1, 1))
    paper[:, :, 60:63] = np.reshape((0.86, 0.35, 0.35), (3, 1, 1))
    light = paper * (1 - wide) + np.reshape((0.12, 0.12, 0.47), (3, 1, 1)) * wide
    found = find_ink(light.astype(np.float32))
    assert found is not None
    assert np.corrcoef(found.ravel(), wide.ravel())[0, 1] > 0.9
    assert not found[:, :80].any()


def test_a_row_of_boxes_as_in_a_form_is_not_ink(ink: Ink) -> None:
    middle = np.pad(np.asarray(Image.fromarray(ink.astype(np.float32)).resize((100, 100))), ((60, 60), (300, 300)))
    light = 1 - 0.9 * middle
    for x in range(30, 671, 128):
        light[50:170, x : x + 2] = 0.2
    light[50:52, 30:672] = light[168:170, 30:672] = 0.2
    assert_finds(light, middle, 0.9)


def test_blank_fields_have_no_ink() -> None:
    blank: Field = np.full((3, 40, 60), 0.5, np.float32)
    assert find_ink(blank) is None
    assert find_ink(blank[:1, :1, :1]) is None
    assert find_ink(blank[:1, :1]) is None
