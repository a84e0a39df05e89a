"""Reads HDF5 files that anybody may have made: nothing outside the file, no filter plug-in, nothing of unlimited size.

The structure is walked whole before any data are read. h5py follows only what was found harmless there.
"""

import io
import math
import mmap
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count, islice, takewhile
from pathlib import Path

import h5py
import numpy as np

from mnist_bench.base.files import open_file
from mnist_bench.formats.errors import FormatError
from mnist_bench.network.arrays import FloatArray

SIGNATURE = b"\x89HDF\r\n\x1a\n"
"""The first bytes of an HDF5 file (HDF5 File Format Specification, II.A)."""

_MAX_VALUES = 16_000_000
"""Of one array: what a whole network may have of parameters."""
_MAX_OBJECTS = 20_000
_MAX_DEPTH = 32
_MAX_TEXT_BYTES = 16_000_000
_MAX_NAMES = 4_096
_MAX_HEAP_OBJECTS = 200_000
_HEAP, _LENGTH, _OBJECT = b"GCOL\x01", struct.Struct("<Q"), struct.Struct("<H6xQ")
_BUILT_IN_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_LZF}
_DAMAGED = "The HDF5 data are damaged."
_ADVICE = "Save the network again, uncompressed and in one file, with `model.save('network.keras')`."


class Hdf5File:
    """The groups, float arrays and texts of an HDF5 file that was found harmless; see `open_hdf5`."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        _check_structure(file)

    def has(self, path: str) -> bool:
        """Whether a group or an array is at `path`."""
        return path in self._file

    def text(self, path: str, name: str) -> str | None:
        """The text attribute `name` of the object at `path`; None where it is not there or no text."""
        values = self._attribute(path, name, 1)
        return values[0] if values else None

    def names(self, path: str, name: str) -> tuple[str, ...] | None:
        """The texts of the attribute `name`, which Keras splits into `name0`, `name1`, ... above 64 kB, or None."""
        whole = self._attribute(path, name, _MAX_NAMES)
        if whole is not None:
            return whole
        parts = takewhile(bool, (self._attribute(path, f"{name}{index}", _MAX_NAMES) for index in count()))
        return tuple(islice(chain.from_iterable(filter(None, parts)), _MAX_NAMES)) or None

    def array(self, path: str) -> FloatArray:
        """The array of floats at `path`, as float32.

        Raises:
            FormatError: nothing is there, or something other than an array of float16, float32 or float64.
        """
        dataset = self._file.get(path)
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
            raise FormatError(f"The weights '{path}' are missing.", advice=_ADVICE)
        if dataset.dtype.kind != "f":
            raise FormatError(
                f"The weights '{path}' are not floats but {dataset.dtype}.", advice="Give the network in float32."
            )
        _check_size(path, dataset)
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite, which operators refuse
            return np.asarray(dataset[()]).astype(np.float32)

    def _attribute(self, path: str, name: str, most: int) -> tuple[str, ...] | None:
        """The one or several texts of an attribute; None where it is absent or holds something else."""
        owner = self._file.get(path)
        if owner is None or name not in owner.attrs:
            return None
        attribute = owner.attrs.get_id(name)
        if attribute.shape is None:
            return None
        size = math.prod(attribute.shape)
        if size == 0:
            return ()
        is_text = attribute.dtype.kind == "S" or h5py.check_string_dtype(attribute.dtype) is not None
        if not is_text or size > most or attribute.get_storage_size() > _MAX_TEXT_BYTES:
            return None
        values = np.ravel(np.asarray(owner.attrs[name], dtype=object))
        return tuple(value.decode() if isinstance(value, bytes) else str(value) for value in values)


@contextmanager
def open_hdf5(source: Path | bytes) -> Iterator[Hdf5File]:
    """Open an HDF5 file, or the bytes of one, for reading.

    Raises:
        FormatError: it is no HDF5 file, is damaged, or refers to other files or filter plug-ins.
    """
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else open_file(source) as content:
            if isinstance(source, bytes):
                _check_heaps(source)
            else:
                with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                    _check_heaps(mapped)
            with h5py.File(content, "r", locking=False) as file:
                yield Hdf5File(file)
    except (OSError, RuntimeError, struct.error) as error:  # also what HDF5 only finds when it reads a part
        raise FormatError(_DAMAGED, advice=_ADVICE) from error


def _check_heaps(content: bytes | mmap.mmap) -> None:
    """Refuse heaps of texts in which HDF5 2.0 would go round in circles for ever: an object of no size in them.

    Format: HDF5 File Format Specification, III.E, "Global Heap", with lengths of 8 bytes (byte 14 of the superblock, in
    its later versions byte 10).
    """
    length_at = 14 if content[8] < 2 else 10
    if content[:8] != SIGNATURE or content[length_at] != 8:
        raise FormatError(_DAMAGED, advice=_ADVICE)
    objects, begin = 0, content.find(_HEAP)
    while begin >= 0:
        end, at = begin + _LENGTH.unpack_from(content, begin + 8)[0], begin + 16
        while at + _OBJECT.size <= end:
            index, size = _OBJECT.unpack_from(content, at)
            at += size if index == 0 else _OBJECT.size + -(-size // 8) * 8
            objects += 1
            if size == 0 or at > end or objects > _MAX_HEAP_OBJECTS:
                raise FormatError(_DAMAGED, advice=_ADVICE)
        begin = content.find(_HEAP, begin + 1)


def _check_structure(file: h5py.File) -> None:
    """Refuse what would read other files, load code, or never end: every object reached by hard links is looked at.

    Soft links stay inside the file and lead to what is looked at here; they are not followed.
    """
    seen: set[int] = set()
    waiting: list[tuple[str, h5py.Group, int]] = [("", file["/"], 0)]
    while waiting:
        path, group, depth = waiting.pop()
        for name in group:
            link, place = _link(group, name), f"{path}/{name}"
            if isinstance(link, h5py.SoftLink):
                continue
            child = group[name]
            address = h5py.h5o.get_info(child.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > _MAX_OBJECTS or depth > _MAX_DEPTH:
                raise FormatError("The HDF5 file has too many objects, or nests groups too deeply.", advice=_ADVICE)
            if isinstance(child, h5py.Dataset):
                _check_storage(place, child)
            elif isinstance(child, h5py.Group):
                waiting.append((place, child, depth + 1))


def _link(group: h5py.Group, name: str) -> h5py.HardLink | h5py.SoftLink:
    """How `name` is linked into its group; FormatError for a link that leads out of the file or to a plug-in."""
    try:
        link = group.get(name, getlink=True)
    except TypeError:  # of a kind that someone else defined
        link = None
    if not isinstance(link, h5py.HardLink | h5py.SoftLink):
        raise FormatError(f"'{name}' in the HDF5 file is a link to another file.", advice=_ADVICE)
    return link


def _check_storage(place: str, dataset: h5py.Dataset) -> None:
    """Refuse arrays whose values stand in other files or need a filter that is not built in."""
    how = dataset.id.get_create_plist()
    if how.get_external_count() or how.get_layout() == h5py.h5d.VIRTUAL:
        raise FormatError(f"The values of '{place}' are in another file.", advice=_ADVICE)
    filters = {how.get_filter(index)[0] for index in range(how.get_nfilters())}
    if not filters <= _BUILT_IN_FILTERS:
        raise FormatError(f"'{place}' is compressed in a way that this program does not read.", advice=_ADVICE)


def _check_size(path: str, dataset: h5py.Dataset) -> None:
    """Refuse arrays that would take more memory than a network can."""
    largest = max(math.prod(dataset.shape), math.prod(dataset.chunks or ()))
    if largest > _MAX_VALUES:
        raise FormatError(f"The weights '{path}' are too many for this program: {largest:,}.", advice="")
    if dataset.compression is not None:
        for index in range(dataset.id.get_num_chunks()):
            _check_chunk(path, dataset, index)


def _check_chunk(path: str, dataset: h5py.Dataset, index: int) -> None:
    """Refuse a chunk that unpacks to more than it is to hold: HDF5 itself unpacks whatever there is."""
    holds = math.prod(dataset.chunks) * dataset.dtype.itemsize
    info = dataset.id.get_chunk_info(index)
    too_large = info.size > holds + holds // 1_000 + 64  # deflate adds that much to what does not pack
    if not too_large and dataset.compression == "gzip" and not info.filter_mask:
        packed = dataset.id.read_direct_chunk(info.chunk_offset)[1]
        too_large = len(zlib.decompressobj().decompress(packed, holds + 1)) > holds
    if too_large:
        raise FormatError(f"The weights '{path}' are damaged.", advice=_ADVICE)
