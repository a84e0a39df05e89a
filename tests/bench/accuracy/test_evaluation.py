"""Which digits an evaluation read: known again by their hash, and read again from where they lay."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.bench.accuracy.evaluation import DigitSet
from mnist_bench.digits.datasets import LabelledDigits, load_digits, load_drawings
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.samples import bundled_samples
from tests.bench.accuracy.results import random_result, result_of
from tests.bench.results.measured import evaluated


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "digits.npz"
    write(path, seed=1)
    return path


def write(path: Path, seed: int) -> None:
    images = np.random.default_rng(seed).integers(0, 256, (20, 28, 28), np.uint8)
    np.savez(path, images=images, labels=np.arange(20, dtype=np.uint8) % 10)


def test_the_same_digits_are_known_again_wherever_they_lie(archive: Path, tmp_path: Path) -> None:
    digits = load_digits(archive)
    elsewhere = LabelledDigits(digits.images.copy(), digits.labels.copy(), "elsewhere")
    assert DigitSet.of(digits).sha256 == DigitSet.of(elsewhere).sha256
    others = replace(digits, labels=(digits.labels + 1) % 10)
    assert DigitSet.of(digits).sha256 != DigitSet.of(others).sha256
    assert DigitSet.of(digits.first(5)).sha256 != DigitSet.of(digits).sha256


def test_they_are_read_again_from_where_they_were_read(archive: Path) -> None:
    for digits in (load_digits(archive), load_digits(archive).first(7)):
        again = DigitSet.of(digits).load()
        assert np.array_equal(again.images, digits.images)
        assert again.name == digits.name == "digits.npz"


def test_ones_own_drawings_are_read_again(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path / "drawings")
    for sample in bundled_samples()[:3]:
        assert sample.drawing is not None
        kept.add(sample.drawing)
    digits = load_drawings(kept)
    assert np.array_equal(DigitSet.of(digits).load().images, digits.images)


@pytest.mark.parametrize("what", ["gone", "changed", "fewer", "none"])
def test_what_is_not_there_any_more_is_told_in_a_sentence(archive: Path, what: str) -> None:
    digits = DigitSet.of(load_digits(archive))
    if what == "gone":
        archive.unlink()
    elif what == "changed":
        write(archive, seed=2)
    elif what == "fewer":
        np.savez(archive, images=np.zeros((1, 28, 28), np.uint8), labels=np.zeros(1, np.uint8))
    else:
        digits = replace(digits, source="")
    with pytest.raises(InputError, match=r"The digits of digits\.npz cannot be shown again"):
        digits.load()


def test_a_backend_without_a_result_is_named_by_its_id() -> None:
    evaluation = replace(evaluated(), failures={"made-2": "It ended.", "native-int8@android": "The phone is gone."})
    assert evaluation.titles == {
        "made-1": "Made 1",
        "made-2": "Made 2",
        "native-int8@android": "native-int8@android",
    }
    assert evaluation.result_of("native-int8@android") is None
    assert not evaluation.complete
    assert evaluated(random_result(1), result_of([1], [1], backend_id="made-2")).complete
