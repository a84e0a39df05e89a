import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.digits.drawing import Drawing
from mnist_bench.training.data import load_training_data
from mnist_bench.training.examples import Examples
from mnist_bench.training.pen_digits import PenDigit
from mnist_bench.training.recipes import RECIPES, StyleRenderings
from mnist_bench.training.styled import bundled_styles, drawn_style, styled_examples
from mnist_bench.training.styles.edits import lacks_stroke, with_added_stroke, with_slash
from mnist_bench.training.styles.hands import deformed
from mnist_bench.training.styles.scans import coarse
from mnist_bench.training.styles.templates import Style, read_styles

RING = tuple((50 + 30 * np.sin(angle), 50 - 45 * np.cos(angle)) for angle in np.linspace(0, 2 * np.pi, 17))
STEM = ((50.0, 5.0), (50.0, 50.0), (50.0, 95.0))
HOOK = ((20.0, 5.0), (80.0, 5.0), (40.0, 95.0))
GOING = threading.Event()


def pen_digit(label: int, *strokes: tuple[tuple[float, float], ...]) -> PenDigit:
    return PenDigit(Drawing(100, 100, 7, strokes, label), 1)


@pytest.fixture
def scanned() -> Examples:
    """200 images of a ring of ink, of labels 0 to 9."""
    rows, columns = np.mgrid[:28, :28]
    ring = np.abs(np.hypot(rows - 13.5, (columns - 13.5) * 1.5) - 9) < 1.5
    return Examples.of(np.repeat(ring[None] * np.uint8(255), 200, axis=0), np.arange(200, dtype=np.uint8) % 10)


def test_styles_are_read_with_their_names_and_strokes(tmp_path: Path) -> None:
    path = tmp_path / "styles.txt"
    path.write_text("# how people write\n\n1 with a base: .5,0 .5,1 / .2,1 .8,1\n7 plain: 0,0 1,0 .4,1\n")
    based, plain = read_styles(path)
    assert based == Style(1, "with a base", (((0.5, 0.0), (0.5, 1.0)), ((0.2, 1.0), (0.8, 1.0))))
    assert (plain.digit, plain.name) == (7, "plain")


@pytest.mark.parametrize(
    "line", ["1 plain", "x plain: 0,0", "1 plain: 0", "1 plain: 0,nan", "1 plain: 9,0", "1 a: 0,0 / ", "1 a: 0,0,0"]
)
def test_a_line_that_is_no_style_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "styles.txt"
    path.write_text(f"1 other: 0,0 0,1\n{line}\n")
    with pytest.raises(InputError, match="Line 2"):
        read_styles(path)


def test_a_style_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "styles.txt"
    path.write_text("1 plain: 0,0 0,1\n1 plain: 0,0 0.1,1\n")
    with pytest.raises(InputError, match="twice"):
        read_styles(path)


def test_what_chooses_an_epoch_is_not_what_is_learned() -> None:
    learned, validation = bundled_styles("learned"), bundled_styles("validation")
    assert {style.digit for style in learned} == {style.digit for style in validation} == set(range(10))
    assert {style.strokes for style in learned}.isdisjoint(style.strokes for style in validation)


def test_hands_of_no_strength_draw_what_is_there_and_others_differ() -> None:
    chance = np.random.default_rng(1)
    (same,) = deformed([RING], chance, 0.0)
    assert np.hypot(*(np.array(same)[0] - RING[0])) < 2
    assert np.ptp(np.array(same), axis=0) == pytest.approx([60, 90], abs=3)
    one, other = deformed([RING], chance), deformed([RING], chance)
    assert one != other
    assert deformed([RING], np.random.default_rng(7)) == deformed([RING], np.random.default_rng(7))


def test_a_dot_can_be_deformed() -> None:
    (dot,) = deformed([((3.0, 4.0),)], np.random.default_rng(1))
    assert np.isfinite(dot).all()


def test_a_template_fills_half_of_its_drawing_and_bears_its_digit() -> None:
    drawing = drawn_style(Style(4, "any", (((0.0, 0.0), (0.3, 1.0)),)), 0.0, np.random.default_rng(1))
    points = np.array(drawing.strokes[0])
    assert drawing.label == 4
    assert np.ptp(points, axis=0).max() == pytest.approx(drawing.height / 2)
    assert (points.min(axis=0) + points.max(axis=0)) / 2 == pytest.approx([drawing.width / 2] * 2)


@pytest.mark.parametrize(
    ("digit", "lacks"),
    [
        (pen_digit(0, RING), True),
        (pen_digit(7, HOOK), True),
        (pen_digit(1, STEM), True),
        (pen_digit(1, HOOK), False),  # it has its flag
        (pen_digit(3, RING), False),
    ],
)
def test_strokes_are_added_where_they_may_be_missing(digit: PenDigit, lacks: bool) -> None:
    assert lacks_stroke(digit.drawing) == lacks


@pytest.mark.parametrize("seed", range(20))
def test_an_added_stroke_meets_the_digit(seed: int) -> None:
    chance = np.random.default_rng(seed)
    for digit in (pen_digit(0, RING), pen_digit(7, HOOK), pen_digit(1, STEM)):
        *before, added = with_added_stroke(digit.drawing, chance)
        assert tuple(before) == digit.drawing.strokes
        start, end = np.array(added)
        along = start + np.linspace(0, 1, 50)[:, None] * (end - start)
        drawn = np.concatenate([np.linspace(a, b, 50) for s in before for a, b in pairwise(s)])
        away = np.hypot(*(along[:, None] - drawn[None]).transpose(2, 0, 1)).min()
        assert away < (25 if digit.drawing.label == 0 else 5)  # a short slash stays inside the ring


def test_an_upstroke_is_steeper_than_the_top_of_a_7() -> None:
    chance = np.random.default_rng(3)
    for _ in range(50):
        start, end = np.array(with_added_stroke(pen_digit(1, STEM).drawing, chance)[-1])
        away, rise = np.abs(end - start)
        assert rise > 0.6 * away or start[1] > 90  # or it is a base


def test_a_slash_stays_in_the_box_of_a_scanned_zero(scanned: Examples) -> None:
    image = scanned.images[0].numpy()
    slashed = with_slash(image, np.random.default_rng(2))
    rows, columns = np.nonzero(image)
    inside = slashed[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert inside.sum() > image.sum() + 10 * 255
    assert slashed.sum() - inside.sum() < 0.1 * image.sum()
    assert not with_slash(np.zeros_like(image), np.random.default_rng(2)).any()


def test_a_coarse_scan_is_centred_again_and_has_lost_detail(scanned: Examples) -> None:
    image = scanned.images[0].numpy()
    for seed in range(20):
        scan = coarse(image, np.random.default_rng(seed))
        rows, columns = np.nonzero(scan > 32)
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22
        assert not np.array_equal(scan, image)
    assert not coarse(np.zeros_like(image), np.random.default_rng(0)).any()


def test_one_rendering_has_the_share_of_each_kind(scanned: Examples) -> None:
    pens = [pen_digit(0, RING), pen_digit(3, RING), pen_digit(7, HOOK)]
    share = StyleRenderings(templates=0.1, edited=0.05, slashed_zeros=0.5, coarse=0.15)
    styles = (Style(4, "any", (((0.0, 0.0), (0.3, 1.0)),)),)
    made = styled_examples(styles, pens, scanned, share, np.random.default_rng(1), GOING)
    assert len(made) == 20 + 10 + 10 + 30
    assert set(made.labels[:20].tolist()) == {4}
    assert set(made.labels[20:30].tolist()) <= {0, 7}
    assert set(made.labels[30:40].tolist()) == {0}
    assert (made.images.flatten(1).max(dim=1).values > 150).all()
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Cancelled):
        styled_examples(styles, pens, scanned, share, np.random.default_rng(1), stopped)


def test_every_epoch_has_styles_and_the_next_has_others(digits_file: Path, pen_file: Path) -> None:
    recipe = RECIPES["digits-cnn"]
    data = load_training_data(recipe, digits_file, pen_file, 1, GOING)
    *_, styled = data.groups
    assert sum(group.size * group.made for group in data.groups) == len(data.training)
    orders = [data.epoch_order(epoch, torch.Generator()) for epoch in range(2)]
    first = len(data.training) - styled.size * styled.made
    assert all((order >= first).sum() == styled.size > 20 for order in orders)
    assert set(orders[0][orders[0] >= first].tolist()).isdisjoint(orders[1].tolist())
    again = load_training_data(recipe, digits_file, pen_file, 1, GOING)
    assert torch.equal(again.training.images, data.training.images)
    other = load_training_data(replace(recipe, styles=StyleRenderings(coarse=0.3)), digits_file, pen_file, 1, GOING)
    assert len(other.training) > len(data.training)
