"""A picture turned, cropped, and one of its digits picked."""

import numpy as np
import pytest

from mnist_bench.digits.picture_view import Box, PictureView

RNG = np.random.default_rng(4)


def view(**how: object) -> PictureView:
    return PictureView(RNG.random((3, 30, 50), np.float32), **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("turns", [(1,), (2,), (-1,), (1, 1), (1, -1), (3, 2)])
def test_turning_a_crop_is_the_crop_turned(turns: tuple[int, ...]) -> None:
    turned = cropped = view().cropped(Box(5, 10, 40, 22))
    for quarters in turns:
        turned = turned.turned(quarters)
    assert np.array_equal(turned.shown(), np.rot90(cropped.shown(), -sum(turns), axes=(1, 2)))


def test_a_crop_of_a_crop_is_counted_from_what_is_shown() -> None:
    turned = view().turned(1)
    once = turned.cropped(Box(10, 5, 28, 45))
    assert np.array_equal(once.cropped(Box(2, 3, 10, 12)).shown(), turned.shown()[:, 8:17, 12:20])


def test_a_crop_beyond_the_picture_ends_at_its_edge() -> None:
    assert view().cropped(Box(-20, 10, 500, 400)).size == (50, 20)


@pytest.mark.parametrize("box", [Box(10, 10, 10, 20), Box(60, 10, 90, 20), Box(20, 20, 10, 10)])
def test_a_crop_of_nothing_changes_nothing(box: Box) -> None:
    assert view().cropped(box).size == (50, 30)


def test_what_was_opened_comes_back() -> None:
    opened = view(scale=3.5)
    again = opened.turned(1).cropped(Box(0, 0, 5, 5)).whole()
    assert (again.quarters, again.crop, again.scale) == (0, None, 3.5)
    assert again.planes is opened.planes


def test_a_click_picks_the_nearest_digit_within_reach() -> None:
    two = view(digits=(Box(0, 0, 10, 20), Box(30, 0, 40, 20)))
    assert two.digit_at(5, 5, 3) == 0
    assert two.digit_at(28, 22, 3) == 1
    assert two.digit_at(20, 10, 3) is None
    assert view().digit_at(20, 10, 100) is None


TWO = (Box(2, 3, 12, 20), Box(30, 5, 44, 25))


def test_the_picked_digit_stays_picked_when_the_picture_is_turned_cropped_and_shown_whole() -> None:
    picked = view(digits=TWO, picked=0)
    turned = picked.turned(1)
    assert turned.with_digits((Box(5, 30, 25, 44), Box(10, 2, 27, 12))).picked == 1
    assert picked.turned(1).turned(-1).with_digits(TWO).picked == 0
    cropped = picked.turned(1).cropped(Box(4, 1, 29, 49))
    assert cropped.with_digits((Box(1, 29, 21, 43), Box(6, 1, 23, 11))).picked == 1
    assert cropped.whole().with_digits(TWO).picked == 0
    assert cropped.turned(2).cropped(Box(0, 0, 9, 9)).whole().with_digits(TWO).picked == 0


def test_where_the_picked_digit_is_cut_off_the_largest_is_picked() -> None:
    cropped = view(digits=(*TWO, Box(15, 8, 20, 12)), picked=0).cropped(Box(14, 0, 50, 30))
    found = cropped.with_digits((Box(1, 8, 6, 12), Box(16, 5, 30, 25)))
    assert found.picked == 1
    assert found.kept is None


def test_pixels_for_the_eye_are_grey_or_coloured() -> None:
    assert view().turned(1).pixels().shape == (50, 30, 3)
    grey = PictureView(np.full((1, 4, 6), 0.5, np.float32)).pixels()
    assert grey.shape == (4, 6)
    assert (grey == 128).all()
