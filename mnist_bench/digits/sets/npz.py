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
from mnist_bench.digits.sets.named_arrays import StoredArray, array_sets, unread_array

_READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_LONGEST_HEADER = 10_000
_SUFFIX = ".npy"
_MOST_BESIDE = 200
ADVICE = "Write it with numpy.savez_compressed(file, images=..., labels=...)."


def npy_arrays(files: Files, paths: Sequence[str]) -> list[StoredArray]:
    """The arrays in .npy files, which is what an .npz archive holds; values are read later."""
    return [_stored(files, path) for path in paths]


def npy_set_of(files: Files, path: str) -> Candidate:
    """The digits in an .npy file and in the one beside it that belongs to it."""
    beside = files.children(path.rpartition("/")[0]).files
    others = [one for one in beside if one.endswith(_SUFFIX) and one != path][:_MOST_BESIDE]
    arrays = npy_arrays(files, [path, *others])
    own = path.removesuffix(_SUFFIX)
    sets = array_sets(arrays)
    return next((one for one in sets if own in one.place.split(", ")), sets[0])


def _stored(files: Files, path: str) -> StoredArray:
    """What the header of an array says; of Python's objects, which only pickle could read, no more than the name."""
    try:
        shape, _, dtype = _header(BytesIO(files.start(path, 2 * _LONGEST_HEADER)))
    except InputError:
        raise
    except Exception as error:  # numpy raises whatever it stumbles over in a damaged header
        raise InputError(f"The array {path} is damaged.", advice=ADVICE) from error
    name = path.removesuffix(_SUFFIX)
    if dtype.kind not in "uifbSU":
        return unread_array(name)
    return StoredArray(name, shape, partial(_read, files, path))


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
