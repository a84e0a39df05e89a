import itertools
import math

import pytest

from benchmarks.pictures import pen_path, sample_digit, sample_drawings


def test_the_pen_moves_in_even_steps_from_end_to_end() -> None:
    path = pen_path(((0, 0), (0, 1), (0, 40), (30, 40)), 5)
    assert path[0] == (0, 0)
    assert path[-1] == (30, 40)
    assert [math.dist(a, b) for a, b in itertools.pairwise(path)] == pytest.approx([5] * 14)


def test_a_dot_is_one_point() -> None:
    assert pen_path(((3, 4),), 5) == [(3, 4)]


def test_the_first_ten_samples_are_one_of_each_digit() -> None:
    assert [drawing.label for drawing in sample_drawings()[:10]] == list(range(10))
    assert sample_digit().any()
