"""The columns of the table of saved measurements."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from mnist_bench.base.words import count, date_time, duration
from mnist_bench.bench.results.overview import Overview
from mnist_bench.gui.kit.columns import Column, numbers
from mnist_bench.gui.kit.table import Table


def runs_table(keys: Mapping[str, Callable[[], object]]) -> Table[Overview]:
    """An empty table, newest first until the person sorts it otherwise; for `keys` see Table."""
    columns: tuple[Column[Overview], ...] = (
        Column("Measured", when, key=lambda one: datetime.fromisoformat(one.started).timestamp(), tip=_path),
        Column("Model", lambda one: Path(one.model).name, tip=lambda one: one.model, most=30),
        Column("Scenario", lambda one: str(one.scenario), tip=_path),
        Column(
            "Backends", lambda one: ", ".join(one.titles), tip=lambda one: "\n".join(one.titles), stretch=True, least=24
        ),
        numbers("Baseline p50", lambda one: one.figure, duration, unit="ns"),
        numbers("Samples", lambda one: one.samples, lambda number: count(int(number))),
        Column("Complete", lambda one: "yes" if one.complete else "partial"),
        Column(
            "Warnings",
            lambda one: f"⚠ {len(one.warnings)}" if one.warnings else "",
            key=lambda one: len(one.warnings),
            tip=lambda one: "\n".join(f"{kind}: {kind.advice}" for kind in one.warnings),
        ),
    )
    return Table("Saved runs", columns, lambda one: one.id, keys=keys, newest_first=True)


def when(one: Overview) -> str:
    """When it was measured, in local time."""
    return date_time(one.started)


def _path(one: Overview) -> str:
    return str(one.path)
