"""Pictures that a table names, each with its label: a row "images/1.png,7", with the pictures beside the table."""

import csv
import re
from dataclasses import replace
from functools import partial
from pathlib import PurePath

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE
from mnist_bench.base.text import one_line
from mnist_bench.digits.pictures import PICTURE_SUFFIXES
from mnist_bench.digits.sets.arrays import to_labels
from mnist_bench.digits.sets.files import Files, head, inside, named, read_whole
from mnist_bench.digits.sets.found import Candidate, Found, Progress, split_of
from mnist_bench.digits.sets.kinds import HEAD_BYTES
from mnist_bench.digits.sets.label_folders import read_pictures
from mnist_bench.digits.sets.tables import label_column

_MAX_BYTES = 20 * MEGABYTE
_MOST_COLUMNS = 100
_DEEPEST = 3
_LOOKED_AT = 3
_LABEL = re.compile(r"[0-9](\.0)?")
_SUFFIXES = (".csv", ".tsv", ".txt")
_BESIDE = "Put them into the table's folder, or into folders 0 to 9."
_ADVICE = "It needs a column of pictures' names, and one called label; or put the pictures into folders 0 to 9."


def listed_pictures_set(files: Files, path: str) -> Candidate | None:
    """The digits of a table that names pictures in its first rows; None where it names none."""
    lines = head(files, path, HEAD_BYTES).decode("utf-8", "replace").lower().splitlines()[:_LOOKED_AT]
    rows = [[cell.strip(' "') for cell in re.split("[,;\t]", line)] for line in lines]
    is_table = path.lower().endswith(_SUFFIXES) and len(rows) > 1 and {len(row) for row in rows} == {len(rows[0])}
    if not is_table:
        return None
    has_picture = any(cell.endswith(PICTURE_SUFFIXES) for cell in rows[1])
    has_label = any(_LABEL.fullmatch(cell) for cell in rows[1])
    return Candidate(path, partial(_read, files, path), split_of(path)) if has_picture and has_label else None


def _read(files: Files, path: str, on_progress: Progress | None) -> Found:
    rows = _rows(read_whole(files, path, _MAX_BYTES, "table").decode("utf-8-sig", "replace"))
    names = next((place for place, cell in enumerate(rows[-1]) if cell.lower().endswith(PICTURE_SUFFIXES)), None)
    if names is None:
        raise InputError(f"{path} names no pictures.", advice=_ADVICE)
    has_header = not rows[0][names].lower().endswith(PICTURE_SUFFIXES)
    label = label_column(rows[0]) if has_header else None
    if label is None and len(rows[0]) == 2:
        label = 1 - names
    if label is None:
        raise InputError(f"{path} has no column called label.", advice=_ADVICE)
    body = rows[1:] if has_header else rows
    with named(str(PurePath(files.where) / path)):
        labels = to_labels(np.array([row[label] for row in body]))
    folder, _, table = path.rpartition("/")
    there = _files_below(files, folder)
    found, missing = list[tuple[str, int]](), list[str]()
    for row, digit in zip(body, labels.tolist(), strict=True):
        # Only what lies beside the table is read, whatever it names: in train.csv, "1.png" may be train/1.png.
        name = row[names].replace("\\", "/").removeprefix("./")
        ends = (f"{table.partition('.')[0]}/{name}", name, name.rpartition("/")[2])
        paths = next((there[end] for end in ends if end in there), [])
        if len(paths) == 1:
            found.append((paths[0], digit))
        else:
            missing.append(f"{one_line(name, 100)} ({'several files have' if paths else 'no file has'} this name)")
    if not found:
        raise InputError(f"{path} names {words.plural(len(body), 'picture')}, of which none is there.", advice=_BESIDE)
    read = read_pictures(files, found, on_progress)
    return replace(read, left_out=(*read.left_out, *missing))


def _rows(text: str) -> list[list[str]]:
    """The rows of the table, all of one length."""
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=separator) if row]
    except csv.Error:
        rows = []
    if not rows or not 2 <= len(rows[0]) <= _MOST_COLUMNS or any(len(row) != len(rows[0]) for row in rows):
        raise InputError("It is no table whose rows have equally many columns.", advice=_ADVICE)
    return rows


def _files_below(files: Files, folder: str) -> dict[str, list[str]]:
    """The paths of the files in a folder and below it, by each end of the path: "a/b/1.png", "b/1.png" and "1.png"."""
    there: dict[str, list[str]] = {}
    folders = [folder]
    for _ in range(_DEEPEST):
        listings = [inside(files, one) for one in folders]
        for path in (path for listing in listings for path in listing.files):
            parts = path.removeprefix(f"{folder}/").split("/")
            for first in range(len(parts)):
                there.setdefault("/".join(parts[first:]), []).append(path)
        folders = [one for listing in listings for one in listing.folders]
    return there
