"""Addresses of phones that were connected by hand, kept to be connected again after a restart of anything."""

import contextlib
import json
import threading
from pathlib import Path

from mnist_bench.base import locations

_MOST = 16
_guard = threading.Lock()


def remembered() -> tuple[str, ...]:
    """The addresses (HOST:PORT), the newest last; none where the file is missing or damaged."""
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    addresses = found.get("addresses") if isinstance(found, dict) else None
    if not isinstance(addresses, list):
        return ()
    return tuple(address for address in addresses if isinstance(address, str))[-_MOST:]


def remember(address: str) -> None:
    """Keep an address; where nothing can be kept, it is lost with adb's server."""
    with _guard:
        known = remembered()
        if address not in known:
            _write((*known, address)[-_MOST:])


def forget(address: str) -> None:
    """Do not connect to an address by itself any more."""
    with _guard:
        known = remembered()
        if address in known:
            _write(tuple(each for each in known if each != address))


def _file() -> Path:
    return locations.data_dir() / "phones.json"


def _write(addresses: tuple[str, ...]) -> None:
    path = _file()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"addresses": addresses}), encoding="utf-8")
        part.replace(path)
