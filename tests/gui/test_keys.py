"""The keys of the window, and the list of them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mnist_bench.gui.dialogs import KeysBox
from mnist_bench.gui.kit.keys import IN_LISTS, KEYS, ON_PICTURE
from mnist_bench.gui.tabs import TABS
from mnist_bench.gui.window import MainWindow, remembered_look
from mnist_bench.session.failure import Failure
from tests.gui.conftest import MakeWindow


def press(
    qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, key, modifier)


def test_ctrl_and_a_number_choose_a_tab_and_the_tab_key_goes_on_from_there(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    window = make_window()
    for number in range(len(TABS)):
        press(qtbot, window, Qt.Key(Qt.Key.Key_1.value + number), Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentIndex() == number
    assert window.tabs.tabBar().hasFocus()


def test_f11_gives_the_tab_the_whole_window_and_f11_or_escape_goes_back(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    for back in (Qt.Key.Key_F11, Qt.Key.Key_Escape):
        press(qtbot, window, Qt.Key.Key_F11)
        assert not window.left.isVisible()
        assert not window.tools.isVisible()
        qtbot.waitUntil(lambda: window.tabs.width() == window.width())
        press(qtbot, window, back)
        assert window.left.isVisible()
        assert window.tools.isVisible()


def test_escape_leaves_the_whole_window_without_cancelling_what_runs(
    qtbot: QtBot, make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    cancelled: list[None] = []
    monkeypatch.setattr(window.session, "cancel", lambda: cancelled.append(None))
    press(qtbot, window, Qt.Key.Key_F11)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not cancelled
    press(qtbot, window, Qt.Key.Key_Escape)
    assert len(cancelled) == 1


def test_escape_closes_the_notice_without_cancelling_what_runs(
    qtbot: QtBot, make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    cancelled: list[None] = []
    monkeypatch.setattr(window.session, "cancel", lambda: cancelled.append(None))
    window.notice.show_failure(Failure("It went wrong.", "Report it.", "details"))
    press(qtbot, window, Qt.Key.Key_Escape)
    assert not window.notice.isVisible()
    assert not cancelled
    press(qtbot, window, Qt.Key.Key_Escape)
    assert len(cancelled) == 1


def test_ctrl_plus_and_minus_go_through_the_sizes_of_text(
    qtbot: QtBot, make_window: MakeWindow, themed: QApplication
) -> None:
    window = make_window()
    seen = []
    for key in (*(Qt.Key.Key_Plus,) * 3, *(Qt.Key.Key_Minus,) * 3):
        press(qtbot, window, key, Qt.KeyboardModifier.ControlModifier)
        seen.append(remembered_look(window.session.choices)[1])
    assert seen == [125, 150, 150, 125, 100, 100]


def test_f1_lists_every_key_of_the_window(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    press(qtbot, window, Qt.Key.Key_F1)
    box = window.findChild(KeysBox)
    assert box is not None
    said = {label.text() for label in box.findChildren(QLabel)}
    assert {text for key in (*KEYS.values(), *ON_PICTURE, *IN_LISTS) for text in (str(key), key.does)} <= said
    with qtbot.waitSignal(box.destroyed):
        QTest.keyClick(box, Qt.Key.Key_Escape)


def test_no_key_of_the_window_is_missing_in_the_table(make_window: MakeWindow) -> None:
    window = make_window()
    of_window, in_lists = (
        {QKeySequence(sequence).toString() for key in listed for sequence in key.sequences}
        for listed in (KEYS.values(), IN_LISTS)
    )
    used = {shortcut.key().toString() for shortcut in window.findChildren(QShortcut)}
    used |= {key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()}
    assert of_window <= used <= of_window | in_lists
