"""Digits with their true labels, whatever layout people keep them in: `sets` has a module for each."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.digits.centering import DIGIT_PX
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.orders import UPRIGHT, check_order, named_with_order, upright
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.digits.sets.found import Found, Progress, Split, listed, other_things


@dataclass(frozen=True, slots=True, eq=False)
class LabelledDigits:
    """Digit images and what they truly are.

    Attributes:
        images: uint8 (N, 28, 28), N at least 1.
        labels: uint8 (N,), 0 to 9.
        name: for people.
        source: the folder or file that they were read from; None where they came from none.
        order: one of ORDERS, in which the images were taken to be stored.
        notes: sentences on how they were read, and what was left out.
        left_out: each thing that could not be read, as "NAME (reason)".
        names: of the picture that each was read from, as "3/a.png"; empty where they were no pictures.

    Raises:
        InputError: the arrays do not have these shapes and types, or do not fit each other.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    name: str
    source: Path | None = None
    order: str = UPRIGHT
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

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

    @property
    def title(self) -> str:
        """The name, and the order where it is not the usual one."""
        return named_with_order(self.name, self.order)

    def first(self, most: int) -> "LabelledDigits":
        """The first of them, `most` (at least 1) or fewer where there are fewer."""
        return replace(self, images=self.images[:most], labels=self.labels[:most], names=self.names[:most])


def load_digits(
    path: Path, split: Split = "test", on_progress: Progress | None = None, *, order: str = UPRIGHT
) -> LabelledDigits:
    """The digits of this split in a folder or a file of any layout that docs/data.md lists, told by its content; where
    there are no splits, all of them.

    `on_progress(done, total)` follows pictures and rows; what it raises ends the reading. `order`, one of ORDERS, says
    how the images are stored.

    Raises:
        InputError: there are none, or they are damaged; the advice says what can be given.
        UsageError: there is no such order.
    """
    # Loaded with the first data: a window that only draws does without them.
    from mnist_bench.digits.sets.files import Folder
    from mnist_bench.digits.sets.search import read_file, read_folder

    check_order(order)
    try:
        is_folder = path.is_dir()
    except OSError:  # the name is too long, for instance: opening it says why
        is_folder = False
    if is_folder:
        if (kept := KeptDrawings(path)).ids() and not any((path / str(digit)).is_dir() for digit in range(10)):
            return load_drawings(kept, order)
        found, name = read_folder(Folder(path), split, on_progress), path.resolve().name
    else:
        found, name = read_file(path, split, on_progress), path.name
    return LabelledDigits(
        upright(found.images, order),
        found.labels,
        f"{name} ({found.split})" if found.split else name,
        path,
        order,
        (*_notes_on_left_out(found), *_notes_on_other_things(path, found), *found.notes),
        found.left_out,
        found.names,
    )


def load_drawings(kept: KeptDrawings, order: str = UPRIGHT) -> LabelledDigits:
    """A person's own drawings, those that have a label, as a network sees them, oldest first, as if they were stored in
    one of ORDERS; InputError if there are none.
    """
    there = kept.list()
    images, labels = [], []
    for one in reversed(there.drawings):
        if one.label is not None and not (drawing := kept.drawing(one.id)).is_empty:
            images.append(render_drawing(drawing))
            labels.append(one.label)
    if not labels:
        raise InputError(
            f"There are no drawings with a label in {kept.folder}.",
            advice="Draw digits in the window, and press 0 to 9 to label them.",
        )
    notes: tuple[str, ...] = ()
    if there.unreadable:
        read = words.count_of(len(there.drawings), len(there.drawings) + there.unreadable)
        notes = (f"{read} drawings can be read; {words.count(there.unreadable)} left out: damaged.",)
    pixels = upright(np.stack(images), check_order(order))
    return LabelledDigits(pixels, np.array(labels, np.uint8), "own drawings", kept.folder, order, notes)


def _notes_on_left_out(found: Found) -> tuple[str, ...]:
    """How many were read, where not all were."""
    if not (count := len(found.left_out)):
        return ()
    read = words.count_of(len(found.labels), len(found.labels) + count)
    return (f"{read} pictures; {words.count(count)} left out: {listed(found.left_out)}.",)


def _notes_on_other_things(path: Path, found: Found) -> tuple[str, ...]:
    """Where names say that these are no digits."""
    what = other_things("/".join((*path.resolve().parts[-3:], found.place)))
    return (f"By the names of files and folders, these are {what}, not digits.",) if what else ()
