"""What `bench`, `evaluate` and `layers` share: --save, --name and --note, and the file that they write."""

import argparse
from pathlib import Path

from mnist_bench.base.errors import InputError, UsageError
from mnist_bench.bench.results.rescue import SavedElsewhere, save_measured
from mnist_bench.bench.results.result import Measured, Result, checked_name, checked_note
from mnist_bench.bench.results.samples import csv_beside
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.cli import common


def add_save_options(parser: argparse.ArgumentParser) -> None:
    """Add `--save [FILE]`, `--name TEXT` and `--note TEXT`."""
    parser.add_argument(
        "--save", nargs="?", const="", metavar="FILE", help="keep the result, among the others or in FILE (.json)"
    )
    parser.add_argument("--name", metavar="TEXT", help="name of the result that --save keeps")
    parser.add_argument("--note", metavar="TEXT", help="note on the result that --save keeps")


def check_target(options: argparse.Namespace, *, with_csv: bool = False) -> None:
    """Raise InputError where --save could not write, before there is something to lose; `with_csv`: and the CSV.

    UsageError for a name or a note of what is not saved.
    """
    target: str | None = options.save
    checked_name(options.name or "")
    checked_note(options.note or "")
    if target is None:
        if options.name is not None or options.note is not None:
            raise UsageError("--name and --note need --save.", advice="Add --save.")
    elif not target:
        KeptResults().prepare()
    else:
        path = Path(target)
        for written in (path, csv_beside(path))[: 2 if with_csv else 1]:
            common.check_output(written, options.force)


def save(options: argparse.Namespace, value: Measured) -> tuple[Path | None, InputError | None]:
    """Where it is saved, or why it could not be: what was measured is told all the same."""
    target: str | None = options.save
    name, note = options.name or "", options.note or ""
    try:
        if target is None:
            return None, None
        if not target:
            return KeptResults().add(value, name, note).path, None
        return save_measured(Path(target), Result(value, checked_name(name), checked_note(note))).path, None
    except SavedElsewhere as error:
        return error.result.path, error
    except InputError as error:
        return None, error


def show_saved(path: Path | None) -> None:
    """Print where it was saved, below what was measured; nothing where it was not."""
    if path is not None:
        common.show("")
        common.show(f"Saved {path}.")
