"""The columns of the table of kept results."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from mnist_bench.base.words import accuracy, count, date_time, duration
from mnist_bench.bench.results.overview import Overview
from mnist_bench.bench.results.result import Kind
from mnist_bench.gui.kit.columns import Column
from mnist_bench.gui.kit.table import Table
from mnist_bench.session.results import Row

T = TypeVar("T")


def runs_table(keys: Mapping[str, Callable[[], object]]) -> Table[Row]:
    """An empty table, newest first until the person sorts it otherwise; for `keys` see Table."""
    columns: tuple[Column[Row], ...] = (
        Column("Measured", when, key=_started, tip=_path),
        Column("Kind", _of(lambda one: str(one.scenario or one.kind), ""), tip=_of(lambda one: str(one.kind), "")),
        Column("Name", lambda row: row.id if row.overview is None else row.overview.name, tip=_note, least=10, most=30),
        Column("Network", _of(lambda one: Path(one.model).name, ""), tip=_of(lambda one: one.model, ""), most=24),
        Column(
            "Backends",
            lambda row: row.error if row.overview is None else ", ".join(row.overview.titles),
            tip=lambda row: row.error if row.overview is None else "\n".join(row.overview.titles),
            stretch=True,
            least=20,
        ),
        Column("Baseline", _of(_figure, ""), key=_of(lambda one: one.figure or 0.0, 0.0)),
        Column("Samples", _of(lambda one: count(one.samples), ""), key=_of(lambda one: one.samples, 0)),
        Column("Complete", _of(lambda one: "yes" if one.complete else "partial", "cannot be read")),
        Column(
            "Warnings",
            _of(lambda one: f"⚠ {len(one.warnings)}" if one.warnings else "", ""),
            key=_of(lambda one: len(one.warnings), 0),
            tip=_of(lambda one: "\n".join(f"{kind}: {kind.advice}" for kind in one.warnings), ""),
        ),
    )
    return Table("Kept runs", columns, lambda row: row.id, keys=keys, newest_first=True)


def when(row: Row) -> str:
    """When it was measured, in local time."""
    return "" if row.overview is None else date_time(row.overview.started)


def _of(value: Callable[[Overview], T], unreadable: T) -> Callable[[Row], T]:
    """The value of a row that can be read, else `unreadable`."""
    return lambda row: unreadable if row.overview is None else value(row.overview)


def _started(row: Row) -> float:
    return 0.0 if row.overview is None else datetime.fromisoformat(row.overview.started).timestamp()


def _figure(one: Overview) -> str:
    """The baseline's median compute, or its accuracy."""
    if one.figure is None:
        return ""
    return accuracy(one.figure) if one.kind is Kind.ACCURACY else duration(one.figure)


def _note(row: Row) -> str:
    return "" if row.overview is None else "\n".join(filter(None, (row.overview.name, row.overview.note)))


def _path(row: Row) -> str:
    return str(row.path)
