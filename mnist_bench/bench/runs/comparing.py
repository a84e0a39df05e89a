"""Runs of several files side by side, which were not measured together."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_bench.bench.latency.analysis import TimeKind, ratio_between
from mnist_bench.bench.latency.cautions import MeasurementWarning, warnings_of
from mnist_bench.bench.latency.comparison import Run
from mnist_bench.bench.runs.saved import SavedComparison
from mnist_bench.bench.statistics.ratio import RatioInterval
from mnist_bench.bench.statistics.summary import Summary, summarize


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRun:
    """One run of one file.

    Attributes:
        compute, round_trip: figures in ns; None without samples.
        ratio: against the first file's baseline with the same batch size; None for that itself, and without samples.
        is_paired: whether both were measured side by side: they lie in the same file.
        warnings: what may be wrong with its measurement.
    """

    saved: SavedComparison
    run: Run
    compute: Summary | None
    round_trip: Summary | None
    ratio: RatioInterval | None
    is_paired: bool
    warnings: tuple[MeasurementWarning, ...]


def compare_saved(files: Sequence[SavedComparison], by: TimeKind = TimeKind.COMPUTE) -> tuple[ComparedRun, ...]:
    """Every run of every file, in order, against the baseline of the first file.

    Ratios between files are of what was measured at different times: whatever changed on the machine in between is in
    them, and the interval, for which processes of both are resampled independently, does not know of it.
    """
    rows = []
    for saved in files:
        for run in saved.comparison.runs:
            baseline = files[0].comparison.baseline_of(run)
            is_paired = saved is files[0]
            needs_ratio = baseline is not None and baseline is not run
            ratio = ratio_between(run, baseline, by, paired=is_paired) if needs_ratio and baseline else None
            compute = summarize(run.compute_ns) if len(run.compute_ns) else None
            rows.append(
                ComparedRun(
                    saved=saved,
                    run=run,
                    compute=compute,
                    round_trip=summarize(run.round_trip_ns) if len(run.round_trip_ns) else None,
                    ratio=ratio,
                    is_paired=is_paired,
                    warnings=() if compute is None else warnings_of(run, compute, saved.comparison),
                )
            )
    return tuple(rows)


def differences(files: Sequence[SavedComparison]) -> tuple[str, ...]:
    """What else than their backends is in ratios between these files, a sentence for each."""
    first, rest = files[0].comparison, [saved.comparison for saved in files[1:]]
    sentences = []
    if any(one.scenario is not first.scenario for one in rest):
        sentences.append("The scenarios differ: so does what a sample is.")
    if any(one.conditions.network_sha256 != first.conditions.network_sha256 for one in rest):
        sentences.append("The networks differ.")
    if any(one.conditions.cpu != first.conditions.cpu for one in rest):
        sentences.append("The processors differ.")
    if rest:
        sentences.append("Not measured side by side: whatever changed on the machine in between is in these ratios.")
    return tuple(sentences)
