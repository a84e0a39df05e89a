"""Reads the bytes of a foreign model file, with the limit that all formats share."""

from pathlib import Path

from mnist_bench.base.file_kinds import LFS_POINTER, is_lfs_pointer
from mnist_bench.base.files import read_limited
from mnist_bench.formats.errors import FormatError

MAX_BYTES = 80_000_000
"""More than a network of MAX_PARAMETERS in float32 takes."""


def read_model_bytes(path: Path, format_name: str) -> bytes:
    """The bytes of an ordinary file.

    Raises:
        InputError: it cannot be read, or is larger than MAX_BYTES.
        FormatError: it is a pointer that Git LFS leaves in place of a file.
    """
    data = read_limited(path, MAX_BYTES, format_name)
    refuse_pointer(data, path.name)
    return data


def refuse_pointer(data: bytes, name: str) -> None:
    """FormatError if `data` is a pointer that Git LFS leaves in place of the file."""
    if is_lfs_pointer(data):
        raise FormatError(f"{name} is {LFS_POINTER.name}.", advice=LFS_POINTER.advice)
