"""Pictures in folders named by their label, 0 to 9: what is no picture is passed over, what is damaged left out."""

import re
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.text import one_line
from mnist_bench.digits.pictures import MAX_FILE_BYTES, PICTURE_SUFFIXES, digit_from_bytes
from mnist_bench.digits.sets.files import Files, Listing, Unreadable, head, read_whole
from mnist_bench.digits.sets.found import Candidate, Found, Progress, listed, split_of
from mnist_bench.digits.sets.kinds import Kind, kind_of

MOST_PICTURES = 100_000
"""In all folders together: each is decoded and centred, which takes up to some milliseconds."""

_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBERED = re.compile(r"((digit|class|label|number)[-_ ]?)?0{0,3}([0-9])", re.IGNORECASE)
_PICTURES = (*PICTURE_SUFFIXES, ".jpe", ".dib", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".pdf")
"""What is read, and what is known and told."""
_DRAWING = ".json"
_LOOKED_AT = 10


def label_folder_sets(files: Files, listings: Mapping[str, Listing]) -> list[Candidate]:
    """The pictures in the label folders of each of these folders that has such."""
    sets = {folder: _label_folders(listing) for folder, listing in listings.items()}
    sets = {folder: labels for folder, labels in sets.items() if labels and (not folder or _holds_any(files, labels))}
    return [
        Candidate(f"{folder}/" if folder else "0 to 9", partial(_read_one, files, sets, folder), split_of(folder))
        for folder in sets
    ]


def _label_folders(listing: Listing) -> dict[str, int]:
    """The digit of each folder that is named by one."""
    labels = {}
    for path in listing.folders:
        name = path.rpartition("/")[2]
        if numbered := _NUMBERED.fullmatch(name):
            labels[path] = int(numbered[3])
        elif name.lower() in _WORDS:
            labels[path] = _WORDS.index(name.lower())
    return labels


def _holds_any(files: Files, labels: Mapping[str, int]) -> bool:
    """Whether a picture is among the first files: many programs number their folders."""
    try:
        return any(_may_be_picture(files, path) for one in labels for path in files.children(one).files[:_LOOKED_AT])
    except Unreadable:
        return False


def _read_one(files: Files, sets: Mapping[str, Mapping[str, int]], folder: str, on_progress: Progress | None) -> Found:
    """One of several sets; a note says how much of them all it is."""
    found = _read(files, sets[folder], on_progress)
    if len(sets) == 1:
        return found
    of_all = sum(len(_pictures_in(files, labels)) for labels in sets.values())
    return found.noting(f"These are the pictures in {folder}: {words.count_of(len(found.labels), of_all)}.")


def _read(files: Files, folders: Mapping[str, int], on_progress: Progress | None) -> Found:
    """The digits by label, then by name; InputError where there are none or a folder cannot be read."""
    if not (found := _pictures_in(files, folders)):
        raise InputError(f"There are no pictures in the folders 0 to 9 of {files.where}.")
    return read_pictures(files, found, on_progress)


def _pictures_in(files: Files, folders: Mapping[str, int]) -> list[tuple[str, int]]:
    """The pictures in these folders, with the digit of each."""
    return [
        (path, digit)
        for folder, digit in sorted(folders.items(), key=lambda item: item[1])
        for path in files.children(folder).files
        if _may_be_picture(files, path)
    ]


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
    several = 0
    for number, (path, digit) in enumerate(found):
        at = number - len(left_out)
        try:
            read = digit_from_bytes(read_whole(files, path, MAX_FILE_BYTES, "picture"), path)
            images[at], labels[at] = read.pixels, digit
            names.append(one_line(path, 100))
            several += read.count > 1
        except InputError as error:
            left_out.append(f"{one_line(path, 100)} ({_reason(error)})")
        if on_progress is not None:
            on_progress(number + 1, len(found))
    if len(left_out) == len(found):
        raise InputError(
            f"Of {words.plural(len(found), 'picture')} in {files.where}, none can be read: {listed(left_out)}."
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
