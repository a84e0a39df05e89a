"""Styles that no network learned, and what the benchmark makes of them."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from benchmarks.drawn_digits import LARGE, STYLES, images, styled
from mnist_bench import open_engine
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.training import styles
from mnist_bench.training.styles.templates import read_styles

FILES_OF_TRAINING = sorted(Path(styles.__file__).parent.glob("*.txt"))
FILES = [STYLES, *FILES_OF_TRAINING]


@pytest.fixture(scope="module")
def engine() -> Iterator[InferenceEngine]:
    with open_engine("native-fp32", "digits-cnn") as engine:
        yield engine


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_digit_is_written_in_several_styles(path: Path) -> None:
    found = read_styles(path)
    assert len(found) >= 40
    assert min(sum(style.digit == digit for style in found) for digit in range(10)) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_flag_is_steep_and_the_top_of_a_7_is_not(path: Path) -> None:
    """Between the two, a digit could be either."""
    for style in read_styles(path):
        (x, y), *others = style.strokes[0]
        if style.digit == 1:
            top_x, top_y = min(others, key=lambda point: point[1])
            assert y <= top_y or y - top_y >= 0.6 * (top_x - x), style.name
        if style.digit == 7 and len(style.strokes) == 1:
            points = style.strokes[0]
            corner_x, corner_y = corner = max(points, key=lambda point: point[0])
            left_x, left_y = min(points[: points.index(corner)], key=lambda point: point[1])
            assert abs(left_y - corner_y) <= 0.25 * (corner_x - left_x), style.name


def test_no_shape_is_in_two_files() -> None:
    """What is measured was not learned, and chose nothing."""
    files = [read_styles(path) for path in FILES]
    shapes = [{stroke for style in found for stroke in style.strokes if len(stroke) > 3} for found in files]
    assert not any(first & second for first, second in combinations(shapes, 2))


def test_drawings_are_the_same_in_every_run_and_all_different() -> None:
    some = read_styles(STYLES)[:3]
    drawn = styled(2, some)
    assert drawn == styled(2, some)
    assert [digit.style for digit in drawn] == [f"{style.digit} {style.name}" for style in some for _ in range(2)]
    assert len({digit.strokes for digit in drawn}) == len(drawn)


def test_a_digit_drawn_small_looks_like_the_same_drawn_large() -> None:
    """Its lines are as thick as they are at half of the pad, or little more: it has the same holes."""
    eights = [digit for digit in styled(2) if digit.digit == 8]
    large, small = images(eights, LARGE).astype(int), images(eights, 0.15).astype(int)
    assert np.abs(small - large).mean() < 30


def test_styles_that_the_network_knows_are_read_at_every_size(engine: InferenceEngine) -> None:
    known = [
        style for style in read_styles(STYLES) if style.name in ("curl at its start", "slanted, round loop", "wide")
    ]
    digits = styled(2, known)
    for share in (LARGE, 0.3, 0.15):
        assert engine.classify(images(digits, share)).digits.tolist() == [digit.digit for digit in digits], share
