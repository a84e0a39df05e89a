"""MNIST's own layout, which torchvision and EMNIST keep too: IDX files of images, and IDX files of their labels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.base.file_kinds import file_kind
from mnist_bench.digits.idx import MAX_BYTES, idx_from_bytes, idx_shape
from mnist_bench.digits.sets.arrays import images_in, to_digits, to_labels
from mnist_bench.digits.sets.files import Files, head, named, read_whole
from mnist_bench.digits.sets.found import Candidate, Found, Progress, fail, other_things, split_of
from mnist_bench.digits.sets.kinds import HEAD_BYTES, Kind, kind_of, unread, unzipped_head

_MOST_FILES = 200
"""Of a folder, whose beginnings are looked at."""
_NAME = re.compile(r"idx\d-(ubyte|int)", re.IGNORECASE)
_FOUR_FILES = "Put it there: MNIST is files of images, and files of their labels."


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    shape: tuple[int, ...]

    @property
    def split(self) -> str:
        return split_of(self.path.rpartition("/")[2])


def idx_set_of(files: Files, path: str) -> Candidate:
    """The digits in a file of images or of labels, and in the one beside it that belongs to it."""
    stem = _stem(path)
    beside = [one for one in files.children(path.rpartition("/")[0]).files if one != path and _stem(one) == stem]
    return idx_sets(files, [path, *beside])[0]


def idx_sets(files: Files, paths: Sequence[str]) -> list[Candidate]:
    """The sets of digits among these files of one folder: one for each file of images, and for labels without them."""
    likely_first = sorted(paths, key=lambda path: not _NAME.search(path))[:_MOST_FILES]
    by_name = {(_stem(path), "images" in path.lower()): path for path in reversed(likely_first)}
    shapes = {path: _shape(files, path) for path in reversed(by_name.values())}
    found = [_File(path, shape) for path, shape in shapes.items() if shape is not None]
    images = [one for one in found if _is_of_images(one)]
    labels = [one for one in found if one not in images]
    partners = {one: _partner(one, labels) for one in images}
    return [
        *(_candidate(files, one, partner) for one, partner in partners.items()),
        *(_without_images(files, one) for one in labels if one not in partners.values()),
    ]


def _shape(files: Files, path: str) -> tuple[int, ...] | None:
    """The shape in an IDX file; empty where it is one by its name alone. None for other files."""
    start = head(files, path, HEAD_BYTES)
    if kind_of(start) is Kind.IDX:
        return idx_shape(unzipped_head(start)) or ()
    return () if _NAME.search(path) else None


def _is_of_images(file: _File) -> bool:
    if file.shape:
        return images_in(file.shape) is not None or len(file.shape) > 2
    return "images" in file.path.lower()


def _partner(images: _File, labels: Sequence[_File]) -> _File | None:
    """The file of labels that belongs to one of images: by its name, else by its split and the number of them."""
    wanted = _stem(images.path)
    if (named := next((one for one in labels if _stem(one.path) == wanted), None)) is not None:
        return named
    count = images_in(images.shape)
    alike = [one for one in labels if one.shape[:1] == (count,)]
    of_split = [one for one in alike if one.split == images.split]
    return next((some[0] for some in (of_split, alike) if len(some) == 1 and some[0].split in (images.split, "")), None)


def _stem(path: str) -> str:
    """What the names of images and of their labels have in common."""
    name = re.sub(r"\.(gz|xz|bz2|zst|zip)$", "", path.lower())
    return re.sub(r"[-._](idx\d-)?(ubyte|int)$|images?|labels?|idx\d", "", name)


def _candidate(files: Files, images: _File, labels: _File | None) -> Candidate:
    if labels is None:
        return Candidate(images.path, partial(fail, _missing(files, images.path, "labels")), images.split)

    def read(_on_progress: Progress | None) -> Found:
        of_images = _array(files, images.path)
        of_labels = _labels(files, labels.path)
        with named(f"{files.where}/{images.path}"):
            return to_digits(of_images, of_labels)

    def are_digits() -> bool:
        try:
            to_labels(_labels(files, labels.path))
        except InputError:
            return False
        return not other_things(images.path)

    return Candidate(images.path, read, images.split, are_digits)


def _without_images(files: Files, labels: _File) -> Candidate:
    return Candidate(labels.path, partial(fail, _missing(files, labels.path, "images")), labels.split)


def _missing(files: Files, path: str, what: str) -> InputError:
    """Beside this file there is none of `what`, "images" or "labels"."""
    folder, _, name = path.rpartition("/")
    wanted = re.sub("images|labels", what, re.sub(r"idx\d", "idx3" if what == "images" else "idx1", name))
    where = f"{files.where}/{folder}" if folder else files.where
    if wanted == name:
        return InputError(f"{where} has no file of {what} that belongs to {name}.", advice=_FOUR_FILES)
    return InputError(f"There is no {wanted} in {where}, beside {name}.", advice=_FOUR_FILES)


def _array(files: Files, path: str) -> NDArray[Any]:
    start = head(files, path, HEAD_BYTES)
    if kind_of(start) is not Kind.IDX and file_kind(start) is not None:  # named so, but packed for example
        raise unread(f"{files.where}/{path}", start)
    with named(f"{files.where}/{path}"):
        return idx_from_bytes(read_whole(files, path, MAX_BYTES, "IDX"))


def _labels(files: Files, path: str) -> NDArray[Any]:
    labels = _array(files, path)
    return labels[:, 0] if labels.ndim == 2 else labels  # QMNIST's other columns tell the writer
