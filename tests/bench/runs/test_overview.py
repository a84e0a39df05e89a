"""What a list tells of each saved measurement."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.runs.overview import list_overviews, overview_of
from mnist_bench.bench.runs.saved import SavedRuns
from tests.comparisons import BACKENDS, CALM, make_comparison


def test_it_tells_of_every_backend_once_and_of_the_baseline(tmp_path: Path) -> None:
    settings = Settings(Scenario.OFFLINE, processes=5, blocks=2, runs=100, batches=(1, 10))
    comparison = make_comparison(BACKENDS[:3], settings, baseline=BACKENDS[1], complete=False)
    overview = overview_of(SavedRuns(tmp_path).add(comparison))
    assert overview.backends == BACKENDS[:3]
    assert overview.titles == ("PyTorch fp32", "QNNPACK int8", "Native fp32")
    assert overview.baseline_ns == np.median(comparison.runs[2].compute_ns)
    assert comparison.runs[2].backend == BACKENDS[1]
    assert overview.samples == 3 * 2 * 100
    assert not overview.complete
    assert overview.warnings == ()


def test_each_kind_of_warning_counts_once(tmp_path: Path) -> None:
    comparison = make_comparison(
        settings=Settings(processes=3, blocks=2, runs=60), conditions=replace(CALM, others_busy=1.5)
    )
    overview = overview_of(SavedRuns(tmp_path).add(comparison))
    assert set(overview.warnings) == {WarningKind.TOO_FEW_SAMPLES, WarningKind.BUSY_MACHINE}
    assert len(overview.warnings) == 2


def test_a_baseline_without_samples_has_no_median(tmp_path: Path) -> None:
    comparison = make_comparison(failures={BACKENDS[0]: "It ended."})
    assert overview_of(SavedRuns(tmp_path).add(comparison)).baseline_ns is None


def test_only_what_is_not_known_is_read(tmp_path: Path) -> None:
    runs = SavedRuns(tmp_path)
    first = runs.add(make_comparison(conditions=replace(CALM, started="2026-11-01T10:00:00+00:00")))
    known = {one.id: one for one in list_overviews(runs, {}).overviews}
    first.path.write_text("{}")  # which nothing does: if it is told as it was, it was not read again
    second = runs.add(make_comparison(conditions=replace(CALM, started="2026-11-02T10:00:00+00:00")))
    (tmp_path / "run-broken.json").write_text("{}")
    listed = list_overviews(runs, known)
    assert [one.id for one in listed.overviews] == [second.id, first.id]
    assert listed.overviews[1] is known[first.id]
    assert len(listed.unreadable) == 1
    assert "run-broken.json is not a saved run" in listed.unreadable[0]
    runs.delete(second.id)
    assert [one.id for one in list_overviews(runs, known).overviews] == [first.id]


def test_reading_ends_when_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    runs = SavedRuns(tmp_path)
    runs.add(make_comparison())
    assert list_overviews(runs, {}, lambda: True).overviews == ()
