"""Every sample of a latency as CSV, for programs and spreadsheets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import csv_bytes
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.result import Result

_COLUMNS = ("backend", "batch", "process", "block", "sample", "compute_ns", "round_trip_ns")


def csv_beside(path: Path) -> Path:
    """Where the samples lie of what is saved in `path`; InputError where that does not end in .json."""
    if path.suffix.casefold() != ".json":
        raise InputError(f"{path} doesn't end in .json.", advice="Choose a name that does.")
    return path.with_suffix(".csv")


def samples_csv(comparison: Comparison) -> bytes:
    """Every sample as CSV: backend, batch, process, block, sample, compute_ns, round_trip_ns (empty for a hot loop)."""
    return csv_bytes(_COLUMNS, _rows(comparison))


def samples_csv_of_several(results: Sequence[Result[Comparison]]) -> bytes:
    """The same of several, with the file's name in front."""
    rows = ((result.file_name, *row) for result in results for row in _rows(result.value))
    return csv_bytes(("file", *_COLUMNS), rows)


def _rows(comparison: Comparison) -> Iterator[tuple[object, ...]]:
    for run in comparison.runs:
        for block in run.blocks:
            round_trips = block.round_trip_ns.tolist() or [""] * len(block.compute_ns)
            for place, (compute, round_trip) in enumerate(zip(block.compute_ns.tolist(), round_trips, strict=True)):
                yield run.backend, run.batch, block.process, block.number, place, compute, round_trip
