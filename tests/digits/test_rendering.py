import math
import time
from collections.abc import Sequence

import numpy as np
import pytest

from mnist_bench.digits.centering import center_of_mass
from mnist_bench.digits.curves import smooth_stroke
from mnist_bench.digits.drawing import Drawing, Point
from mnist_bench.digits.rendering import render_drawing


def drawing(*strokes: Sequence[Point], pen_width: float = 20.0, size: float = 280.0) -> Drawing:
    return Drawing(size, size, pen_width, tuple(tuple(stroke) for stroke in strokes))


def spiral(points: int, turns: float) -> list[Point]:
    return [
        (
            140 + (20 + 90 * i / points) * math.cos(turns * math.tau * i / points),
            140 + (20 + 90 * i / points) * math.sin(turns * math.tau * i / points),
        )
        for i in range(points)
    ]


FIVE = drawing([(190, 54), (110, 58), (96, 126), (150, 118), (182, 165), (160, 214), (90, 222)])
EIGHT = [(140 + 60 * math.sin(turn), 140 - 140 * math.cos(turn / 2)) for turn in (i * math.tau / 24 for i in range(49))]


def extent(drawing: Drawing) -> int:
    """The longest side of the ink in px, of pixels that are covered by a quarter or more."""
    seen = render_drawing(drawing) >= 64
    return int(max(np.ptp(np.flatnonzero(seen.any(axis=axis))) + 1 for axis in (0, 1)))


@pytest.mark.parametrize("pen_width", [2.0, 10.0, 20.0, 40.0])
@pytest.mark.parametrize("scale", [0.4, 1.0, 7.0])
def test_the_longest_side_is_20_px_and_the_centre_of_mass_14(pen_width: float, scale: float) -> None:
    points = [(x * scale, y * scale) for x, y in FIVE.strokes[0]]
    pixels = render_drawing(drawing(points, pen_width=pen_width, size=280 * scale))
    assert extent(drawing(points, pen_width=pen_width)) in (20, 21)
    y, x = center_of_mass(pixels.astype(np.float32))
    assert (y - 0.5, x - 0.5) == pytest.approx((14.0, 14.0), abs=0.1)
    assert pixels.max() > 250


def test_the_pen_is_part_of_the_20_px() -> None:
    pixels = render_drawing(drawing([(140, 60), (140, 220)], pen_width=40)).astype(float) / 255
    assert pixels[:, 14].sum() == pytest.approx(20, abs=0.5)
    assert pixels[14].sum() == pytest.approx(20 * 40 / 200, abs=0.3)


def test_a_thin_pen_stays_visible_and_a_thick_one_stays_a_line() -> None:
    thin = render_drawing(drawing([(500, 0), (500, 1000)], pen_width=1))
    thick = render_drawing(drawing([(500, 0), (500, 1000)], pen_width=500))
    assert thin[14].sum() / 255 == pytest.approx(1.2, abs=0.2)
    assert thick[14].sum() / 255 == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize("share", [0.1, 0.15, 0.2, 0.3])
def test_a_small_digit_has_the_line_of_a_large_one(share: float) -> None:
    tick = drawing([(100, 100), (100, 100 + share * 280)])
    assert render_drawing(tick)[14].sum() / 255 == pytest.approx(2.5, abs=0.3)
    assert extent(tick) in (20, 21)
    eight = render_drawing(drawing([(100 + x * share, 100 + y * share) for x, y in EIGHT]))
    assert eight[9, 14] < 64, "the upper hole is open"
    assert eight[19, 14] < 64, "and the lower one"


def test_a_thick_pen_is_thicker_than_the_default_one_at_every_size() -> None:
    def line_px(height: float, pen_width: float) -> float:
        return float(render_drawing(drawing([(140, 20), (140, 20 + height)], pen_width=pen_width))[14].sum() / 255)

    assert line_px(200, 40) == pytest.approx(20 * 40 / 240, abs=0.3)
    assert line_px(60, 40) == pytest.approx(20 * 40 / 180, abs=0.3), "as at half of the pad"


def test_a_line_does_not_jump_in_width_as_it_grows_from_a_dot() -> None:
    inks = [render_drawing(drawing([(100, 100), (100, 100 + length)])).sum() / 255 for length in range(200)]
    assert np.abs(np.diff(inks)).max() < 8


def test_a_small_digit_on_a_large_pad_keeps_a_line_that_fits_it() -> None:
    tick = drawing([(500, 500), (500, 600)], pen_width=10, size=2000)
    assert render_drawing(tick)[14].sum() / 255 == pytest.approx(20 * 10 / 110, abs=0.3)


def test_a_dot_stays_a_dot() -> None:
    dot = render_drawing(drawing([(20, 250)]))
    assert dot.sum() / 255 == pytest.approx(math.pi * 2.5**2, rel=0.05)
    y, x = center_of_mass(dot.astype(np.float32))
    assert (y, x) == pytest.approx((14.5, 14.5), abs=0.01)
    assert np.array_equal(render_drawing(drawing([(20, 250), (20, 250)])), dot), "the pen stood still"
    slip = render_drawing(drawing([(20, 250), (21, 250)]))
    assert np.abs(slip.astype(int) - dot).max() < 110, "a slip of a pixel is still nearly a dot"


def test_a_dot_beside_a_line_is_drawn_too() -> None:
    pixels = render_drawing(drawing([(100, 50), (100, 200)], [(220, 125)]))
    assert pixels[:, 20:].max() == 255


def test_an_empty_drawing_is_black() -> None:
    assert not render_drawing(drawing()).any()
    assert not render_drawing(drawing([])).any()


def test_where_and_how_large_it_was_drawn_does_not_matter() -> None:
    moved = drawing([(3 * x + 500, 3 * y - 700) for x, y in FIVE.strokes[0]], pen_width=60)
    assert np.abs(render_drawing(moved).astype(int) - render_drawing(FIVE)).max() <= 1


def test_ink_never_leaves_the_field() -> None:
    pixels = render_drawing(drawing([(140, 40), (140, 250)], [(60, 250), (220, 250)], [(60, 246), (220, 246)]))
    border = np.concatenate((pixels[0], pixels[:, 0], pixels[:, -1]))
    assert pixels[-1].max() < 255
    assert border.max() > 0 or pixels[1].max() > 0


def test_strokes_are_not_joined() -> None:
    pixels = render_drawing(drawing([(40, 40), (40, 240)], [(240, 240), (240, 40)]))
    assert not pixels[:, 12:16].any()


def test_a_smooth_line_passes_through_its_points_and_keeps_corners() -> None:
    points = [(0.0, 0.0), (30.0, 4.0), (60.0, 30.0), (64.0, 80.0)]
    curve = smooth_stroke(points)
    assert len(curve) > len(points)
    for point in points:
        assert min(math.dist(point, other) for other in curve) < 1e-9
    assert smooth_stroke([(0, 0), (100, 0), (50, 100)])[1] == (100, 0)
    assert max(x for x, _ in smooth_stroke([(0, 0), (100, 0), (0, 10)])) == pytest.approx(100)


def test_a_circle_of_few_points_becomes_round() -> None:
    corners = [(math.cos(i * math.tau / 12), math.sin(i * math.tau / 12)) for i in range(13)]
    radii = [math.hypot(*point) for point in smooth_stroke(corners)]
    assert 0.98 < min(radii) <= max(radii) < 1.01


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (5.0, 6.0)]])
def test_what_is_too_short_to_bend_stays_as_it_is(points: list[Point]) -> None:
    assert smooth_stroke(points) == points


def test_points_in_the_same_place_do_no_harm() -> None:
    doubled = [point for point in FIVE.strokes[0] for _ in range(3)]
    assert np.array_equal(render_drawing(drawing(doubled)), render_drawing(FIVE))


@pytest.mark.parametrize(
    ("points", "size", "pen_width"),
    [
        ([(0.0, 0.0), (1e-300, 0.0), (0.0, 5e-324)], 1e-3, 1e-3),
        ([(1e6, 1e6), (-1e6, -1e6), (1e6, 0.0)], 1e6, 1e-3),
        ([(1e6, 1e6), (1e6 - 1e-9, 1e6)], 1e6, 1e6),
        ([(0.0, 0.0), (0.0, 1e-3)], 1e-3, 1e6),
    ],
)
def test_extreme_drawings_give_an_image(points: list[Point], size: float, pen_width: float) -> None:
    pixels = render_drawing(Drawing(size, size, pen_width, (tuple(points), tuple(points[:1]))))
    assert pixels.shape == (28, 28)
    assert pixels.max() > 128


def test_a_scribble_is_drawn_in_bounded_time() -> None:
    rng = np.random.default_rng(1)
    scribble = drawing([(x, y) for x, y in rng.uniform(0, 280, (100_000, 2)).tolist()])
    start = time.perf_counter()
    pixels = render_drawing(scribble)
    assert time.perf_counter() - start < 3
    assert pixels[10:18, 10:18].min() > 200


def test_it_is_fast_enough_for_every_movement_of_a_pen() -> None:
    """The best of many, so that a busy machine does not matter; `make bench` measures the rest."""

    def best_ms(drawing: Drawing) -> float:
        times = []
        for _ in range(30):
            start = time.perf_counter()
            render_drawing(drawing)
            times.append(time.perf_counter() - start)
        return min(times) * 1000

    assert best_ms(drawing(spiral(100, 2))) < 2
    assert best_ms(drawing(spiral(1000, 3))) < 8


@pytest.mark.parametrize("pen_width", [8.0, 20.0, 40.0])
def test_a_line_of_very_many_points_looks_as_one_of_few(pen_width: float) -> None:
    few = drawing(spiral(4_000, 2), pen_width=pen_width)
    many = drawing(spiral(100_000, 2), pen_width=pen_width)
    difference = np.abs(render_drawing(many).astype(int) - render_drawing(few))
    assert difference.max() < 40
    assert difference.mean() < 2
