"""The folder of saved runs: one JSON file with every sample for each comparison, and a CSV of the samples beside it."""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mnist_bench.base import locations
from mnist_bench.base.errors import InputError, MnistBenchError
from mnist_bench.base.files import (
    MEGABYTE,
    check_writable,
    csv_bytes,
    make_folder,
    read_limited,
    reason,
    write_atomically,
)
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.runs.encoding import from_object, to_object

FORMAT = "mnist-bench comparison"
VERSION = 1
MAX_BYTES = 400 * MEGABYTE
_PREFIX = "run-"
_ADVICE = "Measure again with bench --save, or choose another file."


@dataclass(frozen=True, slots=True, eq=False)
class SavedComparison:
    """A comparison and the file that it lies in."""

    path: Path
    comparison: Comparison

    @property
    def id(self) -> str:
        """Its name in the folder, for good."""
        return self.path.stem


class SavedRuns:
    """The folder of saved runs. Every change is written at once and whole.

    Attributes:
        folder: where they are; made when the first is saved.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or locations.data_dir() / "runs"

    def add(self, comparison: Comparison) -> SavedComparison:
        """Save it under a name that tells when it was measured; InputError if it cannot be written."""
        started = datetime.fromisoformat(comparison.conditions.started).astimezone(UTC)
        return self.restore(f"{_PREFIX}{started:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}", comparison)

    def prepare(self) -> None:
        """Make the folder, and see that it can be written: before a measurement, not behind it; InputError if not."""
        make_folder(self.folder)
        check_writable(self.folder)

    def restore(self, id_: str, comparison: Comparison) -> SavedComparison:
        """Put back what `delete` returned; InputError if it cannot be written."""
        make_folder(self.folder)
        path = self._path(id_)
        save_comparison(path, comparison)
        return SavedComparison(path, comparison)

    def delete(self, id_: str) -> SavedComparison:
        """Remove one with its CSV, and return it for `restore`; InputError if it is not there or cannot be removed."""
        saved = self.load(id_)
        path = saved.path
        try:
            csv_beside(path).unlink(missing_ok=True)  # first: it can be made again from the other
            path.unlink()
        except OSError as error:
            raise InputError(f"{path} cannot be deleted: {reason(error)}.") from error
        return saved

    def ids(self) -> tuple[str, ...]:
        """The names of all that are in the folder, newest first, whether they can be read or not."""
        return tuple(path.stem for path in sorted(self.folder.glob(f"{_PREFIX}*.json"), reverse=True))

    def load(self, id_: str) -> SavedComparison:
        """Read one; InputError if it is not there or damaged."""
        path = self._path(id_)
        return SavedComparison(path, load_comparison(path))

    def _path(self, id_: str) -> Path:
        if not id_.startswith(_PREFIX) or Path(id_).name != id_:
            raise InputError(f"There is no saved run {id_!r}.")
        return self.folder / f"{id_}.json"


def csv_beside(path: Path) -> Path:
    """Where the samples lie of what is saved in `path`; InputError where that does not end in .json."""
    if path.suffix.casefold() != ".json":
        raise InputError(
            f"{path} does not end in .json.", advice="Name it so; its samples go beside it, into a file ending in .csv."
        )
    return path.with_suffix(".csv")


def save_comparison(path: Path, comparison: Comparison) -> None:
    """Write it to `path`, and its samples to the CSV beside it, both whole; InputError if that cannot be.

    The CSV comes first: a JSON file that is there has its CSV.
    """
    content = {"format": FORMAT, "version": VERSION, **to_object(comparison)}
    encoded = json.dumps(content, allow_nan=False).encode()
    write_atomically(csv_beside(path), samples_csv(comparison))
    write_atomically(path, encoded)


def load_comparison(path: Path) -> Comparison:
    """The comparison in a file; InputError if it is none, damaged, or of a newer version of the format."""
    try:
        content: Any = json.loads(read_limited(path, MAX_BYTES, "saved run"))
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not a saved run, or is damaged.", advice=_ADVICE) from None
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise InputError(f"{path} is not a saved run.", advice=_ADVICE)
    version = content.pop("version", None)
    if type(version) is not int or version < 1:
        raise InputError(f"{path} is damaged: it does not tell its version.", advice=_ADVICE)
    if version > VERSION:
        raise InputError(f"{path} was saved by a newer mnist-bench.", advice="Update mnist-bench to read it.")
    try:
        comparison = from_object(Comparison, content)
        _check(comparison)
    except (MnistBenchError, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}", advice=_ADVICE) from error
    assert isinstance(comparison, Comparison)  # noqa: S101 - what from_object was asked for
    return comparison


def _check(comparison: Comparison) -> None:
    """Raise ValueError where what is told does not fit together."""
    datetime.fromisoformat(comparison.conditions.started)
    for run in comparison.runs:
        if run.batch not in comparison.settings.batches:
            raise ValueError("a batch size is none of the settings'")
        for block in run.blocks:
            if not 0 <= block.process < comparison.settings.processes:
                raise ValueError("a block is of a process that there was not")
            if len(block.round_trip_ns) not in (0, len(block.compute_ns)):
                raise ValueError("a block has not as many round trips as compute times")


def samples_csv(comparison: Comparison) -> bytes:
    """Every sample as CSV: backend, batch, process, block, sample, compute_ns, round_trip_ns (empty for a hot loop)."""
    return csv_bytes(_COLUMNS, _sample_rows(comparison))


def samples_csv_of_several(files: Sequence[SavedComparison]) -> bytes:
    """The same of several, with the file's name in front."""
    rows = ((saved.path.name, *row) for saved in files for row in _sample_rows(saved.comparison))
    return csv_bytes(("file", *_COLUMNS), rows)


_COLUMNS = ("backend", "batch", "process", "block", "sample", "compute_ns", "round_trip_ns")


def _sample_rows(comparison: Comparison) -> Iterator[tuple[object, ...]]:
    for run in comparison.runs:
        for block in run.blocks:
            round_trips = block.round_trip_ns.tolist() or [""] * len(block.compute_ns)
            for place, (compute, round_trip) in enumerate(zip(block.compute_ns.tolist(), round_trips, strict=True)):
                yield run.backend, run.batch, block.process, block.number, place, compute, round_trip
