"""The Drawings tab: what was drawn, looked through, searched, labelled, deleted and put back on the pad."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import Drawing, Stroke
from mnist_bench.digits.kept import KeptAnswer, KeptDrawings
from mnist_bench.gui.drawings.view import DrawingsView
from mnist_bench.session.session import Session
from tests.sessions import MakeSession, heard, settle, until

CTRL = Qt.KeyboardModifier.ControlModifier
STROKE: Stroke = ((80.0, 60.0), (200.0, 60.0), (130.0, 220.0))
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def drawing(label: int | None = None) -> Drawing:
    return Drawing(280, 280, 20, (STROKE,), label)


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session(ready=False)


@pytest.fixture
def finish(session: Session) -> Callable[[], None]:
    """Waits until all that was asked of the folder is done and told."""
    return lambda: settle(session, session.drawings.rows)


@pytest.fixture
def kept(session: Session) -> KeptDrawings:
    """Drawings of 0 to 4, the 4 the newest; a backend reads the 3 as 8."""
    folder = KeptDrawings()
    for digit in range(5):
        said = [KeptAnswer("PyTorch fp32", digit, 0.9), KeptAnswer("QNNPACK int8", 8 if digit == 3 else digit, 0.8)]
        folder.add(drawing(digit), said, START + timedelta(minutes=digit))
    return folder


@pytest.fixture
def window(qtbot: QtBot, session: Session, kept: KeptDrawings) -> Iterator[QMainWindow]:
    window = QMainWindow()
    tab = DrawingsView(session)
    window.setCentralWidget(tab)
    qtbot.addWidget(window)
    window.resize(900, 240)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.isActiveWindow() and rows(tab) == ["4", "3", "2", "1", "0"])
    tab.table.setFocus()
    yield window
    window.close()


@pytest.fixture
def tab(window: QMainWindow) -> DrawingsView:
    tab = window.centralWidget()
    assert isinstance(tab, DrawingsView)
    return tab


def rows(tab: DrawingsView, column: int = 1) -> list[str]:
    model = tab.table.model()
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def press(tab: DrawingsView, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


def test_answers_are_shown_with_right_and_wrong(tab: DrawingsView) -> None:
    assert rows(tab, 2)[1] == "PyTorch fp32: 3 (90.0 %) ✓    QNNPACK int8: 8 (80.0 %) ✗"


def test_what_is_kept_is_on_top_and_on_the_disk(
    tab: DrawingsView, session: Session, kept: KeptDrawings, finish: Callable[[], None]
) -> None:
    session.pad.draw(STROKE[:1])
    session.pad.end_stroke(STROKE)
    session.pad.label(9)
    session.pad.clear()
    session.inbox.drain()
    finish()
    assert rows(tab)[0] == "9"
    newest = kept.list().drawings[0]
    assert (kept.drawing(newest.id).strokes, newest.label) == ((STROKE,), 9)


@pytest.mark.parametrize(
    ("words", "found"),
    [("3", ["3"]), ("wrong", ["3"]), ("QNNPACK right", ["4", "2", "1", "0"]), ("nothing", []), ("", list("43210"))],
)
def test_search_shows_what_it_finds(tab: DrawingsView, words: str, found: list[str]) -> None:
    QTest.keyClicks(tab.search, words)
    assert rows(tab) == found
    assert tab.table.isVisible() == bool(found)
    assert tab.count.text() == ("5 drawings" if len(found) == 5 else f"{len(found)} of 5 drawings")


def test_delete_and_undo_bring_back_the_same_drawings(
    tab: DrawingsView, kept: KeptDrawings, finish: Callable[[], None]
) -> None:
    before = [replace(one, stamp=(0, 0)) for one in kept.list().drawings]
    tab.table.select_row(1)
    press(tab, Qt.Key.Key_Delete)
    assert rows(tab) == ["4", "2", "1", "0"]
    assert [kept.label for kept in tab.table.selected()] == [2]
    press(tab, Qt.Key.Key_Delete)
    assert rows(tab) == ["4", "1", "0"]
    finish()
    assert len(kept.list().drawings) == 3
    press(tab, Qt.Key.Key_Z, CTRL)
    finish()
    assert rows(tab) == ["4", "2", "1", "0"]
    tab.undo_button.click()
    finish()
    assert rows(tab) == ["4", "3", "2", "1", "0"]
    assert [replace(one, stamp=(0, 0)) for one in kept.list().drawings] == before
    assert not tab.undo_button.isEnabled()


def test_several_are_deleted_and_come_back_at_once(
    tab: DrawingsView, kept: KeptDrawings, finish: Callable[[], None]
) -> None:
    tab.table.selectAll()
    tab.delete_button.click()
    assert rows(tab) == []
    finish()
    assert kept.list().drawings == ()
    tab.undo_button.click()
    finish()
    assert rows(tab) == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("how", ["enter", "button", "double click"])
def test_a_drawing_is_put_back_on_the_pad(tab: DrawingsView, session: Session, how: str) -> None:
    tab.table.select_row(2)
    if how == "enter":
        press(tab, Qt.Key.Key_Return)
    elif how == "button":
        tab.put_back_button.click()
    else:
        place = tab.table.visualRect(tab.table.model().index(2, 2)).center()
        QTest.mouseClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        QTest.mouseDClick(tab.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    until(session, lambda: not session.pad.content.is_empty)
    assert session.pad.current().drawing == drawing(2)


def test_a_digit_says_what_the_selected_ones_are_and_again_takes_it_back(
    tab: DrawingsView, kept: KeptDrawings, finish: Callable[[], None]
) -> None:
    tab.table.select_row(1)
    press(tab, Qt.Key.Key_8)
    finish()
    assert rows(tab) == ["4", "8", "2", "1", "0"]
    assert kept.list().drawings[1].label == 8
    press(tab, Qt.Key.Key_8)
    finish()
    assert rows(tab) == ["4", "?", "2", "1", "0"]


def test_many_are_changed_with_the_table_built_once_for_each_change(
    tab: DrawingsView, finish: Callable[[], None]
) -> None:
    built: list[None] = []
    for shown in (tab.table.model().modelReset, tab.table.model().layoutChanged):
        shown.connect(lambda *_: built.append(None))
    tab.table.selectAll()
    press(tab, Qt.Key.Key_8)
    finish()
    assert (rows(tab), len(built)) == (["8"] * 5, 1)
    press(tab, Qt.Key.Key_Delete)
    finish()
    assert (rows(tab), len(built)) == ([], 2)
    tab.undo_button.click()
    finish()
    assert (rows(tab), len(built)) == (["8"] * 5, 3)


def test_keys_mean_the_table_while_it_has_the_focus_and_the_window_elsewhere(
    tab: DrawingsView, window: QMainWindow, finish: Callable[[], None]
) -> None:
    triggered: list[str] = []
    for keys in ("Delete", "Ctrl+Z", "5"):
        action = QAction(window)
        action.setShortcut(keys)
        action.triggered.connect(lambda _=False, keys=keys: triggered.append(keys))
        window.addAction(action)
    tab.table.select_row(0)
    for key, modifiers in ((Qt.Key.Key_5, 0), (Qt.Key.Key_Delete, 0), (Qt.Key.Key_Z, CTRL)):
        press(tab, key, Qt.KeyboardModifier(modifiers))
    assert triggered == []
    finish()
    assert rows(tab) == ["5", "3", "2", "1", "0"]
    tab.put_back_button.setFocus()
    for key, modifiers in ((Qt.Key.Key_5, 0), (Qt.Key.Key_Delete, 0), (Qt.Key.Key_Z, CTRL)):
        press(tab, key, Qt.KeyboardModifier(modifiers))
    assert triggered == ["5", "Delete", "Ctrl+Z"]


def test_a_drawing_that_is_gone_from_the_disk_gets_a_sentence(
    tab: DrawingsView, session: Session, kept: KeptDrawings, finish: Callable[[], None]
) -> None:
    failed = heard(session.failed)
    kept.delete(kept.list().drawings[0].id)
    tab.table.select_row(0)
    press(tab, Qt.Key.Key_Delete)
    finish()
    (error,) = failed
    assert isinstance(error, InputError)


def test_a_folder_that_cannot_be_written_gets_a_sentence(
    qtbot: QtBot, session: Session, finish: Callable[[], None]
) -> None:
    folder = KeptDrawings().folder
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    tab = DrawingsView(session)
    qtbot.addWidget(tab)
    failed = heard(session.failed)
    session.pad.draw(STROKE[:1])
    session.pad.end_stroke(STROKE)
    session.pad.clear()
    session.inbox.drain()
    finish()
    (error,) = failed
    assert isinstance(error, InputError)
    assert rows(tab) == []


def test_files_that_cannot_be_read_are_counted(
    qtbot: QtBot, session: Session, kept: KeptDrawings, finish: Callable[[], None]
) -> None:
    (kept.folder / "drawing-20260101-000000-00000000.json").write_text("{")
    tab = DrawingsView(session)
    qtbot.addWidget(tab)
    tab.show()
    finish()
    assert tab.count.text() == "5 drawings; 1 file could not be read"


def test_an_empty_tab_says_what_to_do(qtbot: QtBot, session: Session, finish: Callable[[], None]) -> None:
    tab = DrawingsView(session)
    qtbot.addWidget(tab)
    tab.show()
    finish()
    texts = [label.text() for label in tab.findChildren(type(tab.count)) if label.isVisible()]
    assert any("What you draw is kept here" in text for text in texts)
    assert not tab.delete_button.isEnabled()
