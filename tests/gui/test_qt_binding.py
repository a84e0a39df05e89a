import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication


class Sender(QObject):
    sent = Signal(object)


def test_calls_into_qt_lose_no_reference(qapp: QApplication) -> None:
    """PySide6 6.12.0 does, and Python 3.11 aborts when none is left ("deallocating None")."""
    sender = Sender()
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(200):
        sender.setObjectName("name")
        sender.sent.emit(1)
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert after[0] > before[0] - 100
    assert after[1] > before[1] - 100
