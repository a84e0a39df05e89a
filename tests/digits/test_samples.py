import collections
import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.samples import bundled_samples, labelled_digits, labelled_digits_file, random_test_image
from tools import make_digits


def test_there_are_at_least_three_drawings_of_each_digit_named_by_their_label() -> None:
    samples = bundled_samples()
    counts = collections.Counter(sample.label for sample in samples)
    assert set(counts) == set(range(10))
    assert min(counts.values()) >= 3
    for sample in samples:
        assert sample.name.endswith(f" {sample.label}"), "Window and terminal call it by this name."
        assert isinstance(sample.drawing, Drawing)
        assert (sample.drawing.width, sample.drawing.height, sample.drawing.pen_width) == (280, 280, 20)
        assert sample.pixels.shape == (28, 28)
        assert len(sample.drawing.strokes) <= 2


def test_the_tool_makes_the_files_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = Path(__file__).parents[2] / "tools" / "make_samples.py"
    monkeypatch.setattr("sys.argv", [str(tool), str(tmp_path)])
    runpy.run_path(str(tool), run_name="__main__")
    made, shipped = (
        {path.name: json.loads(path.read_text()) for path in folder.iterdir()}
        for folder in (tmp_path, locations.resources_dir() / "samples")
    )
    assert made.keys() == shipped.keys()
    for name, drawing in made.items():
        # Processors round sines differently: points end up some tenths of a unit away, of 280.
        for points, others in zip(drawing.pop("strokes"), shipped[name].pop("strokes"), strict=True):
            np.testing.assert_allclose(points, others, rtol=0, atol=0.5)
        assert drawing == shipped[name]


def test_the_bundled_digits_are_200_different_ones_20_of_each() -> None:
    digits = labelled_digits()
    assert np.bincount(digits.labels).tolist() == [20] * 10
    assert len({image.tobytes() for image in digits.images}) == 200
    assert labelled_digits_file().stat().st_size < 60_000


def test_the_tool_makes_the_bundled_digits() -> None:
    images, labels = make_digits.make_digits()
    shipped = labelled_digits()
    # Processors round sines differently.
    np.testing.assert_allclose(images.astype(int), shipped.images, rtol=0, atol=2)
    np.testing.assert_array_equal(labels, shipped.labels)


def test_a_random_test_image_has_its_label_and_can_be_any(tmp_path: Path) -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 0, 0] = (10, 11, 12)
    np.savez(tmp_path / "test.npz", images=images, labels=np.array([4, 5, 6]))
    rng = np.random.default_rng(0)
    seen = [random_test_image(tmp_path / "test.npz", rng) for _ in range(50)]
    assert {(int(image.pixels[0, 0]), image.label) for image in seen} == {(10, 4), (11, 5), (12, 6)}


def test_without_data_there_is_no_random_image(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="t10k-images"):
        random_test_image(tmp_path, np.random.default_rng(0))
