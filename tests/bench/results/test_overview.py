"""What a list tells of each kept result, and when it reads a file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.results.format import load_head, load_result
from mnist_bench.bench.results.overview import head_of
from mnist_bench.bench.results.result import Result
from mnist_bench.bench.results.store import KeptResults
from tests.bench.accuracy.results import random_result
from tests.bench.results.measured import evaluated, traced
from tests.bench.results.test_format import old_file
from tests.comparisons import BACKENDS, CALM, make_comparison


def spy(monkeypatch: pytest.MonkeyPatch, name: str, load: Callable[[Path], object]) -> list[str]:
    """Of which files, by id, the store asks the function of this name from now on."""
    read: list[str] = []

    def spied(path: Path) -> object:
        read.append(path.stem)
        return load(path)

    monkeypatch.setattr(f"mnist_bench.bench.results.store.{name}", spied)
    return read


def test_it_tells_of_every_backend_once_and_of_the_baseline() -> None:
    settings = Settings(Scenario.OFFLINE, processes=5, blocks=2, runs=100, batches=(1, 10))
    comparison = make_comparison(BACKENDS[:3], settings, baseline=BACKENDS[1], cancelled=True)
    head = head_of(Result(comparison))
    assert head.backends == BACKENDS[:3]
    assert head.titles == ("PyTorch fp32", "QNNPACK int8", "Native fp32")
    assert head.figure == np.median(comparison.runs[2].compute_ns)
    assert comparison.runs[2].backend == BACKENDS[1]
    assert head.samples == 3 * 2 * 100
    assert head.scenario is Scenario.OFFLINE
    assert not head.complete
    assert head.warnings == ()


def test_an_evaluation_tells_its_accuracy_and_layers_their_time() -> None:
    evaluation = evaluated()
    accuracy, layers = head_of(Result(evaluation)), head_of(Result(traced()))
    assert (accuracy.samples, accuracy.figure) == (200, evaluation.results[0].accuracy)
    assert accuracy.titles == ("Made 1", "Made 2")
    assert (layers.samples, layers.figure, layers.baseline) == (400, 40_000, "torch-fp32")


def test_an_evaluation_that_was_cancelled_counts_what_was_read() -> None:
    longer, shorter = random_result(1, images=120), random_result(2, images=80)
    head = head_of(Result(evaluated(longer, shorter, cancelled=True)))
    assert (head.samples, head.complete) == (120, False)


def test_a_backend_that_failed_makes_it_incomplete() -> None:
    """A phone that vanished half-way kept its samples: those are not all that was asked for."""
    comparison = make_comparison()
    first, second = comparison.runs
    vanished = replace(second, blocks=second.blocks[:9], failure="The phone is gone.")
    assert comparison.complete
    assert not head_of(Result(replace(comparison, runs=(first, vanished)))).complete
    evaluation = evaluated()
    assert not head_of(Result(replace(evaluation, failures={"made-2": "The phone is gone."}))).complete
    assert not head_of(Result(replace(traced(), failures={"native-int8": "The phone is gone."}))).complete


def test_each_kind_of_warning_counts_once() -> None:
    comparison = make_comparison(
        settings=Settings(processes=3, blocks=2, runs=60), conditions=replace(CALM, others_busy=1.5)
    )
    warnings = head_of(Result(comparison)).warnings
    assert set(warnings) == {WarningKind.TOO_FEW_SAMPLES, WarningKind.BUSY_MACHINE}
    assert len(warnings) == 2


def test_a_baseline_without_samples_has_no_median() -> None:
    comparison = make_comparison(failures={BACKENDS[0]: "It ended."})
    assert head_of(Result(comparison)).figure is None


def test_only_what_is_not_known_or_has_changed_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptResults(tmp_path)
    first, second = (
        kept.add(make_comparison(conditions=replace(CALM, started=f"2026-11-0{day}T10:00:00+00:00"))) for day in (1, 2)
    )
    known = {one.id: one for one in kept.list().overviews}
    kept.rename(first.id, "another name")
    (tmp_path / "run-broken.json").write_text("{}")
    read = spy(monkeypatch, "load_head", load_head)
    listed = kept.list(known)
    assert [one.id for one in listed.overviews] == [second.id, first.id]
    assert listed.overviews[0] is known[second.id]
    assert listed.overviews[1].name == "another name"
    assert set(read) == {first.id, "run-broken"}
    assert "run-broken.json is not a kept result" in listed.unreadable[0].error
    kept.delete(second.id)
    assert [one.id for one in kept.list(known).overviews] == [first.id]


def test_a_list_reads_no_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files are listed in a moment because of that; only one of an older version is read whole."""
    kept = KeptResults(tmp_path)
    kept.add(make_comparison())
    old_file(tmp_path / "run-old.json", make_comparison())
    whole = spy(monkeypatch, "load_result", load_result)
    assert len(kept.list().overviews) == 2
    assert whole == ["run-old"]


def test_reading_ends_when_it_is_not_wanted_any_more(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    kept.add(make_comparison())
    assert kept.list({}, lambda: True).overviews == ()
