import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.digits.ink import _without_specks, find_ink


def flood(seen: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Pieces the slow and plain way."""
    pieces = np.zeros(seen.shape, np.intp)
    for start in zip(*np.nonzero(seen), strict=True):
        if pieces[start]:
            continue
        number, todo = pieces.max() + 1, [start]
        while todo:
            y, x = todo.pop()
            if 0 <= y < seen.shape[0] and 0 <= x < seen.shape[1] and seen[y, x] and not pieces[y, x]:
                pieces[y, x] = number
                todo.extend((y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
    return pieces


@pytest.mark.parametrize("density", [0.1, 0.3, 0.4, 0.6, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 20), (20, 1), (17, 23)])
def test_pieces_are_those_of_a_flood_fill(density: float, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        ink = (rng.random(size) * (rng.random(size) < density)).astype(np.float32)
        pieces = flood(ink > 0)
        mass = np.array([ink[pieces == piece].sum(dtype=np.float64) for piece in range(pieces.max() + 1)])
        expected = np.where(mass[pieces] >= 0.03 * mass.max(), ink, 0)
        assert np.array_equal(_without_specks(ink), expected)


def test_a_spiral_is_one_piece() -> None:
    spiral = np.zeros((41, 41), np.float32)
    for ring in range(0, 20, 2):
        spiral[ring : 41 - ring, ring : 41 - ring] = 1
        spiral[ring + 1 : 40 - ring, ring + 1 : 40 - ring] = 0
        spiral[ring + 1, ring] = 0
        spiral[ring + 2, ring + 1] = 1
    assert np.array_equal(_without_specks(spiral), spiral)
    spiral[18, 17] = 0  # cut: its end is a speck beside the rest
    assert not _without_specks(spiral)[18:23, 18:23].any()


def test_parts_of_a_digit_are_kept_and_specks_are_not() -> None:
    light = np.ones((1, 200, 200), np.float32)
    light[0, 60:150, 80:90] = 0  # the digit
    light[0, 60:70, 100:140] = 0  # its bar, apart
    light[0, 20:24, 20:24] = 0  # dust
    ink = find_ink(light)
    assert ink is not None
    assert ink[100, 85] == ink[65, 120] == 1
    assert not ink[:50].any()
