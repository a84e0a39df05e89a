"""Pictures in folders named by their label, 0 to 9: what is no picture is passed over, what is damaged left out."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.text import one_line
from mnist_bench.digits.pictures import MAX_FILE_BYTES, PICTURE_SUFFIXES, digit_from_bytes
from mnist_bench.digits.sets.files import Files, Listing, head, inside, listing_of, read_whole
from mnist_bench.digits.sets.found import Candidate, Found, Progress, listed, split_of
from mnist_bench.digits.sets.kinds import Kind, kind_of

MOST_PICTURES = 100_000
"""In all folders together: each is decoded and centred, which takes up to some milliseconds."""

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_GAP = r"[-_. ]*"
_NUMBERED = re.compile(
    rf"\(?(?:(?:digit|class|label|number){_GAP})?0{{0,3}}([0-9])\)?{_GAP}({'|'.join(_WORDS)})?{_GAP}(?:train|test)?"
)
"""As in "3", "digit-3", "003", "3 - three", "3_train"."""
_DEEPEST = 3
"""Of folders in a label folder: some people keep each writer's pictures in one of their own."""
_PICTURES = (*PICTURE_SUFFIXES, ".jpe", ".dib", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".pdf")
"""What is read, and what is known and told."""
_DRAWING = ".json"
_LOOKED_AT = 10

_Sets = Mapping[tuple[str, str], Mapping[str, int]]
"""By the folder that holds them, and the split that their own names tell: the digit of each label folder."""


def label_folder_sets(files: Files, listings: Mapping[str, Listing]) -> list[Candidate]:
    """The pictures in the label folders of each of these folders that has such."""
    sets = {
        (folder, split): labels
        for folder, listing in listings.items()
        for split, labels in _by_split(_with_pictures(files, folder, _label_folders(listing))).items()
    }
    return [
        Candidate(_place(folder, split), partial(_read_one, files, sets, (folder, split)), split or split_of(folder))
        for folder, split in sets
    ]


def _place(folder: str, split: str) -> str:
    return (f"{folder}/" if folder else "0 to 9") + (f" ({split})" if split else "")


def _label_folders(listing: Listing) -> dict[str, int]:
    """The digit of each folder that is named by one."""
    named = ((path, _digit_in(path.rpartition("/")[2])) for path in listing.folders)
    return {path: digit for path, digit in named if digit is not None}


def _digit_in(name: str) -> int | None:
    """The digit that a folder is named by, as a number of any script or a word; None where by anything else."""
    low = "".join(str(unicodedata.decimal(one, one)) for one in name.strip().lower())
    if low in _WORDS:
        return _WORDS.index(low)
    found = _NUMBERED.fullmatch(low)
    if found is None or found[2] not in (None, _WORDS[int(found[1])]):
        return None
    return int(found[1])


def _with_pictures(files: Files, folder: str, labels: dict[str, int]) -> dict[str, int]:
    """The label folders in a folder or, where they hold no pictures, those folders in them that do; else none.

    At the top, folders that are named by digits are label folders, even without a picture: that is to be told then.
    """
    is_complete = len(set(labels.values())) == len(_WORDS)  # many programs number their folders
    inner = labels
    for _ in range(1 + _DEEPEST if is_complete or not folder else 1):
        if _holds_any(files, inner):
            return inner
        inner = _below(files, inner)
    return labels if not folder and not any(_label_folders(inside(files, one)) for one in labels) else {}


def _below(files: Files, labels: Mapping[str, int]) -> dict[str, int]:
    """The folders in label folders, each with its digit.

    Where those are named by digits, too, it is the upper ones that are not label folders: writers have numbers.
    """
    return {
        path: digit
        for one, digit in labels.items()
        for path in inside(files, one).folders
        if _digit_in(path.rpartition("/")[2]) is None
    }


def _by_split(labels: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The folders by the split that their own names tell (3_train, or test in 3), where all of them tell one."""
    told = {path: split_of(path.rpartition("/")[2]) for path in labels}
    splits: dict[str, dict[str, int]] = {}
    for path, digit in labels.items():
        splits.setdefault(told[path] if all(told.values()) else "", {})[path] = digit
    return splits


def _holds_any(files: Files, folders: Iterable[str]) -> bool:
    """Whether a picture is among the first files of one of them."""
    return any(_may_be_picture(files, path) for one in folders for path in inside(files, one).files[:_LOOKED_AT])


def _read_one(files: Files, sets: _Sets, which: tuple[str, str], on_progress: Progress | None) -> Found:
    """One of several sets; a note says how much of them all it is, and others name folders that were left out."""
    found = _read(files, sets[which], on_progress)
    found = found.noting(*_unread_folders(files, sets[which]), *_other_folders(files, which[0]))
    if len(sets) == 1:
        return found
    of_all = sum(len(_pictures_in(files, labels)) for labels in sets.values())
    place = which[0] or _place(*which)
    return found.noting(f"These are the pictures in {place}: {words.count_of(len(found.labels), of_all)}.")


def _read(files: Files, folders: Mapping[str, int], on_progress: Progress | None) -> Found:
    """The digits by label, then by name; InputError where there are none."""
    if not (found := _pictures_in(files, folders)):
        for folder in folders:
            files.children(folder)  # where one of them cannot be read, that is to be told
        raise InputError(f"There are no pictures in the folders 0 to 9 of {files.where}.")
    return read_pictures(files, found, on_progress)


def _pictures_in(files: Files, folders: Mapping[str, int]) -> list[tuple[str, int]]:
    """The pictures in these folders, with the digit of each."""
    return [
        (path, digit)
        for folder, digit in sorted(folders.items(), key=lambda item: item[1])
        for path in inside(files, folder).files
        if _may_be_picture(files, path)
    ]


def _unread_folders(files: Files, folders: Iterable[str]) -> tuple[str, ...]:
    """A note on the label folders that cannot be looked into, if any."""
    unread = [folder for folder in folders if listing_of(files, folder) is None]
    where = words.plural(len(unread), "folder")
    note = f"The pictures in {where} that cannot be read were left out: {listed(unread)}. Check the permissions."
    return (note,) if unread else ()


def _other_folders(files: Files, folder: str) -> tuple[str, ...]:
    """A note on the folders with pictures that lie beside label folders and are named by no digit, if any."""
    beside = files.children(folder)
    labels = _label_folders(beside)
    others = [path for path in beside.folders if path not in labels and _holds_any(files, (path,))]
    if not others:
        return ()
    names = [path.rpartition("/")[2] for path in others]
    where = words.plural(len(others), "other folder")
    note = f"The pictures in {where}, not named by digits, were left out: {listed(names)}."
    return (f"{note} Where 10 stands for 0, name it 0." if "10" in names and 0 not in labels.values() else note,)


def read_pictures(files: Files, found: Sequence[tuple[str, int]], on_progress: Progress | None) -> Found:
    """The digits in these pictures, of which each has its label.

    A picture is decoded as the pad does it; drawings are read, too. `on_progress(done, total)` follows each.

    Raises:
        InputError: none can be read, or there are more than MOST_PICTURES.
    """
    if len(found) > MOST_PICTURES:
        raise InputError(
            f"There are {words.count(len(found))} pictures in {files.where}, more than {words.count(MOST_PICTURES)}.",
            advice="Take some out, or pack the digit images into an .npz file.",
        )
    images, labels, left_out = np.empty((len(found), 28, 28), np.uint8), np.empty(len(found), np.uint8), list[str]()
    names = list[str]()
    several, advice = 0, ""
    for number, (path, digit) in enumerate(found):
        at = number - len(left_out)
        try:
            read = digit_from_bytes(read_whole(files, path, MAX_FILE_BYTES, "picture"), path)
            images[at], labels[at] = read.pixels, digit
            names.append(one_line(path, 100))
            several += read.count > 1
        except InputError as error:
            left_out.append(f"{one_line(path, 100)} ({_reason(error)})")
            advice = advice or error.advice
        if on_progress is not None:
            on_progress(number + 1, len(found))
    if len(left_out) == len(found):
        raise InputError(
            f"Of {words.plural(len(found), 'picture')} in {files.where}, none can be read: {listed(left_out)}.",
            advice=advice,
        )
    count = len(found) - len(left_out)
    pictures = words.plural(several, "picture shows", "pictures show")
    notes = (f"{pictures} several digits, of which the largest was read.",) if several else ()
    return Found(images[:count], labels[:count], notes, tuple(left_out), names=tuple(names))


def _may_be_picture(files: Files, path: str) -> bool:
    """Whether a file is meant to be a picture or a drawing: its name or its beginning says so."""
    name = path.lower()
    if name.endswith(_PICTURES):
        return True
    start = head(files, path, 32)
    return (
        start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" if name.endswith(_DRAWING) else kind_of(start) is Kind.PICTURE
    )


def _reason(error: InputError) -> str:
    text = one_line(error.message).rstrip(".")
    return text[:1].lower() + text[1:]
