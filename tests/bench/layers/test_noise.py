"""SQNR and differences, by hand-worked cases."""

import math

import numpy as np
import pytest

from mnist_bench.bench.layers.noise import Noise, sqnr_db


def floats(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def test_sums_are_over_all_images() -> None:
    noise = Noise()
    noise.add(floats(3, 4), floats(3, 3))
    noise.add(floats(0, 5), floats(1, 5))
    difference = noise.difference()
    assert difference is not None
    assert difference.sqnr_db == pytest.approx(10 * math.log10((9 + 16 + 25) / (1 + 1)))
    assert (difference.largest, difference.mean) == (1.0, 0.5)
    assert not difference.is_identical


def test_identical_outputs_have_no_noise() -> None:
    noise = Noise()
    noise.add(floats(1, 2), floats(1, 2))
    difference = noise.difference()
    assert difference is not None
    assert difference.is_identical
    assert (difference.largest, difference.mean) == (0.0, 0.0)


def test_nothing_is_known_before_the_first_image() -> None:
    assert Noise().difference() is None


@pytest.mark.parametrize(
    ("signal", "noise", "db"), [(100, 1, 20), (1, 100, -20), (0, 0, math.inf), (1, 0, math.inf), (0, 1, -math.inf)]
)
def test_decibels(signal: float, noise: float, db: float) -> None:
    assert sqnr_db(signal, noise) == db


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_no_numbers_have_no_ratio(value: float) -> None:
    noise = Noise()
    noise.add(floats(1, value), floats(1, value))
    difference = noise.difference()
    assert difference is not None
    assert math.isnan(difference.sqnr_db)
