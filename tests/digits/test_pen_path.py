import math

import pytest

from mnist_bench.digits.pen_path import PenPath


def drawn(*positions: tuple[float, float]) -> PenPath:
    path = PenPath()
    for position in positions:
        path.add(position)
    return path


def test_the_last_point_is_always_where_the_pen_is() -> None:
    path = PenPath()
    for step in range(200):
        position = (step * 0.7, 100 + 30 * math.sin(step / 9))
        path.add(position)
        assert path.stroke[-1] == position
    assert path.stroke[0] == (0.0, 100.0)


def test_standing_still_is_no_movement() -> None:
    path = PenPath()
    assert path.add((5.0, 5.0))
    assert not path.add((5.0, 5.0))
    assert path.stroke == ((5.0, 5.0),)


def test_points_keep_a_distance() -> None:
    stroke = drawn(*((step * 0.5, 10.0) for step in range(400))).stroke
    assert len(stroke) < 60


def test_a_line_through_whole_pixels_does_not_tremble() -> None:
    """A mouse's positions on a slanted line lie up to half a pixel beside it, to and fro."""
    angle = 0.41
    positions = [(float(round(t * math.cos(angle))), float(round(t * math.sin(angle)))) for t in range(150)]
    stroke = drawn(*positions).stroke
    turns = [
        abs(math.remainder(math.atan2(c[1] - b[1], c[0] - b[0]) - math.atan2(b[1] - a[1], b[0] - a[0]), math.tau))
        for a, b, c in zip(stroke[1:], stroke[2:], stroke[3:-2], strict=False)
    ]
    assert max(turns) < math.radians(12)


def test_corners_stay_where_they_are() -> None:
    there = [(float(x), 50.0) for x in range(50, 201, 5)]
    down = [(200.0 - y / 3, 50.0 + y) for y in range(5, 150, 5)]
    assert (200.0, 50.0) in drawn(*there, *down).stroke


def test_the_tip_of_a_turn_is_not_lost() -> None:
    stroke = drawn((0.0, 0.0), (10.0, 0.0), (13.0, 0.0), (9.0, 0.0), (2.0, 0.0)).stroke
    assert max(x for x, _ in stroke) == 13.0


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_only_the_last_points_may_still_change(count: int) -> None:
    path = drawn(*((8.0 * step, 20 + 10 * math.sin(step)) for step in range(count)))
    before = path.stroke
    path.add((8.0 * count, 25.0))
    settled = max(0, count - 2)
    assert path.stroke[:settled] == before[:settled]
