"""Digits whose folder is their label: pictures in folders named 0 to 9, and a person's own kept drawings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import reason
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.pictures import load_digit
from mnist_bench.digits.rendering import render_drawing

MOST_PICTURES = 20_000
"""In all folders together: each is decoded and centred, which takes milliseconds."""

ImagesAndLabels = tuple[NDArray[np.uint8], NDArray[np.uint8]]
Progress = Callable[[int, int], None]


def has_label_folders(folder: Path) -> bool:
    """Whether there is a folder in it that is named by a digit."""
    return any((folder / str(digit)).is_dir() for digit in range(10))


def read_label_folders(folder: Path, on_progress: Progress | None = None, most: int = MOST_PICTURES) -> ImagesAndLabels:
    """The digit images uint8 (N, 28, 28) and labels uint8 (N,) of the pictures in the subfolders 0 to 9, by name.

    A picture is decoded as the pad does it; drawings are read, too. Names that begin with a dot are left out.
    `on_progress(done, total)` follows each; what it raises ends the reading.

    Raises:
        InputError: there are none or more than `most`, a folder cannot be read, or a file (which it names) is no
            picture of a digit.
    """
    found = [(path, digit) for digit in range(10) for path in _files(folder / str(digit))]
    if not found:
        raise InputError(f"There are no pictures in the folders 0 to 9 of {folder}.")
    if len(found) > most:
        raise InputError(
            f"There are {words.count(len(found))} pictures in {folder}, more than {words.count(most)}.",
            advice="Take some out, or pack the digit images into an .npz file.",
        )
    images = np.empty((len(found), 28, 28), np.uint8)
    for number, (path, _) in enumerate(found):
        images[number] = load_digit(path).pixels
        if on_progress is not None:
            on_progress(number + 1, len(found))
    return images, np.array([digit for _, digit in found], np.uint8)


def read_drawings(kept: KeptDrawings) -> ImagesAndLabels:
    """The digit images uint8 (N, 28, 28) and labels uint8 (N,) of the kept drawings that have a label, oldest first.

    Raises:
        InputError: there are none.
    """
    images, labels = [], []
    for one in reversed(kept.list().drawings):
        if one.label is not None and not (drawing := kept.drawing(one.id)).is_empty:
            images.append(render_drawing(drawing))
            labels.append(one.label)
    if not labels:
        raise InputError(
            f"There are no drawings with a label in {kept.folder}.",
            advice="Draw digits in the window, and press 0 to 9 to label them.",
        )
    return np.stack(images), np.array(labels, np.uint8)


def _files(folder: Path) -> list[Path]:
    """What lies in a folder, by name; nothing if there is no such folder."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be read: {reason(error)}.") from error
