"""What a list of saved measurements tells of each, without its samples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mnist_bench.base.errors import InputError
from mnist_bench.bench.latency.cautions import WarningKind, warnings_of
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.runs.saved import SavedComparison, SavedRuns
from mnist_bench.bench.statistics.summary import summarize


@dataclass(frozen=True, slots=True)
class RunOverview:
    """One saved measurement.

    Attributes:
        started: when it was measured, in ISO 8601 with its offset from UTC.
        backends, titles: of each backend once, its id and what a person reads.
        baseline_ns: median compute of the baseline, of its first batch size; None without samples.
        samples: of all backends together.
        warnings: each kind once.
    """

    path: Path
    started: str
    model: str
    scenario: Scenario
    backends: tuple[str, ...]
    titles: tuple[str, ...]
    baseline_ns: float | None
    samples: int
    complete: bool
    warnings: tuple[WarningKind, ...]

    @property
    def id(self) -> str:
        """Its name in the folder, for good."""
        return self.path.stem


@dataclass(frozen=True, slots=True)
class OverviewList:
    """What a folder holds: measurements, newest first, and a sentence for each file that cannot be read."""

    overviews: tuple[RunOverview, ...]
    unreadable: tuple[str, ...]


def overview_of(saved: SavedComparison) -> RunOverview:
    """What a list tells of it. Takes some milliseconds for each 100,000 samples."""
    comparison = saved.comparison
    with_samples = [run for run in comparison.runs if len(run.compute_ns)]
    baseline = next((run for run in with_samples if run.backend == comparison.baseline), None)
    warnings = [
        warning.kind for run in with_samples for warning in warnings_of(run, summarize(run.compute_ns), comparison)
    ]
    return RunOverview(
        path=saved.path,
        started=comparison.conditions.started,
        model=comparison.model,
        scenario=comparison.scenario,
        backends=tuple(dict.fromkeys(run.backend for run in comparison.runs)),
        titles=tuple(dict.fromkeys(run.runner.title for run in comparison.runs)),
        baseline_ns=None if baseline is None else float(np.median(baseline.compute_ns)),
        samples=sum(len(run.compute_ns) for run in with_samples),
        complete=comparison.complete,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def list_overviews(
    runs: SavedRuns,
    known: Mapping[str, RunOverview] = MappingProxyType({}),
    cancelled: Callable[[], bool] = lambda: False,
) -> OverviewList:
    """All that can be read, newest first; those in `known`, by their id, are not read again: files never change."""
    overviews: list[RunOverview] = []
    unreadable: list[str] = []
    for id_ in runs.ids():
        if cancelled():
            break
        try:
            overviews.append(known[id_] if id_ in known else overview_of(runs.load(id_)))
        except InputError as error:
            unreadable.append(str(error))
    return OverviewList(tuple(overviews), tuple(unreadable))
