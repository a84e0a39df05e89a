"""Reads untrusted arrays of NumPy (.npz, .npy), without pickle and without unpacking more than their headers claim."""

import math
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.sets.files import Files, read_whole
from mnist_bench.digits.sets.found import MAX_BYTES, Candidate
from mnist_bench.digits.sets.named_arrays import StoredArray, array_sets

_READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_LONGEST_HEADER = 10_000
_SUFFIX = ".npy"
_MOST_BESIDE = 200
ADVICE = "Write it with numpy.savez_compressed(file, images=..., labels=...)."


def npy_arrays(files: Files, paths: Sequence[str]) -> list[StoredArray]:
    """The arrays of numbers or text in .npy files, which is what an .npz archive holds; values are read later."""
    return [one for path in paths if (one := _stored(files, path)) is not None]


def npy_set_of(files: Files, path: str) -> Candidate:
    """The digits in an .npy file and in the one beside it that belongs to it."""
    beside = files.children(path.rpartition("/")[0]).files
    arrays = npy_arrays(files, [one for one in beside if one.endswith(_SUFFIX)][:_MOST_BESIDE])
    own = path.removesuffix(_SUFFIX)
    sets = array_sets(arrays)
    return next((one for one in sets if own in one.place.split(", ")), sets[0])


def _stored(files: Files, path: str) -> StoredArray | None:
    """What the header of an array says; None for Python objects, which only pickle could read."""
    try:
        shape, _, dtype = _header(BytesIO(files.start(path, 2 * _LONGEST_HEADER)))
    except InputError:
        raise
    except Exception as error:  # numpy raises whatever it stumbles over in a damaged header
        raise InputError(f"The array {path} is damaged.", advice=ADVICE) from error
    if dtype.kind not in "uifbSU":
        return None
    return StoredArray(path.removesuffix(_SUFFIX), shape, partial(_read, files, path))


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    read = _READ_HEADER[np.lib.format.read_magic(file)]
    shape, is_fortran, dtype = read(file, max_header_size=_LONGEST_HEADER)
    if min(shape, default=0) < 0:
        raise ValueError("a negative size")
    return shape, is_fortran, dtype


def _read(files: Files, path: str) -> NDArray[Any]:
    data = read_whole(files, path, MAX_BYTES, "array")
    file = BytesIO(data)
    shape, is_fortran, dtype = _header(file)
    if len(data) - file.tell() != math.prod(shape) * dtype.itemsize:
        raise InputError(f"The array {path} is not as long as its header says.", advice=ADVICE)
    return np.frombuffer(data, dtype, offset=file.tell()).reshape(shape, order="F" if is_fortran else "C")
