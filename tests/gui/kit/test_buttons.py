"""Buttons of the kit."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit.button_row import ButtonRow
from mnist_bench.gui.kit.buttons import give_menu, push_button, tool_button


@pytest.mark.parametrize("make", [push_button, tool_button])
def test_a_button_that_is_disabled_for_a_while_keeps_its_place(
    qtbot: QtBot, themed: QApplication, make: Callable[[str], QAbstractButton]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    remove, disconnect = make("Remove"), make("Disconnect")
    pressed: list[str] = []
    remove.clicked.connect(lambda: pressed.append("Remove"))
    disconnect.clicked.connect(lambda: pressed.append("Disconnect"))
    for button in (remove, disconnect):
        layout.addWidget(button)
    with qtbot.waitActive(window):
        window.show()
    remove.setFocus()
    remove.setEnabled(False)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert pressed == [], "The next button was pressed."
    remove.setEnabled(True)
    assert window.focusWidget() is remove
    remove.setEnabled(False)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() is disconnect
    remove.setEnabled(True)
    assert window.focusWidget() is disconnect, "It was taken from where the person went."


@pytest.mark.parametrize("make", [push_button, tool_button])
def test_return_presses_a_button_once_however_long_it_is_held(
    qtbot: QtBot, themed: QApplication, make: Callable[[str], QAbstractButton]
) -> None:
    button = make("Benchmark")
    qtbot.addWidget(button)
    pressed: list[str] = []
    button.clicked.connect(lambda: pressed.append("clicked"))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        QTest.keyClick(button, key)
        QApplication.sendEvent(
            button, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "\r", autorep=True)
        )
    assert pressed == ["clicked"] * 2


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_return_opens_a_buttons_menu(qtbot: QtBot, themed: QApplication) -> None:
    button, menu = tool_button("Network"), QMenu()
    qtbot.addWidget(button)
    menu.addAction("digits-cnn")
    give_menu(button, menu)
    button.show()
    opened: list[bool] = []
    menu.aboutToShow.connect(lambda: opened.append(True))
    menu.aboutToShow.connect(lambda: QTimer.singleShot(0, menu.hide))  # the press waits for that
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert opened == [True]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_button_loses_its_hover_look_with_its_menu(qtbot: QtBot, themed: QApplication) -> None:
    button, menu = tool_button("Network"), QMenu()
    qtbot.addWidget(button)
    menu.addAction("digits-cnn")
    give_menu(button, menu)
    button.show()
    QCursor.setPos(button.mapToGlobal(button.rect().center()))
    QApplication.processEvents()
    QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))
    assert button.underMouse()
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    QCursor.setPos(button.mapToGlobal(button.rect().bottomRight() + QPoint(200, 200)))
    QApplication.processEvents()
    QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))  # as if nobody had told it that the pointer left
    menu.hide()
    qtbot.waitUntil(lambda: not button.underMouse())


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_button_under_the_pointer_keeps_its_hover_look(qtbot: QtBot, themed: QApplication) -> None:
    button, menu = tool_button("Network"), QMenu()
    qtbot.addWidget(button)
    give_menu(button, menu)
    button.show()
    QCursor.setPos(button.mapToGlobal(button.rect().center()))
    QApplication.processEvents()
    QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    menu.hide()
    QApplication.processEvents()
    assert button.underMouse()


def test_buttons_that_join_their_row_late_are_reached_by_tab_where_the_row_is(
    qtbot: QtBot, themed: QApplication
) -> None:
    window, row = QWidget(), ButtonRow()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    before, after = push_button("Before"), push_button("After")
    for widget in (before, row, after):
        layout.addWidget(widget)
    with qtbot.waitActive(window):
        window.show()
    for names in ("ab", "cd"):
        row.set_buttons([tool_button(name) for name in names])
        qtbot.waitUntil(row.buttons[-1].isVisible)
        before.setFocus()
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert window.focusWidget() is row.buttons[0]
        QTest.keyClick(row.buttons[0], Qt.Key.Key_Tab)
        assert window.focusWidget() is after
