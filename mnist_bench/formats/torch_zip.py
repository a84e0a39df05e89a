"""The files that torch.save, torch.jit.save and torch.export.save write: an archive of a pickle and its storages.

Since torch 1.6 the archive is a zip file whose entries are not compressed; before, pickles and storages followed each
other in one stream. Sources: torch/serialization.py and caffe2/serialize/inline_container.h of PyTorch.
"""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import partial

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_pickle import PersistentLoad, read_pickle
from mnist_bench.formats.torch_records import Global
from mnist_bench.formats.torch_tensors import Storage, storage_kind

MAX_FILE_BYTES = 260_000_000
"""A network of the largest size, with float64 weights and an optimizer's state beside them."""
MAX_ENTRIES = 20_000
_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
_MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
_PROTOCOL_VERSION = 1001
_COUNT = struct.Struct("<q")
_NAME_SIZE = struct.Struct("<H")


def is_zip(head: bytes) -> bool:
    """Whether a file that begins with `head` is a zip archive."""
    return head.startswith(b"PK\x03\x04")


def is_in_folder(head: bytes) -> bool:
    """Whether a zip archive that begins with `head` has its first entry in a folder, as all of PyTorch's have."""
    (size,) = _NAME_SIZE.unpack_from(head, 26) if len(head) >= 30 else (0,)
    return b"/" in head[30 : 30 + size]


def is_legacy(head: bytes) -> bool:
    """Whether a file that begins with `head` was written by torch.save in the form from before torch 1.6."""
    return head[:1] == b"\x80" and head[2:].startswith(_MAGIC)


@dataclass
class Archive:
    """A zip archive of PyTorch's. All of its entries stand in one folder, which names here leave out.

    Attributes:
        names: of its entries, in order.
        is_big_endian: the machine that saved it wrote the highest byte first.
    """

    _file: zipfile.ZipFile
    _root: str
    names: tuple[str, ...]
    _storages: dict[tuple[str, str], Storage] = field(default_factory=dict)
    is_big_endian: bool = False

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def __post_init__(self) -> None:
        self._known = frozenset(self.names)
        if "byteorder" in self:
            self.is_big_endian = self.read("byteorder").strip() == b"big"

    def read(self, name: str) -> bytes:
        """The bytes of the entry `name`; FormatError if it is missing or damaged."""
        if name not in self:
            raise FormatError(f"The file has no {name!r} in it: it is incomplete.")
        try:
            return self._file.read(self._root + name)
        except (zipfile.BadZipFile, zlib.error, ValueError, OSError, RuntimeError, EOFError, OverflowError) as error:
            raise FormatError(f"The file's {name!r} is damaged or encrypted.", advice=_ANEW) from error

    def read_pickle(self, name: str) -> object:
        """What the pickle `name` describes; its storages are read where `name` says they are (data/, constants/)."""
        folder = name.removesuffix(".pkl")
        return read_pickle(io.BytesIO(self.read(name)), lambda key: self._storage(folder, key))

    def _storage(self, folder: str, persistent: object) -> Storage:
        kind, key = _storage_of(persistent)
        entry = next((one for one in (f"{folder}/{key}", f"constants/{key}", f"data/{key}") if one in self), None)
        if entry is None:
            raise FormatError(f"The file has no numbers for its storage {key[:40]!r}: it is incomplete.")
        held = self._storages.setdefault((entry, kind), Storage(kind, key, self.is_big_endian))
        held.load = partial(self.read, entry)
        return held


_ANEW = "Download or save it again."


def open_archive(data: bytes) -> Archive:
    """The archive in `data`, none of its entries read yet but its byte order.

    Raises:
        FormatError: it is no zip archive, has no folder that holds all, or is larger unpacked than any network.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, OverflowError, struct.error) as error:
        raise FormatError("The file begins as a zip archive does, but is damaged.", advice=_ANEW) from error
    entries = archive.infolist()
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise FormatError("The file is a zip archive, but not one that PyTorch writes.")
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_FILE_BYTES:
        raise FormatError("The file would be larger unpacked than any network that can be read.")
    names = [entry.filename for entry in entries if not entry.filename.endswith("/")]
    root = names[0].split("/")[0] + "/" if names and "/" in names[0] else ""
    if not root or not all(name.startswith(root) for name in names):
        raise FormatError("The file is a zip archive, but not one that PyTorch writes.")
    return Archive(archive, root, tuple(name.removeprefix(root) for name in names))


def read_legacy(data: bytes) -> object:
    """What torch.save wrote before torch 1.6: four pickles, then each storage's count and numbers.

    Raises:
        FormatError: it is damaged or incomplete.
    """
    file = io.BytesIO(data)
    if read_pickle(file, _no_storage) != _MAGIC_NUMBER or read_pickle(file, _no_storage) != _PROTOCOL_VERSION:
        raise FormatError("The file is not one that PyTorch writes.", advice=_ANEW)
    system = read_pickle(file, _no_storage)
    big_endian = isinstance(system, dict) and system.get("little_endian") is False
    storages: dict[str, Storage] = {}
    result = read_pickle(file, _collect(storages, big_endian))
    keys = read_pickle(file, _no_storage)
    for key in keys if isinstance(keys, list) else ():
        count = file.read(_COUNT.size)
        if len(count) != _COUNT.size or not isinstance(key, str) or key not in storages:
            raise FormatError("The file ends before its numbers do: it is incomplete.", advice=_ANEW)
        storage = storages[key]
        size = (_COUNT.unpack(count)[0]) * storage.item_bytes
        storage.data = file.read(size) if 0 <= size <= len(data) else b""
        if len(storage.data) != size:
            raise FormatError("The file ends before its numbers do: it is incomplete.", advice=_ANEW)
    return result


def _collect(storages: dict[str, Storage], big_endian: bool) -> PersistentLoad:
    """Makes an empty storage of each name that a legacy pickle gives; of ("module", class, source, ...) the class."""

    def load(persistent: object) -> object:
        if isinstance(persistent, tuple) and len(persistent) >= 2 and persistent[0] == "module":
            return persistent[1]
        kind, key = _storage_of(persistent)
        storage = storages.setdefault(key, Storage(kind, key, big_endian))
        if storage.kind != kind:
            raise FormatError(f"The file gives its storage {key[:40]!r} two types: it is damaged.")
        view = persistent[5] if isinstance(persistent, tuple) and len(persistent) > 5 else None
        if view is not None:
            raise FormatError("The file holds a view of a storage, which only versions of PyTorch before 0.4 wrote.")
        return storage

    return load


def _storage_of(persistent: object) -> tuple[str, str]:
    """The kind and key in what a pickle calls a storage: ("storage", its class, key, device, elements, ...)."""
    if (
        isinstance(persistent, tuple)
        and len(persistent) >= 5
        and persistent[0] in ("storage", b"storage")
        and isinstance(persistent[1], Global)
        and isinstance(persistent[2], str)
    ):
        return storage_kind(persistent[1].name), persistent[2]
    raise FormatError("The file refers to something outside of it, which no file of PyTorch does.")


def _no_storage(_: object) -> object:
    raise FormatError("The file refers to something outside of it, which no file of PyTorch does.")
