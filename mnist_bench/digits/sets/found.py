"""What the readers of labelled digits share: what they find, which split it is of, and which is taken."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE
from mnist_bench.base.text import one_line

Split = Literal["test", "train"]
Progress = Callable[[int, int], None]
"""Called with digits read and digits in all; what it raises ends the reading."""

MAX_BYTES = 512 * MEGABYTE
"""Of one array, and of one table as it is unpacked: 70,000 images in float64 have 439 MB."""
MOST_DIGITS = 1_000_000

_SPLITS = tuple(
    # At the beginning of a word, where a capital begins one, too; or behind the x and y of arrays' names.
    (split, re.compile(rf"(?:^|[^a-z]|[xy]|(?-i:[a-z](?=[A-Z])))(?:{names})", re.IGNORECASE))
    for split, names in (("test", "test|t10k"), ("train", "train"), ("validation", r"val(?:id|idation)?(?![a-z])"))
)
_FEW = 8
_SHOWN = 3
_OTHER_THINGS = re.compile(r"fashion|kmnist|kuzushiji", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Digit images uint8 (N, 28, 28) and labels uint8 (N,), 0 to 9, and what is to be said of them.

    Attributes:
        notes: sentences on how they were read.
        left_out: what could not be read, each as "NAME (reason)".
        split: of which split they are; empty where the data has none.
        place: which part of the folder or file they are; empty where they are all of it.
        names: of the picture that each was read from; empty where they were no pictures.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    split: str = ""
    place: str = ""
    names: tuple[str, ...] = ()

    def noting(self, *notes: str) -> "Found":
        """The same, with these sentences in front."""
        return replace(self, notes=(*notes, *self.notes))


@dataclass(frozen=True, slots=True)
class Candidate:
    """Labelled digits that could be read.

    Attributes:
        place: for people: the folder, file or arrays that hold them.
        read: reads them.
        split: "test", "train", "validation" or empty.
        are_digits: whether they show digits, rather than letters or clothes.
    """

    place: str
    read: Callable[[Progress | None], Found]
    split: str = ""
    are_digits: Callable[[], bool] = lambda: True


def fail(error: InputError, _on_progress: Progress | None) -> Found:
    """Raises the error: what reads a candidate that is not whole."""
    raise error


def other_things(path: str) -> str:
    """What sets that look like MNIST show instead of digits, where a name in the path is that of one; else empty."""
    found = _OTHER_THINGS.search(path)
    return "" if found is None else "clothes" if found[0].lower() == "fashion" else "Japanese characters"


def split_of(name: str) -> str:
    """The split that a name tells of: "test", "train", "validation" or empty."""
    return next((split for split, pattern in _SPLITS if pattern.search(name)), "")


def take(candidates: Sequence[Candidate], split: Split, where: str, on_progress: Progress | None) -> Found:
    """The digits of this split, or those that belong to none; InputError where there are none, or which is not clear.

    Where digits to test on are wanted, those for validation will do.
    """
    for wanted in (split, "", "validation") if split == "test" else (split, ""):
        if matching := [one for one in candidates if one.split == wanted]:
            chosen = _only_one(matching, where)
            found = replace(chosen.read(on_progress), split=chosen.split, place=chosen.place)
            return (
                found.noting(f"These are the images for validation: {chosen.place}.")
                if wanted == "validation"
                else found
            )
    there = listed(one.place for one in candidates)
    raise InputError(
        f"{where} has no {split} images, only {there}.",
        advice=f"Give the folder or file of the {split} images; to read others all the same, name theirs.",
    )


def _only_one(candidates: Sequence[Candidate], where: str) -> Candidate:
    if len(candidates) == 1:
        return candidates[0]
    digits = [one for one in candidates if one.are_digits()]
    # torchvision's root, and EMNIST's folder, hold several sets.
    for name in ("mnist/", "emnist-digits"):
        if len(plain := [one for one in digits if f"/{one.place}".lower().count(f"/{name}")]) == 1:
            return plain[0]
    if len(digits) == 1:
        return digits[0]
    raise InputError(
        f"{where} holds several sets: {listed(one.place for one in digits or candidates)}.",
        advice="Name the folder or file of one of them.",
    )


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: all of them where they are few, else the first."""
    each = [one_line(name, 80) for name in names]
    if len(each) <= _FEW:
        return ", ".join(each)
    return f"{', '.join(each[:_SHOWN])} and {words.count(len(each) - _SHOWN)} more"
