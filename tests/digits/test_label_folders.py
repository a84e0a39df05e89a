"""Pictures in folders by label, and kept drawings, as labelled digits."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.base.errors import Cancelled, InputError
from mnist_bench.digits.datasets import load_digits, load_drawings
from mnist_bench.digits.drawing import Drawing
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.digits.pictures import load_digit
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.digits.sets import label_folders

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


JUNK = {
    "Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
    "desktop.ini": b"[.ShellClassInfo]\r\nIconResource=C:\\WINDOWS\\System32\\SHELL32.dll,3\r\n",
    "README.txt": b"Digits that I drew.\n",
    "labels.csv": b"file,label\na.png,3\n",
    "notes.json": b"[1, 2, 3]",
    "._three.png": b"\0\5\x16\7" + bytes(60),
    ".DS_Store": b"\0\0\0\1Bud1",
    "model.onnx": b"\x08\x07",
}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("0", "10", "empty/"), "The pictures in 1 other folder, not named by digits, were left out: 10."),
        (("1", "10"), "not named by digits, were left out: 10. Where 10 stands for 0, name it 0."),
        (("six", "sept", "huit"), "The pictures in 2 other folders, not named by digits, were left out: huit, sept."),
    ],
)
def test_other_folders_with_pictures_are_told(names: tuple[str, ...], said: str, tmp_path: Path) -> None:
    for name in names:
        if name.endswith("/"):
            (tmp_path / name).mkdir()
        else:
            picture(tmp_path / name / "a.png")
    digits = load_digits(tmp_path)
    assert len(digits) == 1
    assert len(digits.notes) == 1
    assert digits.notes[0].endswith(said)


def test_a_label_folder_that_cannot_be_read_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for digit in "123":
        picture(tmp_path / digit / "a.png")
    locked = ["1", "3"]
    scan = os.scandir

    def scandir(path: Path) -> Any:  # no permissions stop the root user, as whom these tests may run
        if path.name in locked:
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    digits = load_digits(tmp_path)
    assert digits.labels.tolist() == [2]
    assert digits.notes == (
        "The pictures in 2 folders that cannot be read were left out: 1, 3. Check the permissions.",
    )
    locked.append("2")
    with pytest.raises(InputError, match=r"The folder .*1 cannot be read: permission denied") as refused:
        load_digits(tmp_path)
    assert refused.value.advice == "Check its permissions."


@pytest.mark.parametrize("name", JUNK)
def test_what_cannot_be_a_picture_is_passed_over(name: str, tmp_path: Path) -> None:
    picture(tmp_path / "3" / "three.png")
    (tmp_path / "3" / name).write_bytes(JUNK[name])
    (tmp_path / "3" / "more").mkdir()
    (tmp_path / "3" / "__MACOSX").mkdir()
    digits = load_digits(tmp_path)
    assert digits.labels.tolist() == [3]
    assert not digits.notes


def test_a_picture_is_told_by_its_content_where_its_name_does_not_say(tmp_path: Path) -> None:
    picture(tmp_path / "3" / "three.png").rename(tmp_path / "3" / "scan 1")
    assert load_digits(tmp_path).labels.tolist() == [3]


def test_what_cannot_be_read_is_left_out_counted_and_named(tmp_path: Path) -> None:
    for number in range(3):
        picture(tmp_path / "1" / f"{number}.png")
    (tmp_path / "1" / "broken.png").write_bytes((tmp_path / "1" / "0.png").read_bytes()[:60])
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "empty.jpg").touch()
    (tmp_path / "7" / "odd.json").write_bytes(b'{"a drawing": false}')
    os.mkfifo(tmp_path / "7" / "pipe.png")
    (tmp_path / "7" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    Image.new("L", (64, 64), 255).save(tmp_path / "7" / "blank.png")
    digits = load_digits(tmp_path)
    assert digits.labels.tolist() == [1, 1, 1]
    assert digits.images.any(axis=(1, 2)).all()
    assert digits.names == ("1/0.png", "1/1.png", "1/2.png")
    assert digits.first(2).names == ("1/0.png", "1/1.png")
    assert [one.split(" (")[0] for one in digits.left_out] == [
        "1/broken.png",
        "7/blank.png",
        "7/empty.jpg",
        "7/gone.png",
        "7/odd.json",
        "7/pipe.png",
    ]
    (note,) = digits.notes
    assert note.startswith("3 of 9 pictures; 6 left out: 1/broken.png (the picture is damaged")
    assert ", 7/pipe.png (" in note, "Where they are few, all are named."
    for number in range(3):
        (tmp_path / "7" / f"{number}.png").write_bytes(b"no picture")
    (note,) = load_digits(tmp_path).notes
    assert note.endswith("and 6 more.")


def test_pictures_of_several_digits_are_counted(tmp_path: Path) -> None:
    pixels = np.full((100, 200), 230, np.uint8)
    pixels[20:80, 40:48], pixels[30:70, 140:148] = 20, 20
    digit_image(tmp_path / "1" / "two bars.png", pixels)
    picture(tmp_path / "1" / "one.png")
    assert load_digits(tmp_path).notes == ("1 picture shows several digits, of which the largest was read.",)


def test_where_nothing_can_be_read_it_says_why(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "empty.jpg").touch()
    with pytest.raises(InputError, match=r"Of 1 picture in .*, none can be read: 7/empty\.jpg"):
        load_digits(tmp_path)
    (tmp_path / "7" / "empty.jpg").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(InputError, match="Git LFS") as refused:
        load_digits(tmp_path)
    assert "git lfs pull" in refused.value.advice


def test_a_link_that_leads_to_itself_is_passed_over(tmp_path: Path) -> None:
    picture(tmp_path / "7" / "seven.png")
    (tmp_path / "7" / "itself").symlink_to("itself")
    (tmp_path / "7" / "up").symlink_to("..")
    (tmp_path / "itself").symlink_to("itself")
    digits = load_digits(tmp_path)
    assert digits.names == ("7/seven.png",)
    assert not digits.left_out


def test_a_name_that_is_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too long"):
        load_digits(tmp_path / ("x" * 300))


def test_empty_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "5").mkdir()
    with pytest.raises(InputError, match="no pictures in the folders 0 to 9"):
        load_digits(tmp_path)


def test_too_many_pictures_are_refused_before_any_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_folders, "MOST_PICTURES", 2)
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "empty.png").touch()
    with pytest.raises(InputError, match=r"3 pictures in .* more than 2"):
        load_digits(tmp_path)


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


def test_kept_drawings_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path)
    kept.set_label(kept.add(LINE).id, 1)
    kept.add(LINE)
    (tmp_path / "drawing-20260101-000000-00000000.json").write_text('{"label": 3}')
    digits = load_digits(tmp_path)
    assert digits.labels.tolist() == [1]
    assert digits.notes == ("2 of 3 drawings can be read; 1 left out: damaged.",)


def test_kept_drawings_can_be_read_in_another_order(tmp_path: Path) -> None:
    kept = KeptDrawings(tmp_path)
    kept.set_label(kept.add(LINE).id, 1)
    digits = load_digits(tmp_path, order="inverted-transposed")
    assert digits.order == "inverted-transposed"
    assert np.array_equal(digits.images[0], 255 - render_drawing(LINE).T)
