import numpy as np
import pytest
from PIL import Image

from mnist_bench.digits.centering import Field, center_digit, center_of_mass, is_centered


def bar(height: int, width: int, margin: int = 0) -> Field:
    return np.pad(np.ones((height, width), np.float32), margin)


def mass_center(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> tuple[float, float]:
    """In pixel indices, as MNIST's 14.0 is meant."""
    y, x = center_of_mass(pixels.astype(np.float32))
    return y - 0.5, x - 0.5


@pytest.mark.parametrize("size", [(200, 40), (40, 200), (97, 61), (3, 9), (1000, 30)])
def test_the_longest_side_becomes_20_px_and_the_centre_of_mass_14(size: tuple[int, int]) -> None:
    pixels = center_digit(bar(*size, margin=7))
    assert max((pixels > 127).any(axis=axis).sum() for axis in (0, 1)) in (19, 20, 21)
    # Straight bars cover as many whole pixels as they are long.
    assert pixels.sum(axis=0, dtype=float).max() / 255 == pytest.approx(20 * size[0] / max(size), abs=1.3)
    assert mass_center(pixels) == pytest.approx((14.0, 14.0), abs=0.05)


def test_the_size_and_the_place_of_the_ink_do_not_matter() -> None:
    ink = np.zeros((400, 300), np.float32)
    ink[20:220, 40:60] = 1
    ink[200:220, 40:160] = 1
    small = np.asarray(Image.fromarray(ink).resize((75, 100), Image.Resampling.BOX))
    elsewhere = np.roll(ink, (150, 90), (0, 1))
    assert np.array_equal(center_digit(ink), center_digit(elsewhere))
    assert np.abs(center_digit(ink).astype(int) - center_digit(small)).mean() < 1


def test_ink_never_leaves_the_field_even_where_its_mass_is_at_one_end() -> None:
    ink = np.zeros((200, 200), np.float32)
    ink[:, 95:105] = 1
    ink[180:, :] = 1
    pixels = center_digit(ink)
    assert pixels[0].max() > 200, "the thin end touches the edge"
    assert pixels.sum() / 255 == pytest.approx(400 * ink.mean(), rel=0.02), "and none of it is lost"


def test_a_line_that_would_fade_is_thickened() -> None:
    ink = np.zeros((1000, 1000), np.float32)
    ink[100:900, 500] = 1
    pixels = center_digit(ink)
    assert pixels.max() > 240
    assert 0.9 <= pixels[14].sum() / 255 <= 1.6


@pytest.mark.parametrize("side", [20, 30, 60, 90])
def test_strokes_of_one_pixel_become_as_thin_as_a_pen_and_loops_stay_open(side: int) -> None:
    ink = np.zeros((side, side // 2 + 1), np.float32)
    for top, low in ((0, side // 2), (side // 2, side - 1)):  # an 8 of two boxes
        ink[[top, low]] = 1
        ink[:, [0, -1]] = 1
    pixels = center_digit(ink)
    assert np.median(pixels.sum(axis=1)[6:22]) / 255 == pytest.approx(2 * 1.2, abs=0.4), "left and right"
    middle = pixels[:, 13:16].min(axis=1)
    assert (middle[5:13] < 40).sum() >= 5, "the upper loop"
    assert (middle[15:23] < 40).sum() >= 5, "the lower loop"


def test_only_ink_that_lies_as_mnists_does_is_centred() -> None:
    ink = np.zeros((40, 40), np.float32)
    ink[5:35, 18:22] = 1
    ink[30:35, 10:30] = 1
    pixels = center_digit(ink)
    assert is_centered(pixels)
    assert not is_centered(np.roll(pixels, 1, axis=1))
    assert not is_centered(np.roll(pixels, -2, axis=0))
    assert not is_centered(np.zeros_like(pixels))
    small = np.zeros_like(pixels)
    small[9:20, 12:17] = 255
    assert not is_centered(small), "in the middle, but not 20 px long"
    assert not is_centered(np.full_like(pixels, 255)), "it fills the frame"


def test_faint_ink_does_not_widen_the_box() -> None:
    ink = bar(100, 20, margin=50)
    ghosted = ink.copy()
    ghosted[0, 0] = 0.05
    assert np.array_equal(center_digit(ink), center_digit(ghosted))


def test_no_ink_is_a_black_image() -> None:
    assert not center_digit(np.zeros((50, 50), np.float32)).any()
    assert not center_digit(np.zeros((0, 0), np.float32)).any()
