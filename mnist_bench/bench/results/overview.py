"""What a list shows of each kept result, without its samples: stored in the first line of its file."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from mnist_bench.bench.accuracy.evaluation import Evaluation
from mnist_bench.bench.latency.cautions import WarningKind, warnings_of
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.layers.values import LayerComparison
from mnist_bench.bench.results.result import Kind, Measured, Result
from mnist_bench.bench.statistics.summary import summarize


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a result's file.

    Attributes:
        name, note: the person's own words; empty for none.
        started: when it was measured, in ISO 8601 with its offset from UTC.
        model: a bundled model's name, or a file.
        backends, titles: of each backend once, its id and what a person reads.
        baseline: the id of the backend that the others are compared with; empty for none.
        samples: latency: of all backends together; accuracy: images; layers: traces of all backends.
        figure: of the baseline. Latency and layers: median compute in ns (of the first batch size, of the whole
            network); accuracy: the share of digits read rightly, 0 to 1. None where it has none.
        scenario, warnings: of a latency; each kind of warning once.
        data: of an accuracy: which digits were read, and in which order if not the usual one.
    """

    kind: Kind
    name: str
    note: str
    started: str
    model: str
    network_sha256: str
    backends: tuple[str, ...]
    titles: tuple[str, ...]
    baseline: str
    complete: bool
    samples: int
    figure: float | None = None
    scenario: Scenario | None = None
    warnings: tuple[WarningKind, ...] = ()
    data: str = ""


@dataclass(frozen=True, slots=True)
class Overview(Head):
    """One kept result in a list.

    Attributes:
        path: its file.
        stamp: changes when the file does.
    """

    path: Path = Path()
    stamp: tuple[int, int] = (0, 0)

    @property
    def id(self) -> str:
        """Its name in the folder, for good."""
        return self.path.stem

    @classmethod
    def of(cls, head: Head, path: Path, stamp: tuple[int, int]) -> "Overview":
        """A head and the file that it stands in."""
        return cls(**{field.name: getattr(head, field.name) for field in fields(head)}, path=path, stamp=stamp)


def head_of(result: Result[Measured]) -> Head:
    """What a list tells of it. Takes some milliseconds for each 100,000 samples of a latency."""
    value, conditions = result.value, result.value.conditions
    return Head(
        kind=result.kind,
        name=result.name,
        note=result.note,
        started=conditions.started,
        model=conditions.model,
        network_sha256=conditions.network_sha256,
        backends=tuple(value.titles),
        titles=tuple(value.titles.values()),
        complete=value.complete,
        **_figures(value),
    )


def _figures(value: Measured) -> dict[str, Any]:
    match value:
        case Comparison():
            return _latency(value)
        case Evaluation():
            baseline = value.result_of(value.baseline)
            return {
                "baseline": value.baseline,
                "samples": max((one.images for one in value.results), default=0),
                "figure": None if baseline is None else baseline.accuracy,
                "data": value.digits.title,
            }
        case LayerComparison():
            return {
                "baseline": value.reference_id,
                "samples": sum(layers.traces for layers in value.backends),
                "figure": None if value.reference is None else value.reference.whole_ns,
            }
    raise TypeError(type(value).__name__)


def _latency(comparison: Comparison) -> dict[str, Any]:
    with_samples = [run for run in comparison.runs if len(run.compute_ns)]
    baseline = next((run for run in with_samples if run.backend == comparison.baseline), None)
    warnings = [
        warning.kind for run in with_samples for warning in warnings_of(run, summarize(run.compute_ns), comparison)
    ]
    return {
        "baseline": comparison.baseline,
        "samples": sum(len(run.compute_ns) for run in with_samples),
        "figure": None if baseline is None else float(np.median(baseline.compute_ns)),
        "scenario": comparison.scenario,
        "warnings": tuple(dict.fromkeys(warnings)),
    }
