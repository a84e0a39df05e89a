"""Kept results: the list, what cannot be read, names and notes, and what is shown of each kind."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.bench.results.result import Kind, Value
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.session.inbox import Inbox
from mnist_bench.session.results import Results, Row
from tests.bench.results.measured import one_of_each
from tests.session.conftest import Waiting
from tests.sessions import heard


@pytest.fixture
def folder(tmp_path: Path) -> KeptResults:
    """One result of each kind, and a file that is none."""
    folder = KeptResults(tmp_path / "runs")
    for value in one_of_each():
        folder.add(value)
    (folder.folder / "latency-broken.json").write_text("{}")
    return folder


@pytest.fixture
def results(inbox: Inbox, wait: Waiting, folder: KeptResults) -> Iterator[Results]:
    results = Results(inbox, folder)
    results.read()
    wait.until(lambda: results.rows.is_read)
    yield results
    results.close()


@pytest.fixture
def settle(wait: Waiting, results: Results) -> Callable[[], None]:
    """Waits until all that was asked of the folder is done and told."""
    return lambda: wait.until(lambda: not results.rows._worker.is_busy)


def row_of(results: Results, kind: Kind) -> Row:
    (row,) = [one for one in results.rows.rows.values() if one.overview is not None and one.overview.kind is kind]
    return row


def test_results_of_every_kind_are_listed_and_so_is_what_cannot_be_read(results: Results) -> None:
    rows = results.rows.rows
    assert {row.overview.kind for row in rows.values() if row.overview is not None} == set(Kind)
    broken = rows["latency-broken"]
    assert broken.overview is None
    assert "latency-broken.json is not a kept result" in broken.error


def test_what_cannot_be_read_can_be_deleted_and_brought_back_unread(
    results: Results, folder: KeptResults, settle: Callable[[], None]
) -> None:
    failed = heard(results.rows.failed)
    results.rows.delete(["latency-broken"])
    settle()
    assert not (folder.folder / "latency-broken.json").exists()
    assert not failed
    results.rows.undo()
    settle()
    assert (folder.folder / "latency-broken.json").read_text() == "{}"
    assert results.rows.rows["latency-broken"].error
    assert not failed
    assert not results.rows.can_undo


@pytest.mark.parametrize("kind", Kind)
def test_one_is_named_and_noted(results: Results, folder: KeptResults, settle: Callable[[], None], kind: Kind) -> None:
    id_ = row_of(results, kind).id
    results.rename(id_, "before the new kernel")
    results.set_note(id_, "with the\nfan on")
    settle()
    overview = row_of(results, kind).overview
    assert overview is not None
    assert (overview.name, overview.note) == ("before the new kernel", "with the\nfan on")
    kept = folder.load(id_)
    assert (kept.name, kept.note) == ("before the new kernel", "with the\nfan on")


def test_a_name_that_is_too_long_is_refused_in_a_sentence(results: Results, settle: Callable[[], None]) -> None:
    failed = heard(results.rows.failed)
    row = row_of(results, Kind.LAYERS)
    results.rename(row.id, "n" * 1000)
    settle()
    (error,) = failed
    assert isinstance(error, InputError)
    assert row_of(results, Kind.LAYERS) == row


def test_what_is_shown_is_told_by_its_kind_and_of_each_kind_there_is_one(
    results: Results, settle: Callable[[], None]
) -> None:
    changed = heard(results.changed)
    for kind in (Kind.ACCURACY, Kind.LAYERS):
        results.load_ids([row_of(results, kind).id], results.show)
    settle()
    assert changed == [Kind.ACCURACY, Kind.LAYERS]
    assert {kind: [one.id for one in shown] for kind, shown in results.shown.items()} == {
        kind: [row_of(results, kind).id] for kind in changed
    }


def test_what_was_just_measured_is_listed_and_shown_unless_it_is_already(
    results: Results, settle: Callable[[], None]
) -> None:
    values: dict[Kind, Value] = dict(zip(Kind, one_of_each("2026-12-01T10:00:00+00:00"), strict=True))
    changed = heard(results.changed)
    results.keep(values[Kind.LAYERS])
    results.keep(values[Kind.ACCURACY], is_shown=True)
    settle()
    assert changed == [Kind.LAYERS]
    assert len(results.rows.rows) == 6


def test_a_file_from_elsewhere_is_shown_and_one_that_is_not_there_is_told(
    results: Results, settle: Callable[[], None], tmp_path: Path
) -> None:
    failed = heard(results.rows.failed)
    elsewhere = KeptResults(tmp_path / "elsewhere").add(one_of_each()[0]).path
    assert elsewhere is not None
    results.load([elsewhere], results.show)
    results.load([tmp_path / "none.json"], results.show)
    settle()
    assert [one.path for one in results.shown[Kind.LATENCY]] == [elsewhere]
    assert "There is no file" in str(failed[0])


def test_what_is_deleted_can_be_brought_back_with_its_samples(
    results: Results, folder: KeptResults, settle: Callable[[], None]
) -> None:
    before = {path.name: path.read_bytes() for path in folder.folder.iterdir()}
    results.rows.delete(list(results.rows.rows))
    settle()
    assert not list(folder.folder.iterdir())
    results.rows.undo()
    settle()
    assert {path.name: path.read_bytes() for path in folder.folder.iterdir()} == before
    assert len(results.rows.rows) == 4
