"""Digits in files of many layouts, made here: 30 drawn by hand, each a little different, three of each digit."""

import csv
import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_bench.digits.samples import labelled_digits

_ALL = labelled_digits()
_CHOSEN = np.concatenate([np.flatnonzero(_ALL.labels == digit)[:3] for digit in range(10)])
IMAGES = _ALL.images[_CHOSEN]
LABELS = _ALL.labels[_CHOSEN]
ROWS = IMAGES.reshape(-1, 784)
LABELLED_ROWS = np.column_stack([LABELS, ROWS])
ONE_HOT = np.eye(10)[LABELS]
HEADER = ("label", *(f"pixel{number}" for number in range(784)))

_KINDS = {"u1": 8, "i4": 12, "f4": 13}


def idx(array: NDArray[Any]) -> bytes:
    """An IDX file of this array."""
    shape = b"".join(side.to_bytes(4, "big") for side in array.shape)
    return (
        bytes((0, 0, _KINDS[array.dtype.str[1:]], array.ndim))
        + shape
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG picture of these."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def npy(array: NDArray[Any]) -> bytes:
    """An .npy file of this array."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(**arrays: NDArray[Any]) -> bytes:
    """An .npz file of these arrays."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=True, **arrays)
    return file.getvalue()


def table(rows: Iterable[Iterable[object]], header: Iterable[str] = (), separator: str = ",") -> bytes:
    """A CSV file of these rows."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([tuple(header), *rows] if header else rows)
    return text.getvalue().encode()


def pictures(top: str = "", which: slice = slice(None)) -> dict[str, bytes]:
    """PNG pictures in label folders, by their paths."""
    numbers = range(len(LABELS))[which]
    return {f"{top}{LABELS[number]}/{number}.png": png(IMAGES[number]) for number in numbers}


def mnist(split: str = "t10k", which: slice = slice(None), packed: bool = True) -> dict[str, bytes]:
    """MNIST's two files of a split, by their names."""
    ending, pack = (".gz", gzip.compress) if packed else ("", bytes)
    return {
        f"{split}-images-idx3-ubyte{ending}": pack(idx(IMAGES[which])),
        f"{split}-labels-idx1-ubyte{ending}": pack(idx(LABELS[which])),
    }


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of these files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def matlab(compressed: bool = True, **variables: Any) -> bytes:
    """A .mat file of version 5."""
    from scipy.io import savemat

    file = io.BytesIO()
    savemat(file, variables, do_compression=compressed)
    return file.getvalue()


def parquet(**columns: Any) -> bytes:
    """A Parquet file of these columns."""
    import pyarrow
    from pyarrow.parquet import write_table

    file = io.BytesIO()
    write_table(pyarrow.table(columns), file)
    return file.getvalue()


def pictures_column() -> list[dict[str, object]]:
    """The pictures as the Hugging Face hub has them."""
    return [{"bytes": png(one), "path": None} for one in IMAGES]


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The folder, with these files in it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
