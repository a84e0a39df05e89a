"""What the samples of a comparison say: figures of each backend, its ratio to the baseline, warnings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mnist_bench.bench.encoding import to_object
from mnist_bench.bench.latency.cautions import MeasurementWarning, warnings_of
from mnist_bench.bench.latency.comparison import Comparison, Nanoseconds, Run
from mnist_bench.bench.statistics.ratio import RESAMPLES, RatioInterval, Verdict, ratio_of_medians
from mnist_bench.bench.statistics.summary import Summary, summarize


class TimeKind(StrEnum):
    """Which of the two times is compared."""

    COMPUTE = "compute"
    ROUND_TRIP = "round-trip"


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One run with its figures.

    Attributes:
        compute, round_trip: figures in ns; None where there are no such samples.
        ratio: against the baseline with the same batch size; None for the baseline itself, or without samples.
        is_baseline: whether the others are compared with this one.
    """

    run: Run
    compute: Summary | None
    round_trip: Summary | None
    ratio: RatioInterval | None
    is_baseline: bool
    warnings: tuple[MeasurementWarning, ...]

    @property
    def verdict(self) -> Verdict | None:
        """Faster, slower or neither; None where there is no ratio."""
        return None if self.ratio is None else self.ratio.verdict


def analyse(comparison: Comparison, by: TimeKind = TimeKind.COMPUTE) -> tuple[Result, ...]:
    """The results of each run, in order; `by` says which time the ratios are of."""
    return tuple(_result(run, comparison, by) for run in comparison.runs)


def ratio_between(
    run: Run, baseline: Run, by: TimeKind, *, paired: bool, resamples: int = RESAMPLES
) -> RatioInterval | None:
    """How much longer `run` takes than `baseline`; None where one of them has no such samples.

    `paired`: whether they were measured side by side. `resamples`: fewer are quicker, and their interval rougher.
    """
    round_trips = by is TimeKind.ROUND_TRIP
    levels, base_levels = (one.by_process(round_trips=round_trips) for one in (run, baseline))
    try:
        return ratio_of_medians(levels, base_levels, paired=paired, resamples=resamples)
    except ValueError:
        return None


def times_of(run: Run, by: TimeKind) -> Nanoseconds:
    """int64 (N,): every sample of the time that is compared; (0,) where there are none."""
    return run.round_trip_ns if by is TimeKind.ROUND_TRIP else run.compute_ns


class Ratios:
    """Ratios between any two runs of one measurement, each computed once, which takes some tenths of a second."""

    def __init__(self, results: Sequence[Result], by: TimeKind) -> None:
        """Of `results` by the same time, whose ratios to the baseline are there already."""
        self._by = by
        bases = {one.run.batch: one.run for one in results if one.is_baseline}
        self._known = {(one.run, bases[one.run.batch]): one.ratio for one in results if one.run.batch in bases}

    def between(self, run: Run, other: Run) -> RatioInterval | None:
        """How much longer `run` takes than `other`; None where one of them has no such samples."""
        if (run, other) not in self._known:
            if (other, run) in self._known:
                known = self._known[other, run]
                return None if known is None else known.inverse
            self._known[run, other] = ratio_between(run, other, self._by, paired=True)
        return self._known[run, other]


def _result(run: Run, comparison: Comparison, by: TimeKind) -> Result:
    compute = summarize(run.compute_ns) if len(run.compute_ns) else None
    baseline = comparison.baseline_of(run)
    return Result(
        run=run,
        compute=compute,
        round_trip=summarize(run.round_trip_ns) if len(run.round_trip_ns) else None,
        ratio=None if baseline is None or baseline is run else ratio_between(run, baseline, by, paired=True),
        is_baseline=run.backend == comparison.baseline,
        warnings=() if compute is None else warnings_of(run, compute, comparison),
    )


def results_object(comparison: Comparison, results: tuple[Result, ...]) -> dict[str, Any]:
    """What `bench --json` prints: times of each sample in ns, percentiles in µs."""
    return {
        "model": comparison.model,
        "scenario": str(comparison.scenario),
        "settings": to_object(comparison.settings),
        "conditions": to_object(comparison.conditions),
        "baseline": comparison.baseline,
        "complete": comparison.complete,
        "results": [_result_object(result) for result in results],
    }


def _result_object(result: Result) -> dict[str, Any]:
    run, ratio = result.run, result.ratio
    return {
        "backend": run.backend,
        "title": run.title,
        "batch": run.batch,
        "compute_ns": run.compute_ns.tolist(),
        "round_trip_ns": run.round_trip_ns.tolist(),
        "compute_us": figures_us(result.compute),
        "round_trip_us": figures_us(result.round_trip),
        "transport_us": None if run.transport_ns is None else run.transport_ns / 1000,
        "images_per_second": run.images_per_second,
        "start_ms": [start.start_ns / 1e6 for start in run.starts],
        "load_ms": [start.load_ns / 1e6 for start in run.starts],
        "first_us": [start.first_ns / 1e3 for start in run.starts],
        "peak_memory_bytes": run.peak_memory_bytes or None,
        "ratio": ratio.ratio if ratio else 1.0 if result.is_baseline else None,
        "ratio_low": ratio.low if ratio else 1.0 if result.is_baseline else None,
        "ratio_high": ratio.high if ratio else 1.0 if result.is_baseline else None,
        "verdict": str(result.verdict) if result.verdict else "baseline" if result.is_baseline else None,
        "warnings": warnings_object(result.warnings),
        "error": run.failure or None,
    }


def warnings_object(warnings: Sequence[MeasurementWarning]) -> list[dict[str, str]]:
    """Warnings for JSON."""
    return [{"kind": str(one.kind), "seen": one.seen, "advice": one.advice} for one in warnings]


def figures_us(summary: Summary | None) -> dict[str, float] | None:
    """The figures of samples in ns for JSON, in µs."""
    if summary is None:
        return None
    figures = {name: getattr(summary, name) / 1000 for name in ("p50", "p90", "p99", "mean", "sd", "mad", "minimum")}
    return {**figures, "outliers": summary.outliers, "samples": summary.count}
