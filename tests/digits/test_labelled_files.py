"""Pictures in folders by label, and kept drawings, as labelled digits."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.digits.datasets import load_digits, load_drawings
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.labelled_files import read_label_folders
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.digits.pictures import load_digit
from mnist_bench.digits.rendering import render_drawing

LINE = Drawing(280, 280, 20, (((140.0, 40.0), (140.0, 240.0)),))


def picture(path: Path, column: int = 36) -> Path:
    """A dark bar on light paper."""
    pixels = np.full((100, 80), 230, np.uint8)
    pixels[20:80, column : column + 8] = 20
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def digit_image(path: Path, pixels: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def test_pictures_are_labelled_by_their_folder_and_decoded_as_on_the_pad(tmp_path: Path) -> None:
    one = picture(tmp_path / "1" / "b.png")
    seven = picture(tmp_path / "7" / "photo.JPG", 10)
    also_one = picture(tmp_path / "1" / "a.bmp", 50)
    digits = load_digits(tmp_path)
    assert digits.labels.tolist() == [1, 1, 7]
    for pixels, path in zip(digits.images, (also_one, one, seven), strict=True):
        assert np.array_equal(pixels, load_digit(path).pixels)
    assert digits.name == tmp_path.name
    assert find_mnist(tmp_path) == tmp_path


def test_digit_images_stay_as_they_are(tmp_path: Path, two: NDArray[np.uint8]) -> None:
    digit_image(tmp_path / "2" / "two.png", two)
    assert np.array_equal(load_digits(tmp_path, "train").images[0], two)


def test_hidden_files_and_other_folders_are_left_out(tmp_path: Path) -> None:
    picture(tmp_path / "3" / "three.png")
    (tmp_path / "3" / ".DS_Store").write_bytes(b"\0")
    picture(tmp_path / "unsorted" / "what.png")
    (tmp_path / "read me.txt").touch()
    assert load_digits(tmp_path).labels.tolist() == [3]


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "0" / "zero.png")
    bad = tmp_path / "4" / "notes.txt"
    bad.parent.mkdir()
    bad.write_text("not a picture")
    with pytest.raises(InputError) as refused:
        load_digits(tmp_path)
    assert str(bad) in refused.value.message


def test_empty_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "5").mkdir()
    with pytest.raises(InputError, match="no pictures in the folders 0 to 9"):
        load_digits(tmp_path)


def test_too_many_pictures_are_refused_before_any_is_read(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "empty.png").touch()
    with pytest.raises(InputError, match=r"3 pictures in .* more than 2"):
        read_label_folders(tmp_path, most=2)


def test_reading_tells_how_far_it_is_and_can_be_ended(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "1" / f"{number}.png")
    told: list[tuple[int, int]] = []
    load_digits(tmp_path, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]

    def cancel(_done: int, _total: int) -> None:
        raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        load_digits(tmp_path, on_progress=cancel)


def test_kept_drawings_with_a_label_are_read_oldest_first(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path)
    ids = [kept.add(LINE).id for _ in range(3)]
    by_time = [one.id for one in reversed(kept.list().drawings)]
    kept.set_label(by_time[0], 1)
    kept.set_label(by_time[2], 7)
    assert set(ids) == set(by_time)
    digits = load_drawings(kept)
    assert digits.labels.tolist() == [1, 7]
    assert np.array_equal(digits.images[0], render_drawing(LINE))


def test_without_a_labelled_drawing_it_says_what_to_do(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path)
    kept.add(LINE)
    with pytest.raises(InputError, match="no drawings with a label") as refused:
        load_drawings(kept)
    assert "press 0 to 9" in refused.value.advice
