import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.digits.ink import _pieces, find_ink


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
        seen = rng.random(size) < density
        expected, pieces = flood(seen), _pieces(seen)
        pairs = set(zip(expected.ravel().tolist(), pieces.ravel().tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
        assert np.array_equal(pieces > 0, seen)


def test_a_spiral_is_one_piece() -> None:
    seen = np.zeros((41, 41), np.bool_)
    for ring in range(0, 20, 2):
        seen[ring : 41 - ring, ring : 41 - ring] = True
        seen[ring + 1 : 40 - ring, ring + 1 : 40 - ring] = False
        seen[ring + 1, ring] = False
        seen[ring + 2, ring + 1] = True
    assert len(np.unique(_pieces(seen))) == 2


def test_parts_of_a_digit_are_kept_and_specks_are_not() -> None:
    light = np.ones((1, 200, 200), np.float32)
    light[0, 60:150, 80:90] = 0  # the digit
    light[0, 60:70, 100:140] = 0  # its bar, apart
    light[0, 20:24, 20:24] = 0  # dust
    ink = find_ink(light)
    assert ink is not None
    assert ink[100, 85] == ink[65, 120] == 1
    assert not ink[:50].any()
