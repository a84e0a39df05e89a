"""Arrays with names, as .npz, .npy and .mat files hold them: which are images and which are their labels."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.sets.arrays import images_in, labels_in, size_error, to_digits
from mnist_bench.digits.sets.found import Candidate, Found, Progress, split_of

_TRAINING_IMAGES = 60_000
_WHOLE = 70_000
_LABELS = re.compile(r"label|target|class|digit|(^|[^a-z])[yt]([^a-z]|$)|y_?(test|train|val)", re.IGNORECASE)
_IMAGES = re.compile(r"image|img|data|pixel|feature|input|(^|[^a-z])x([^a-z]|$)|x_?(test|train|val)", re.IGNORECASE)
_BY_DIGIT = re.compile(r"(.*?)([0-9])")


@dataclass(frozen=True, slots=True)
class StoredArray:
    """An array in a file: its name, its shape, and what reads its values.

    `is_of_numbers`: whether they are numbers or text; others (Python's objects, MATLAB's cells) are only named.
    """

    name: str
    shape: tuple[int, ...]
    read: Callable[[], NDArray[Any]]
    is_of_numbers: bool = True


def unread_array(name: str) -> StoredArray:
    """An array of which nothing but the name is known."""
    return StoredArray(name, (), partial(np.empty, 0), is_of_numbers=False)


def array_sets(arrays: Sequence[StoredArray]) -> list[Candidate]:
    """The sets of digits in these arrays, one for each split; InputError where there is none, or which is not clear."""
    unread = [one.name for one in arrays if not one.is_of_numbers]
    arrays = [one for one in arrays if one.is_of_numbers]
    if by_digit := _arrays_by_digit(arrays):
        return by_digit
    images = [one for one in arrays if images_in(one.shape) is not None]
    labels = [one for one in arrays if one not in images and labels_in(one.shape) is not None]
    if not images or not labels:
        raise size_error([(one.name, one.shape) for one in arrays], unread)
    sets = []
    for split in dict.fromkeys(split_of(one.name) for one in images):
        of_split = [one for one in images if split_of(one.name) == split]
        fitting = [one for one in labels if split_of(one.name) == split]
        others = [one for one in labels if not split or not split_of(one.name)]  # y_train is not x_test's
        pair = _best(of_split, fitting or (others if len(images) == 1 else []))
        sets += _halves(pair) if pair is not None else []
    if not sets:
        shapes = ", ".join(one.name for one in (*images, *labels)[:6])
        raise InputError(f"No labels belong to its images ({shapes}).", advice="Name them images and labels.")
    return sets


@dataclass(frozen=True, slots=True)
class _Pair:
    images: StoredArray
    labels: StoredArray

    @property
    def score(self) -> tuple[bool, bool, int]:
        """How well they fit: as many of one as of the other, then by their names."""
        fits = images_in(self.images.shape) == labels_in(self.labels.shape)
        is_named = bool(_LABELS.search(self.labels.name)) and not _IMAGES.fullmatch(self.labels.name)
        return fits, is_named, bool(_IMAGES.search(self.images.name))


def _best(images: Sequence[StoredArray], labels: Sequence[StoredArray]) -> _Pair | None:
    pairs = sorted((_Pair(*both) for both in product(images, labels)), key=lambda pair: pair.score, reverse=True)
    if len(pairs) > 1 and pairs[0].score == pairs[1].score:
        names = ", ".join(dict.fromkeys(one.name for pair in pairs[:3] for one in (pair.images, pair.labels)))
        raise InputError(f"Which arrays are images and labels is not clear: {names}.", advice=_NAME_THEM)
    return pairs[0] if pairs else None


_NAME_THEM = "Name them images and labels."


def _halves(pair: _Pair) -> list[Candidate]:
    """The set of a pair; of the whole MNIST in one (OpenML, mldata), the training images come first."""
    names, split = f"{pair.images.name}, {pair.labels.name}", split_of(pair.images.name)
    if split or images_in(pair.images.shape) != _WHOLE:
        return [Candidate(names, partial(_read, pair), split)]
    parts = {"train": slice(_TRAINING_IMAGES), "test": slice(_TRAINING_IMAGES, None)}
    return [Candidate(names, partial(_read_part, pair, part), half) for half, part in parts.items()]


def _read(pair: _Pair, _on_progress: Progress | None) -> Found:
    return to_digits(pair.images.read(), pair.labels.read())


def _read_part(pair: _Pair, part: slice, on_progress: Progress | None) -> Found:
    found = _read(pair, on_progress)
    note = "Of 70,000 digits, MNIST's first 60,000 were taken for training, the rest for testing."
    return replace(found, images=found.images[part], labels=found.labels[part]).noting(note)


def _arrays_by_digit(arrays: Sequence[StoredArray]) -> list[Candidate]:
    """Sets of which each digit has an array of its own: test0 to test9, as in mnist_all.mat."""
    groups: dict[str, dict[int, StoredArray]] = {}
    for one in arrays:
        if (named := _BY_DIGIT.fullmatch(one.name)) and images_in(one.shape) is not None:
            groups.setdefault(named[1], {})[int(named[2])] = one
    return [
        Candidate(f"{name}0 to {name}9", partial(_read_by_digit, group), split_of(name))
        for name, group in groups.items()
        if len(group) == 10
    ]


def _read_by_digit(group: dict[int, StoredArray], _on_progress: Progress | None) -> Found:
    images = [group[digit].read() for digit in range(10)]
    labels = [np.full(images_in(one.shape) or 0, digit, np.uint8) for digit, one in enumerate(images)]
    return to_digits(np.concatenate(images), np.concatenate(labels))
