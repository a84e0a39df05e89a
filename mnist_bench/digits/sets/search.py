"""Finds labelled digits in a folder, an archive or a file, by what is in it."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from io import SEEK_END
from pathlib import Path, PurePath
from typing import IO

import numpy as np

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.text import one_line
from mnist_bench.digits.sets.files import (
    GZIP_MAGIC,
    Archive,
    Files,
    Folder,
    Listing,
    TarFiles,
    ZipFiles,
    head,
    listing_of,
    named,
    read_whole,
    unzipped,
)
from mnist_bench.digits.sets.found import MAX_BYTES, Candidate, Found, Progress, Split, fail, split_of, take
from mnist_bench.digits.sets.idx_files import idx_set_of, idx_sets
from mnist_bench.digits.sets.kinds import HEAD_BYTES, TORCH_MAGIC, WHAT_TO_GIVE, Kind, kind_of, known_digits, unread
from mnist_bench.digits.sets.label_folders import label_folder_sets
from mnist_bench.digits.sets.listed_pictures import listed_pictures_set
from mnist_bench.digits.sets.matlab import matlab_arrays
from mnist_bench.digits.sets.named_arrays import array_sets
from mnist_bench.digits.sets.npz import npy_arrays, npy_set_of
from mnist_bench.digits.sets.parquet import read_parquet
from mnist_bench.digits.sets.tables import is_wide, read_table

_DEEPEST = 5
_MOST_FOLDERS = 1_000
"""Of one depth: below so many, nobody keeps digits."""
_ARCHIVES = (".npz", ".pt", ".pth", ".zip", ".tar", ".tar.gz", ".tgz")
"""How archives in a folder are called: many programs pack files of their own."""
_NESTED = (".npz", ".pt", ".pth")
"""Those in archives."""
_MOST_LOOKED_AT = 200
"""Files of a folder whose kind is looked at."""
_MOST_LOOKED_AT_IN_ALL = 5_000
"""Files of all folders: a home or a disk holds so many that somebody would wait for minutes."""
_OFFICE_ENTRIES = ("[Content_Types].xml", "mimetype")
"""What documents of Microsoft's and LibreOffice's programs, which are ZIP archives, hold at the top."""
_SHARD = re.compile(r"-\d{5}-of-\d{5}")


def read_folder(files: Files, split: Split, on_progress: Progress | None) -> Found:
    """The digits of this split in a folder or an archive, or in the folders below it.

    Pictures in label folders come before files of MNIST, and those before files that hold a set by themselves; what
    lies higher comes before what lies deeper.

    Raises:
        InputError: there are none, or which to read is not clear, or they are damaged.
    """
    folders, in_files, seen, looked_at = [""], list[Candidate](), list[str](), 0
    for _ in range(_DEEPEST):
        listings = {folder: listing for folder in folders if (listing := _listing(files, folder)) is not None}
        sets = label_folder_sets(files, listings)
        looked_at += sum(min(len(each.files), _MOST_LOOKED_AT) for each in listings.values())
        if not sets and looked_at <= _MOST_LOOKED_AT_IN_ALL:
            sets = [one for paths in _files_together(listings) for one in idx_sets(files, paths)]
            if not sets and not in_files:
                in_files = [one for each in listings.values() for one in _sets_in_files(files, each.files, split)]
        if sets:
            return take(sets, split, files.where, on_progress)
        seen += [path for each in listings.values() for path in each.files][:_MOST_LOOKED_AT]
        folders = [child for listing in listings.values() for child in listing.folders]
        if is_vast := looked_at > _MOST_LOOKED_AT_IN_ALL or len(folders) > _MOST_FOLDERS:
            break
    if in_files:
        return take(in_files, split, files.where, on_progress)
    if is_vast:
        raise InputError(
            f"{files.where} holds so much that it was not searched for labelled digits to the end.",
            advice="Name the folder of the digits themselves.",
        )
    raise _nothing(files, seen[:_MOST_LOOKED_AT], split)


def _files_together(listings: Mapping[str, Listing]) -> list[list[str]]:
    """The files of each folder; those that are alone in theirs are taken together: some programs unpack each of MNIST's
    files into a folder of its name.
    """
    together: dict[str, list[str]] = {}
    for folder, listing in listings.items():
        place = folder.rpartition("/")[0] if len(listing.files) == 1 else folder
        together.setdefault(place, []).extend(listing.files)
    return list(together.values())


def read_file(path: Path, split: Split, on_progress: Progress | None) -> Found:
    """The digits of this split in a file, or all of them where it has no splits.

    Raises:
        InputError: it cannot be read, holds none, or is damaged.
    """
    return _read(Folder(path.parent), path.name, split, on_progress)


def _read(files: Files, path: str, split: Split, on_progress: Progress | None) -> Found:
    where = _where(files, path)
    with files.open(path) as file, named(where):
        start = file.read(HEAD_BYTES)
        file.seek(0)
        is_gzipped, kind = start[:2] == GZIP_MAGIC, kind_of(start)
        match kind:
            case Kind.IDX:
                return idx_set_of(files, path).read(on_progress)
            case Kind.TAR:
                return read_folder(TarFiles(where, file), split, on_progress)
            case Kind.TABLE if (of_pictures := listed_pictures_set(files, path)) is not None:
                return of_pictures.read(on_progress)
            case Kind.TABLE:
                size = _size(file)
                return read_table(unzipped(file), where, size, on_progress)
            case Kind.PICTURE:
                advice = "Put pictures into folders named 0 to 9, and give the folder of those folders."
                raise InputError(f"{where} is a single picture, without a label.", advice=advice)
            case None:
                raise unread(where, start)
        if is_gzipped:
            raise InputError(f"{where} is packed with gzip.", advice="Unpack it first: gunzip.")
        match kind:
            case Kind.ZIP:
                return _read_zip(ZipFiles(where, file), split, on_progress)
            case Kind.NPY:
                return npy_set_of(files, path).read(on_progress)
            case Kind.MATLAB:
                arrays = matlab_arrays(read_whole(files, path, MAX_BYTES, ".mat"), where)
                return take(array_sets(arrays), split, where, on_progress)
            case Kind.PARQUET:
                return read_parquet(file, where, on_progress)


def _read_zip(archive: ZipFiles, split: Split, on_progress: Progress | None) -> Found:
    """An .npz file or an archive of files."""
    top = archive.children("")
    if any(mark in (*top.files, *top.folders) for mark in _OFFICE_ENTRIES):
        raise InputError(f"{archive.where} is an Office document, which is not read.", advice="Save the table as CSV.")
    if arrays := [path for path in top.files if path.endswith(".npy")]:
        return take(array_sets(npy_arrays(archive, arrays)), split, archive.where, on_progress)
    if any(path.endswith("/data.pkl") for folder in top.folders for path in archive.children(folder).files):
        raise unread(archive.where, TORCH_MAGIC)
    return read_folder(archive, split, on_progress)


def _sets_in_files(files: Files, paths: Sequence[str], split: Split) -> list[Candidate]:
    """The files of a folder that hold a set, or both splits of one."""
    kinds = {path: kind_of(head(files, path, HEAD_BYTES)) for path in paths[:_MOST_LOOKED_AT]}
    arrays = [path for path, kind in kinds.items() if kind is Kind.NPY]
    sets = _npy_sets(files, arrays) if len(arrays) > 1 else []
    shards: dict[str, list[str]] = {}
    for path, kind in kinds.items():
        is_archive = path.lower().endswith(_NESTED if isinstance(files, Archive) else _ARCHIVES)
        if kind in (Kind.MATLAB, Kind.PARQUET) or (kind in (Kind.ZIP, Kind.TAR) and is_archive):
            shards.setdefault(_SHARD.sub("", path), []).append(path)
        elif kind is Kind.TABLE and is_wide(head(files, path, HEAD_BYTES)):
            shards.setdefault(path, []).append(path)
        elif kind is Kind.TABLE and (of_pictures := listed_pictures_set(files, path)) is not None:
            sets.append(of_pictures)
    return [
        *sets,
        *(
            Candidate(name, partial(_read_shards, files, parts, split), split_of(name))
            for name, parts in shards.items()
        ),
    ]


def _npy_sets(files: Files, paths: Sequence[str]) -> list[Candidate]:
    try:
        return array_sets(npy_arrays(files, paths))
    except InputError as error:  # told only where there is nothing else
        return [Candidate(paths[0], partial(fail, error), "")]


def _read_shards(files: Files, paths: Sequence[str], split: Split, on_progress: Progress | None) -> Found:
    """The parts of a set, one after the other (train-00000-of-00002.parquet, train-00001-of-00002.parquet)."""
    parts = [_read(files, path, split, on_progress) for path in paths]
    if len(parts) == 1:
        return parts[0]
    return Found(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        tuple(one for part in parts for one in part.left_out),
    )


def _listing(files: Files, folder: str) -> Listing | None:
    """What lies in a folder; None where one below the top cannot be looked into."""
    return listing_of(files, folder) if folder else files.children(folder)


def _nothing(files: Files, seen: Sequence[str], split: Split) -> InputError:
    """Why there are no digits among the files that were seen."""
    known = [(path, head(files, path, HEAD_BYTES)) for path in seen]
    if pictures := [path for path, start in known if kind_of(start) is Kind.PICTURE]:
        return InputError(
            f"{files.where} holds {words.plural(len(pictures), 'picture')}, and no folders 0 to 9 to tell the labels.",
            advice="Put each into a folder named by its digit, and give the folder of those folders.",
        )
    for path, start in known:
        kind = kind_of(start)
        if kind is None and known_digits(path, start) is not None:
            return unread(_where(files, path), start)
        if kind in (Kind.ZIP, Kind.TAR) and isinstance(files, Archive):
            return InputError(
                f"{_where(files, path)} is an archive in an archive.", advice="Unpack the outer one first."
            )
    if isinstance(files, Archive) and files.outside:
        return InputError(
            f"There are no labelled digits in {files.where}: its names lead out of it ({one_line(files.outside, 60)}).",
            advice="Pack the folder again from the folder that it lies in, so that the names begin with its own.",
        )
    first = "t10k" if split == "test" else "train"
    return InputError(
        f"There are no labelled digits in {files.where}: no {first}-images-idx3-ubyte.gz, no folders 0 to 9, no other "
        "layout that is known.",
        advice=WHAT_TO_GIVE,
    )


def _where(files: Files, path: str) -> str:
    return str(PurePath(files.where) / path)


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, SEEK_END)
    file.seek(0)
    return size
