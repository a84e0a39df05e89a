"""Runs of several files side by side, which were not measured together."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_bench.bench.latency.analysis import TimeKind, ratio_between
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
    """

    saved: SavedComparison
    run: Run
    compute: Summary | None
    round_trip: Summary | None
    ratio: RatioInterval | None
    is_paired: bool


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
            rows.append(
                ComparedRun(
                    saved=saved,
                    run=run,
                    compute=summarize(run.compute_ns) if len(run.compute_ns) else None,
                    round_trip=summarize(run.round_trip_ns) if len(run.round_trip_ns) else None,
                    ratio=ratio,
                    is_paired=is_paired,
                )
            )
    return tuple(rows)
