"""Saves what was measured where it can be saved: in another folder, where its own has no room or is not to be had."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import make_folder
from mnist_bench.bench.results.format import save_result
from mnist_bench.bench.results.result import Measured, Result


class SavedElsewhere(InputError):
    """A result could not be saved where it should be, and lies in another folder: `result` has the path."""

    def __init__(self, error: InputError, result: Result[Measured]) -> None:
        advice = "Move it where you want to keep it."
        super().__init__(f"{error.message} The result was saved as {result.path} instead.", advice=advice)
        self.result = result


def save_measured(path: Path, result: Result[Measured]) -> Result[Measured]:
    """As `save_result`, but never gives up before it has tried other folders; a missing folder is made.

    Raises SavedElsewhere where another folder took it, InputError where none did.
    """
    try:
        make_folder(path.parent)
        return save_result(path, result)
    except InputError as error:
        saved = _saved_elsewhere(path.name, result)
        if saved is None:
            raise
        raise SavedElsewhere(error, saved) from error


def _saved_elsewhere(name: str, result: Result[Measured]) -> Result[Measured] | None:
    for folder in _other_folders():
        with contextlib.suppress(OSError):
            own = Path(tempfile.mkdtemp(prefix="mnist-bench-", dir=folder))  # nobody else's file is in the way
            with contextlib.suppress(InputError):
                return save_result(own / name, result)
            own.rmdir()
    return None


def _other_folders() -> Iterator[Path]:
    """Where a person would look for it."""
    for find in (tempfile.gettempdir, Path.home, Path.cwd):
        with contextlib.suppress(OSError, RuntimeError):  # there is none
            yield Path(find())
