"""A list that shows a folder: rows go at once, files follow, and what fails comes back."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mnist_bench.base.errors import InputError
from mnist_bench.session import folder_rows
from mnist_bench.session.folder_rows import FolderRows, each
from mnist_bench.session.inbox import Inbox

LIMIT_S = 10.0


@dataclass(frozen=True)
class Note:
    id: str
    text: str


class Folder:
    """Notes as files; those in `stuck` can be neither deleted nor restored."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stuck: set[str] = set()

    def add(self, id_: str, text: str) -> Note:
        (self.path / id_).write_text(text)
        return Note(id_, text)

    def delete(self, id_: str) -> Note:
        if id_ in self.stuck:
            raise InputError(f"{id_} cannot be deleted.")
        note = Note(id_, (self.path / id_).read_text())
        (self.path / id_).unlink()
        return note

    def restore(self, note: Note) -> Note:
        if note.id in self.stuck:
            raise InputError(f"{note.id} cannot be written.")
        return self.add(note.id, note.text)

    def list(self) -> list[Note]:
        return [Note(file.name, file.read_text()) for file in self.path.iterdir()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    for name in ("a", "b", "c"):
        folder.add(name, name.upper())
    return folder


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def rows(folder: Folder, inbox: Inbox) -> Iterator[FolderRows[Note, Note]]:
    rows = FolderRows(inbox, "notes", folder.delete, folder.restore)
    rows.read(folder.list)
    assert inbox.wait_until(lambda: rows.is_read, LIMIT_S)
    yield rows
    rows.close()


def settle(rows: FolderRows[Note, Note], inbox: Inbox) -> None:
    """Wait until all that was asked is done and told."""
    done: list[None] = []
    rows.do(lambda: None, done.append)
    assert inbox.wait_until(lambda: bool(done), LIMIT_S)


def test_deleted_rows_go_at_once_and_undo_brings_them_back(
    rows: FolderRows[Note, Note], folder: Folder, inbox: Inbox
) -> None:
    changed: list[None] = []
    rows.changed.subscribe(changed.append)
    rows.delete(["a", "b"])
    assert set(rows.rows) == {"c"}
    settle(rows, inbox)
    assert len(changed) == 1, "a list is built anew for each"
    assert {file.name for file in folder.path.iterdir()} == {"c"}
    assert rows.can_undo
    rows.undo()
    assert not rows.can_undo
    settle(rows, inbox)
    assert set(rows.rows) == {"a", "b", "c"}
    assert (folder.path / "a").read_text() == "A"


def test_what_cannot_be_deleted_comes_back_and_is_told(
    rows: FolderRows[Note, Note], folder: Folder, inbox: Inbox
) -> None:
    failures: list[Exception] = []
    rows.failed.subscribe(failures.append)
    folder.stuck.add("b")
    rows.delete(["a", "b", "c"])
    settle(rows, inbox)
    assert set(rows.rows) == {"b", "c"}
    assert [str(error) for error in failures] == ["b cannot be deleted."]
    rows.undo()
    settle(rows, inbox)
    assert set(rows.rows) == {"a", "b", "c"}


def test_what_cannot_be_brought_back_can_be_tried_again(
    rows: FolderRows[Note, Note], folder: Folder, inbox: Inbox
) -> None:
    rows.delete(["a"])
    settle(rows, inbox)
    folder.stuck.add("a")
    rows.undo()
    settle(rows, inbox)
    assert rows.can_undo
    folder.stuck.clear()
    rows.undo()
    settle(rows, inbox)
    assert "a" in rows.rows


def test_where_nothing_was_deleted_nothing_can_be_undone(
    rows: FolderRows[Note, Note], folder: Folder, inbox: Inbox
) -> None:
    folder.stuck.add("a")
    rows.delete(["a"])
    settle(rows, inbox)
    assert not rows.can_undo


def test_a_deletion_can_be_undone_before_it_has_happened(
    rows: FolderRows[Note, Note], folder: Folder, inbox: Inbox
) -> None:
    rows.delete(["a"])
    rows.delete(["b"])
    rows.undo()
    assert rows.can_undo
    rows.undo()
    assert not rows.can_undo
    settle(rows, inbox)
    assert set(rows.rows) == {file.name for file in folder.path.iterdir()} == {"a", "b", "c"}


def test_rows_go_before_their_files_which_another_thread_deletes(
    rows: FolderRows[Note, Note], folder: Folder, inbox: Inbox
) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def hold_up() -> None:
        busy.set()
        assert go_on.wait(LIMIT_S)

    rows.do(hold_up, lambda _: None)
    assert busy.wait(LIMIT_S)
    rows.delete(["a"])
    assert set(rows.rows) == {"b", "c"}
    assert (folder.path / "a").exists()
    go_on.set()
    settle(rows, inbox)
    assert not (folder.path / "a").exists()


def test_a_row_read_again_before_it_was_deleted_does_not_stay(
    rows: FolderRows[Note, Note], folder: Folder, inbox: Inbox
) -> None:
    rows.read(folder.list)  # it is on its way when the row goes
    rows.delete(["a"])
    settle(rows, inbox)
    assert set(rows.rows) == {"b", "c"}


def test_closing_writes_all_that_was_asked(folder: Folder, inbox: Inbox) -> None:
    rows = FolderRows(inbox, "closing", folder.delete, folder.restore)
    rows.change(lambda: each(lambda id_: folder.add(id_, "new"), ["d", "e"]))
    rows.close()
    assert (folder.path / "e").read_text() == "new"


def test_a_disk_that_does_not_answer_is_not_waited_for_for_ever(
    folder: Folder, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_rows, "DISK_SECONDS", 0.1)
    over, asked = threading.Event(), threading.Event()

    def wait() -> list[Note]:
        asked.set()
        over.wait()
        return []

    rows: FolderRows[Note, Note] = FolderRows(inbox, "notes", folder.delete, folder.restore)
    rows.read(wait)
    assert asked.wait(LIMIT_S)
    rows.close()
    over.set()
    rows.close()
