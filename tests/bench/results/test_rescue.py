"""Results on disks without room: whole where they should be, whole elsewhere, or told; never half."""

import sys
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.bench.results.format import load_result, save_result
from mnist_bench.bench.results.rescue import SavedElsewhere, save_measured
from mnist_bench.bench.results.result import Result
from mnist_bench.bench.results.store import KeptResults
from tests.bench.results.measured import measured, one_of_each


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("is_there", [False, True])
def test_whatever_room_there_is_a_save_is_whole_or_leaves_all_as_it_was(tmp_path: Path, is_there: bool) -> None:
    """A limit on the size of files stands in for the end of the disk, at every kilobyte of each file."""
    import resource

    path = tmp_path / "run.json"
    before = {}
    if is_there:
        save_result(path, Result(measured(), "the old one"))
        before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    kilobytes = 0
    while True:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000 * kilobytes, limit[1]))
        try:
            save_result(path, Result(measured(), "the new one"))
            break
        except InputError as error:
            told = str(error)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert "file too large" in told
        assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
        kilobytes += 1
    assert kilobytes > 3
    assert {one.name for one in tmp_path.iterdir()} == {"run.csv", "run.json"}
    assert load_result(path).name == "the new one"


@pytest.mark.parametrize("value", one_of_each(), ids=lambda value: type(value).__name__)
def test_a_result_without_a_folder_lies_in_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: object
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(SavedElsewhere, match=r"cannot be created: .*The result was saved as .* instead\.") as caught:
        KeptResults(tmp_path / "data" / "runs").add(value, "mine")  # type: ignore[type-var]
    saved = caught.value.result
    assert saved.path is not None
    assert saved.path.parent.parent == tmp_path / "temporary"
    assert load_result(saved.path).name == "mine"


def test_where_no_folder_takes_it_the_first_reason_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "file" / "below"
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(nowhere))
    monkeypatch.setenv("HOME", str(nowhere))
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()  # the working folder
    with pytest.raises(InputError, match="cannot be created: not a directory") as caught:
        save_measured(nowhere / "run.json", Result(measured()))
    assert not isinstance(caught.value, SavedElsewhere)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
