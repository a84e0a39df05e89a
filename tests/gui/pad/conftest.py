"""The pad's panel alone in a window, with a session of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from mnist_bench.digits.drawing import Drawing
from mnist_bench.gui.kit.bridge import Bridge
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.session.pad import PadDigit
from mnist_bench.session.session import Session
from tests.odd_engines import OddEngines


class Panel(PadPanel):
    """The panel with a session of its own, whose topics are signals here."""

    digit_changed = Signal(object)
    label_changed = Signal(object)
    message = Signal(str)
    failed = Signal(object)

    def __init__(self, data: Path | None = None) -> None:
        self.session = Session(make_engine=OddEngines(), access={}, data=data)
        super().__init__(self.session)
        self._bridge = Bridge(self.session.inbox, self)
        self.session.pad.changed.subscribe(self.digit_changed.emit)
        self.session.pad.labelled.subscribe(self.label_changed.emit)
        self.session.message.subscribe(self.message.emit)
        self.session.failed.subscribe(self.failed.emit)

    def current(self) -> PadDigit:
        return self.session.pad.current()

    def put_drawing(self, drawing: Drawing) -> None:
        self.session.pad.put_drawing(drawing)

    def set_pen_width(self, width: float) -> None:
        self.session.pad.choose_pen(width)

    @property
    def pen_width(self) -> float:
        return self.session.pad.pen_width


@pytest.fixture
def panel(qtbot: QtBot, themed: QApplication) -> Iterator[Panel]:
    window = QMainWindow()
    panel = Panel()
    window.setCentralWidget(panel)
    qtbot.addWidget(window)
    window.resize(392, 500)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield panel
    panel.session.close()
    window.close()
