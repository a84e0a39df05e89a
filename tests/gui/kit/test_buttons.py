"""Buttons of the kit."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit.buttons import push_button


def test_a_button_that_is_disabled_for_a_while_keeps_its_place(qtbot: QtBot, themed: QApplication) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    remove, disconnect = push_button("Remove"), push_button("Disconnect")
    pressed: list[str] = []
    remove.clicked.connect(lambda: pressed.append("Remove"))
    disconnect.clicked.connect(lambda: pressed.append("Disconnect"))
    for button in (remove, disconnect):
        layout.addWidget(button)
    window.show()
    qtbot.waitActive(window)
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
