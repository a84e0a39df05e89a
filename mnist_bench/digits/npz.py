"""Reads untrusted .npz files of NumPy, without pickle and without unpacking more than their headers may claim."""

import io
import math
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import MEGABYTE, read_limited

MAX_BYTES = 256 * MEGABYTE
"""Of the file, and of each array in it."""

_READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_LONGEST_HEADER = 10_000
_ADVICE = "Write it with numpy.savez_compressed(file, images=..., labels=...)."


def read_npz(path: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The arrays of these names, each of integers.

    Raises:
        InputError: the file cannot be read or is damaged, an array is missing, not of integers, or larger than 256 MB.
    """
    data = read_limited(path, MAX_BYTES, ".npz")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: _array(archive, name) for name in names}
    except InputError as error:
        raise InputError(f"{path}: {error.message}", advice=error.advice) from error
    except Exception as error:  # zipfile and numpy raise whatever they stumble over in a damaged file
        raise InputError(f"{path} is not an .npz file, or is damaged.", advice=_ADVICE) from error


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    try:
        entry = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise InputError(f"There is no array '{name}' in the file.", advice=_ADVICE) from None
    # Other methods of compression unpack as much as they like at once.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.file_size > MAX_BYTES:
        raise InputError(f"The array '{name}' is larger than 256 MB, or packed in an unusual way.", advice=_ADVICE)
    with archive.open(entry) as file:
        read_header = _READ_HEADER[np.lib.format.read_magic(file)]
        shape, fortran_order, dtype = read_header(file, max_header_size=_LONGEST_HEADER)
        if dtype.kind not in "ui":
            raise InputError(f"The array '{name}' does not hold integers.", advice=_ADVICE)
        wanted = math.prod(shape) * dtype.itemsize
        # The header may promise anything: what is there is unpacked, and never more than the archive's list says.
        content = file.read(entry.file_size)
    if len(content) != wanted:
        raise InputError(f"The array '{name}' is not as long as its header says.", advice=_ADVICE)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran_order else "C")
