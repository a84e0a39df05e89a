"""MATLAB's .mat files, version 5 (MathWorks, "MAT-File Format"): arrays, and arrays in structures."""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.digits.sets.found import MAX_BYTES
from mnist_bench.digits.sets.named_arrays import StoredArray

_HEADER_BYTES = 128
_COMPRESSED = 15
_MOST_VARIABLES = 1000
_DEEPEST = 4
_ADVICE = "Save it again in MATLAB: save('digits.mat', 'images', 'labels', '-v7')."


def matlab_arrays(data: bytes, where: str) -> list[StoredArray]:
    """The arrays of numbers in a file's bytes; those in structures have the names of both, with a dot between.

    Raises:
        InputError: it is damaged, or holds more than 512 MB unpacked.
    """
    from scipy.io import loadmat  # takes 0.2 s, which who reads none does without

    plain = _unpacked(data, where)
    try:
        variables = loadmat(BytesIO(plain), simplify_cells=True)
    except Exception as error:  # scipy raises whatever it stumbles over in a damaged file
        raise InputError(f"{where} is a damaged .mat file.", advice=_ADVICE) from error
    return [StoredArray(name, array.shape, partial(_same, array)) for name, array in _arrays(variables)]


def _unpacked(data: bytes, where: str) -> bytes:
    """The same file without compression: scipy would unpack as much as there is."""
    order = "<" if data[126:128] == b"IM" else ">"
    parts, at, total = [data[:_HEADER_BYTES]], _HEADER_BYTES, 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        content = data[at + 8 : at + 8 + size]
        if kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            try:
                element = unpacker.decompress(content, MAX_BYTES - total + 1)
            except zlib.error as error:
                raise InputError(f"{where} is a damaged .mat file.", advice=_ADVICE) from error
        else:
            element = data[at : at + 8 + size]
        total += len(element)
        if total > MAX_BYTES or len(parts) > _MOST_VARIABLES:
            raise InputError(
                f"{where} holds more than {words.size(MAX_BYTES)} unpacked.", advice="Save the images and labels alone."
            )
        parts.append(element)
        at += 8 + size
    return b"".join(parts)


def _arrays(variables: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, value in variables.items():
        if name.startswith("__"):
            continue
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _arrays(value, f"{prefix}{name}.", depth + 1)
        elif isinstance(value, np.ndarray) and value.dtype.kind in "uifbSU":
            yield f"{prefix}{name}", value


def _same(array: NDArray[Any]) -> NDArray[Any]:
    return array
