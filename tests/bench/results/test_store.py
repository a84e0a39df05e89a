"""The folder of kept results: listed, renamed, deleted and brought back, whatever lies in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.results.overview import Overview
from mnist_bench.bench.results.result import Kind, only
from mnist_bench.bench.results.samples import samples_csv
from mnist_bench.bench.results.store import KeptResults
from tests.bench.results.measured import evaluated, measured, one_of_each
from tests.bench.results.test_format import old_file
from tests.comparisons import CALM, make_comparison


def test_every_kind_is_listed_with_its_name_newest_first(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path / "new")
    assert kept.list().overviews == ()
    for day, value in enumerate(one_of_each(), 1):
        kept.add(replace(value, conditions=replace(CALM, started=f"2026-11-0{day}T10:00:00+00:00")), f"day {day}")
    listed = kept.list()
    assert [(one.kind, one.name) for one in listed.overviews] == [
        (Kind.LAYERS, "day 3"),
        (Kind.ACCURACY, "day 2"),
        (Kind.LATENCY, "day 1"),
    ]
    assert listed.unreadable == ()
    assert [one.name for one in kept.list(kind=Kind.ACCURACY).overviews] == ["day 2"]
    assert all(kept.load(id_).value.conditions.model == "digits-cnn" for id_ in kept.ids())


def test_delete_and_restore(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    assert kept.ids() == ()
    first, second = kept.add(measured(), "the first"), kept.add(measured())
    deleted = kept.delete(first.id)
    assert kept.ids() == (second.id,)
    assert len(list(tmp_path.iterdir())) == 2, "its CSV has gone with it"
    restored = kept.restore(deleted)
    assert isinstance(restored, Overview)
    assert restored.name == "the first"
    assert set(kept.ids()) == {first.id, second.id}
    (again,) = only(Comparison, [kept.load(first.id)])
    assert (tmp_path / f"{first.id}.csv").read_bytes() == samples_csv(again.value) == samples_csv(first.value)


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff\x00"])
def test_what_cannot_be_read_is_told_and_can_be_deleted(tmp_path: Path, content: bytes) -> None:
    kept = KeptResults(tmp_path)
    path = tmp_path / "latency-broken.json"
    path.write_bytes(content)
    (unreadable,) = kept.list().unreadable
    assert unreadable.id == "latency-broken"
    assert str(path) in unreadable.error
    with pytest.raises(InputError):
        kept.rename("latency-broken", "a name")
    assert path.read_bytes() == content
    deleted = kept.delete("latency-broken")
    assert kept.ids() == ()
    if content:
        assert kept.restore(deleted) == unreadable
        assert path.read_bytes() == content, "brought back as it was"


def test_a_newer_file_is_refused_and_stays(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    old_file(tmp_path / "run-a.json", measured(), version=2, more="of it")
    with pytest.raises(InputError, match=r"newer mnist-bench\. Update"):
        kept.load("run-a")
    listed = kept.list()
    assert listed.overviews == ()
    assert len(listed.unreadable) == 1
    assert (tmp_path / "run-a.json").exists()


def test_a_file_too_large_to_be_read_can_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptResults(tmp_path)
    result = kept.add(evaluated())
    monkeypatch.setattr("mnist_bench.bench.results.store.MAX_BYTES", 1000)
    deleted = kept.delete(result.id)
    assert kept.ids() == ()
    with pytest.raises(InputError, match="could not be read"):
        kept.restore(deleted)


def test_a_csv_that_cannot_be_deleted_keeps_its_result(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    saved = kept.add(measured())
    csv_file = tmp_path / f"{saved.id}.csv"
    csv_file.unlink()
    csv_file.mkdir()
    with pytest.raises(InputError, match="cannot be deleted"):
        kept.delete(saved.id)
    assert kept.ids() == (saved.id,)


def test_deleting_what_is_gone_says_so(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path)
    gone = kept.add(evaluated()).id
    kept.delete(gone)
    with pytest.raises(InputError, match=gone):
        kept.delete(gone)


def test_a_folder_that_cannot_be_is_told_before_there_is_something_to_lose(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be created"):
        KeptResults(tmp_path / "file" / "runs").prepare()


@pytest.mark.parametrize("name", ["", "other", "run-/../x", "../run-a", "run-a.b", "latency-" + "x" * 200])
def test_a_name_that_leads_elsewhere_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no kept result"):
        KeptResults(tmp_path).delete(name)


def test_a_result_is_found_by_its_id_or_its_file(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path / "kept")
    result = kept.add(make_comparison())
    assert kept.find(result.id) == result.path
    assert kept.find(str(result.path)) == result.path
    for nothing in ("latency-none", "none.json", "x" * 5000, str(tmp_path)):
        with pytest.raises(InputError, match="no result"):
            kept.find(nothing)
