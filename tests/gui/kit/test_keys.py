"""Keys that a table claims from the window while it has the focus."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QTableWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit.keys import ClaimedKeys


def test_a_key_means_the_table_while_it_has_the_focus_and_the_window_otherwise(
    qtbot: QtBot, themed: QApplication
) -> None:
    told: list[str] = []
    window = QMainWindow()
    qtbot.addWidget(window)
    table, other, centre = QTableWidget(1, 1), QLineEdit(), QWidget()
    layout = QVBoxLayout(centre)
    layout.addWidget(table)
    layout.addWidget(other)
    window.setCentralWidget(centre)
    for keys in ("Del", "Ctrl+Z", "7", "F5"):
        QShortcut(QKeySequence(keys), window, partial(told.append, f"window {keys}"))
    ClaimedKeys(table, {keys: partial(told.append, f"table {keys}") for keys in ("Del", "Ctrl+Z", "7")})
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Delete)
    QTest.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(table, Qt.Key.Key_7, Qt.KeyboardModifier.KeypadModifier)
    QTest.keyClick(table, Qt.Key.Key_F5)
    assert told == ["table Del", "table Ctrl+Z", "table 7", "window F5"]
    other.setFocus()
    QTest.keyClick(other, Qt.Key.Key_F5)
    assert told[-1] == "window F5"
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert len(told) == 5
