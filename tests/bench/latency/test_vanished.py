"""A device that vanishes half-way: what was measured is kept, compared with what ran beside it, and not complete."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_bench.bench.latency.analysis import TimeKind, analyse
from mnist_bench.bench.latency.comparison import Comparison, Run
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.report.contents import contents_of
from tests.comparisons import make_comparison


def slower_from(process: int, run: Run) -> Run:
    """The same, but the computer takes twice as long from this process on."""
    blocks = tuple(
        replace(
            block,
            compute_ns=block.compute_ns * (2 if block.process >= process else 1),
            round_trip_ns=block.round_trip_ns * (2 if block.process >= process else 1),
        )
        for block in run.blocks
    )
    return replace(run, blocks=blocks)


def vanished(processes: float) -> Comparison:
    """The second of two backends is gone after so many of eight processes; from then on the first is slow."""
    comparison = make_comparison(settings=Settings(processes=8, blocks=4, runs=1600), scales=(1.0, 0.5))
    baseline, other = comparison.runs
    left = other.blocks[: round(4 * processes)]
    gone = replace(other, blocks=left, failure="The phone is gone.")
    return replace(comparison, runs=(slower_from(round(processes + 0.5), baseline), gone))


@pytest.mark.parametrize("processes", [2, 3.5, 5, 6.75])
@pytest.mark.parametrize("by", list(TimeKind))
def test_ratio_and_interval_are_of_what_both_measured(processes: float, by: TimeKind) -> None:
    comparison = vanished(processes)
    baseline, gone = analyse(comparison, by)
    assert gone.ratio is not None
    assert gone.ratio.low <= gone.ratio.ratio <= gone.ratio.high
    assert 0.48 < gone.ratio.ratio < 0.62, "half the compute; round trips are 40 µs longer, for both"
    medians = np.median(gone.run.compute_ns) / np.median(baseline.run.compute_ns)
    assert processes > 4 or medians < 0.4, "all of the baseline's samples would say something else"


def test_it_is_not_complete_and_says_what_its_ratio_is_of() -> None:
    comparison = vanished(3.5)
    assert not comparison.complete
    assert not comparison.cancelled
    (note,) = contents_of(comparison, TimeKind.COMPUTE).notes
    assert note == (
        "QNNPACK int8: The phone is gone. It was measured until then; its ratio covers only the blocks that the "
        "baseline ran beside it."
    )


def test_a_failure_that_begins_with_the_backend_does_not_name_it_twice() -> None:
    run = replace(vanished(2).runs[1], blocks=(), failure="QNNPACK int8 cannot run: PyTorch is not installed.")
    assert run.failure_words == "QNNPACK int8 cannot run: PyTorch is not installed."
