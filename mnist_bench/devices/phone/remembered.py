"""Addresses of phones that were connected by hand, kept so that they can be reconnected."""

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from mnist_bench.base import locations
from mnist_bench.base.errors import MnistBenchError, UsageError
from mnist_bench.base.files import make_folder, read_limited, write_atomically
from mnist_bench.base.locks import locked
from mnist_bench.devices.phone.wireless import full_address

_log = logging.getLogger("mnist_bench.adb")

_MOST = 16
_MAX_BYTES = 100_000

_Addresses = tuple[str, ...]


def remembered() -> _Addresses:
    """The addresses (HOST:PORT), the newest last; none where the file is missing or damaged.

    The file is read only where it is another one than before, so that this may be asked all the time.
    """
    path = _file()
    try:
        there = path.stat()
    except OSError:
        return ()
    return _read_once(path, there.st_ino, there.st_mtime_ns, there.st_size)


def remember(address: str) -> None:
    """Keep an address; where nothing can be kept, it is lost with adb's server."""
    _change(lambda known: known if address in known else (*known, address)[-_MOST:])


def forget(address: str) -> None:
    """Do not connect to an address by itself any more."""
    _change(lambda known: tuple(each for each in known if each != address))


def _file() -> Path:
    return locations.data_dir() / "phones.json"


def _change(change: Callable[[_Addresses], _Addresses]) -> None:
    """Read, change and write the addresses, while no other thread or process does."""
    path = _file()
    try:
        make_folder(path.parent)
        with locked(path):
            before = _read(path)
            after = change(before)
            if after != before:
                write_atomically(path, json.dumps({"addresses": after}).encode())
    except (OSError, MnistBenchError) as error:
        _log.warning("The addresses of phones cannot be kept: %s", error)


@lru_cache(maxsize=1)
def _read_once(path: Path, *_which: int) -> _Addresses:
    return _read(path)


def _read(path: Path) -> _Addresses:
    try:
        found = json.loads(read_limited(path, _MAX_BYTES, "list of phones"))
    except (MnistBenchError, ValueError, RecursionError):
        return ()
    addresses = found.get("addresses") if isinstance(found, dict) else None
    return tuple(_addresses(addresses))[-_MOST:] if isinstance(addresses, list) else ()


def _addresses(found: list[object]) -> Iterator[str]:
    """Those that are addresses: anybody may have written the file."""
    for each in found:
        with contextlib.suppress(UsageError):
            if isinstance(each, str):
                yield full_address(each)
