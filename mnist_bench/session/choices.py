"""The person's choices, kept between sessions: one JSON object, written whenever something is chosen."""

import json
import logging
import math
from collections.abc import Collection
from pathlib import Path
from typing import TypeAlias

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import is_gone, make_folder, read_limited, reason, write_atomically
from mnist_bench.session.inbox import Worker

logger = logging.getLogger(__name__)

Choice: TypeAlias = str | float | bool | tuple[str, ...] | dict[str, str]

_MAX_BYTES = 1_000_000


class Choices:
    """Values by key, each with a default for when it is missing or not what it should be.

    A file that cannot be read is as good as none. It is written in the background, whole; one that cannot be written
    is logged, and the program goes on.
    """

    def __init__(self, worker: Worker, path: Path | None = None) -> None:
        self._worker = worker
        self._path = path or locations.choices_file()
        self._values = _read(self._path)
        self._is_writing = False

    def text(self, key: str, default: str = "", *, among: Collection[str] | None = None) -> str:
        """A text; `among` lists the ones that are allowed."""
        value = self._values.get(key)
        return value if isinstance(value, str) and (among is None or value in among) else default

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        value = self._values.get(key)
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            return default
        return tuple(map(str, value))

    def pairs(self, key: str) -> dict[str, str]:
        """Texts by text; empty if there are none."""
        value = self._values.get(key)
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            return {}
        return dict(value)

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return default
        return float(value) if math.isfinite(value) and low <= value <= high else default

    def put(self, key: str, value: Choice) -> None:
        """Remember a value, and write it at once."""
        if self._values.get(key) == value:
            return
        self._values[key] = value
        if not self._is_writing:
            self._is_writing = True
            self._worker.do(self._write, lambda _: None, lambda error: logger.warning("%s", error))

    def _write(self) -> None:
        self._is_writing = False  # what is chosen from here on is written behind this
        content = json.dumps(self._values.copy(), indent=1, sort_keys=True).encode()
        make_folder(self._path.parent)
        write_atomically(self._path, content)


def read_choices(path: Path) -> dict[str, object]:
    """What is in such a file; InputError where it is missing, or is not one."""
    try:
        content = json.loads(read_limited(path, _MAX_BYTES, "settings"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {reason(error)}.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} does not hold settings.")
    return content


def _read(path: Path) -> dict[str, object]:
    try:
        return read_choices(path)
    except InputError as error:
        if not is_gone(path):
            logger.warning("The settings are ignored. %s", error)
        return {}
