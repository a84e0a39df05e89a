"""Rows of a folder's list: they go at once, and their files follow in the background."""

import threading
from dataclasses import dataclass, field
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.gui.kit.folder_rows import FolderRows


@dataclass(frozen=True)
class File:
    id: str


@dataclass
class Folder:
    """Files that are deleted and brought back once `open` is set, by which thread."""

    files: dict[str, File]
    open: threading.Event = field(default_factory=threading.Event)
    threads: set[threading.Thread] = field(default_factory=set)

    def delete(self, id_: str) -> File:
        self._wait()
        try:
            return self.files.pop(id_)
        except KeyError:
            raise InputError(f"There is no {id_}.") from None

    def restore(self, file: File) -> File:
        self._wait()
        return self.files.setdefault(file.id, file)

    def _wait(self) -> None:
        assert self.open.wait(20)
        self.threads.add(threading.current_thread())


@pytest.fixture
def folder() -> Folder:
    return Folder({id_: File(id_) for id_ in "abc"})


@pytest.fixture
def rows(qtbot: QtBot, folder: Folder) -> FolderRows[File, File]:
    rows = FolderRows(folder.delete, folder.restore)
    rows.show_all(folder.files.values())
    return rows


def ids(rows: FolderRows[File, File]) -> set[str]:
    return {row.id for row in rows.rows()}


def test_rows_go_before_their_files(rows: FolderRows[File, File], folder: Folder) -> None:
    rows.delete(["a", "b"])
    assert ids(rows) == {"c"}
    assert set(folder.files) == {"a", "b", "c"}
    folder.open.set()
    rows.finish()
    assert set(folder.files) == {"c"}
    assert threading.current_thread() not in folder.threads


def test_a_deletion_can_be_undone_before_it_has_happened(rows: FolderRows[File, File], folder: Folder) -> None:
    rows.delete(["a"])
    rows.delete(["b"])
    rows.undo()
    assert rows.can_undo
    rows.undo()
    assert not rows.can_undo
    folder.open.set()
    rows.finish()
    assert ids(rows) == set(folder.files) == {"a", "b", "c"}


def test_what_cannot_be_deleted_comes_back_with_what_was_to_follow(
    rows: FolderRows[File, File], folder: Folder, qtbot: QtBot
) -> None:
    del folder.files["b"]
    folder.open.set()
    with qtbot.waitSignal(rows.failed) as failed:
        rows.delete(["a", "b", "c"])
    assert str(failed.args[0]) == "There is no b."
    assert ids(rows) == {"b", "c"}
    rows.undo()
    rows.finish()
    assert ids(rows) == {"a", "b", "c"}
    assert not rows.can_undo


def test_where_nothing_was_deleted_nothing_can_be_undone(
    rows: FolderRows[File, File], folder: Folder, qtbot: QtBot
) -> None:
    folder.files.clear()
    folder.open.set()
    with qtbot.waitSignal(rows.failed):
        rows.delete(["a"])
    assert not rows.can_undo


def test_what_was_read_before_a_deletion_does_not_bring_it_back(rows: FolderRows[File, File], folder: Folder) -> None:
    rows.do(lambda: partial(rows.show_all, list(folder.files.values())))
    rows.delete(["a"])
    folder.open.set()
    rows.finish()
    assert ids(rows) == {"b", "c"}
