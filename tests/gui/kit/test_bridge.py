"""Qt's thread between a worker's calls: its timers, and with them the mouse, have their turn."""

from itertools import count

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit.bridge import Bridge
from mnist_bench.session.inbox import Inbox


def test_qts_timers_have_a_turn_between_calls_that_take_long(qtbot: QtBot) -> None:
    seconds = count()  # of a clock by which every call takes longer than the inbox may go on
    inbox = Inbox(clock=lambda: float(next(seconds)))
    bridge = Bridge(inbox)
    done: list[str] = []
    ticking = QTimer()
    ticking.timeout.connect(lambda: done.append("tick"))
    for _ in range(5):
        inbox.post(lambda: done.append("call"))
    ticking.start(0)
    qtbot.wait_until(lambda: done.count("call") == 5)
    ticking.stop()
    assert "call call" not in " ".join(done)
    bridge.deleteLater()
