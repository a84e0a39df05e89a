"""Digits with their true labels: MNIST's IDX files, an .npz file, pictures in folders by label, kept drawings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.centering import DIGIT_PX
from mnist_bench.digits.idx import read_idx
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.labelled_files import Progress, has_label_folders, read_drawings, read_label_folders
from mnist_bench.digits.npz import read_npz

Split = Literal["test", "train"]

_PREFIXES = {"test": "t10k", "train": "train"}


@dataclass(frozen=True, slots=True, eq=False)
class LabelledDigits:
    """Digit images and what they truly are.

    Attributes:
        images: uint8 (N, 28, 28), N at least 1.
        labels: uint8 (N,), 0 to 9.
        name: for people.
        source: the folder or file that they were read from; None where they came from none.

    Raises:
        InputError: the arrays do not have these shapes and types, or do not fit each other.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    name: str
    source: Path | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim != 3 or self.images.shape[1:] != (DIGIT_PX, DIGIT_PX):
            raise InputError(f"{self.name}: the images are not bytes of 28 x 28 pixels each.")
        if self.labels.dtype != np.uint8 or self.labels.shape != self.images.shape[:1]:
            raise InputError(f"{self.name}: the numbers of images and labels differ.")
        if not self.labels.size:
            raise InputError(f"{self.name}: there are no images in it.")
        if self.labels.max() > 9:
            raise InputError(f"{self.name}: some labels are not digits from 0 to 9.")

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, most: int) -> "LabelledDigits":
        """The first of them, `most` (at least 1) or fewer where there are fewer."""
        return LabelledDigits(self.images[:most], self.labels[:most], self.name, self.source)


def load_digits(path: Path, split: Split = "test", on_progress: Progress | None = None) -> LabelledDigits:
    """The digits in a folder of MNIST's IDX files (of this split), or in what is one split by itself: an .npz file, a
    folder of pictures in subfolders named 0 to 9 (see `read_label_folders`, which `on_progress` follows), or a folder
    of kept drawings.

    The .npz file holds `images`, uint8 (N, 28, 28) or (N, 784), and `labels`, integers (N,).

    Raises:
        InputError: there are no such files, or they are damaged.
    """
    if path.is_dir():
        if has_label_folders(path):
            return LabelledDigits(*read_label_folders(path, on_progress), path.resolve().name, path)
        if KeptDrawings(path).ids():
            return load_drawings(KeptDrawings(path))
        images, labels = (read_idx(idx_file(path, split, kind)) for kind in ("images", "labels"))
        return LabelledDigits(images, labels, f"{path.name} ({split})", path)
    arrays = read_npz(path, ("images", "labels"))
    images, labels = arrays["images"], arrays["labels"]
    if images.dtype == np.uint8 and images.ndim == 2 and images.shape[1] == DIGIT_PX * DIGIT_PX:
        images = images.reshape(-1, DIGIT_PX, DIGIT_PX)
    if labels.size and (labels.min() < 0 or labels.max() > 9):
        raise InputError(f"{path.name}: some labels are not digits from 0 to 9.")
    return LabelledDigits(images, labels.astype(np.uint8), path.name, path)


def load_drawings(kept: KeptDrawings) -> LabelledDigits:
    """A person's own drawings, those that have a label, as a network sees them; raises InputError if there are none."""
    return LabelledDigits(*read_drawings(kept), "own drawings", kept.folder)


def idx_file(folder: Path, split: Split, kind: Literal["images", "labels"]) -> Path:
    """MNIST's file of this split and kind, under any name that it is known by; raises InputError if there is none."""
    dimensions = 3 if kind == "images" else 1
    names = [
        f"{_PREFIXES[split]}-{kind}{joint}idx{dimensions}-ubyte{ending}" for joint in "-." for ending in (".gz", "")
    ]
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise InputError(
        f"There is no {names[0]} in {folder}.",
        advice="Choose a folder of MNIST's files (`mnist-bench fetch-mnist` downloads them), or of pictures in folders "
        "0 to 9.",
    )
