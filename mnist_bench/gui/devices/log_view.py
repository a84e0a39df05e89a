"""adb activity, line by line as it happens, to look at and to copy."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QScrollBar, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.text import Label

LONGEST: Final = 500
"""Lines that are kept; older ones go."""
_LOGGER: Final = "mnist_bench.adb"


class AdbLog(QObject):
    """Listens to the logger on which everything that is done over adb is told, whatever thread does it.

    However much is told at once, the window's thread is woken once and takes the newest lines.

    Signals:
        said: a list of lines.
    """

    said = Signal(list)
    _woken = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._handler = _Handler(self._woken.emit)
        self._woken.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._logger = logging.getLogger(_LOGGER)
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self._handler)

    def close(self) -> None:
        """Listens no more."""
        self._logger.removeHandler(self._handler)
        self._logger.setLevel(self._level)

    @Slot()
    def _take(self) -> None:
        self.said.emit(self._handler.take())


class _Handler(logging.Handler):
    """Keeps the newest lines until they are taken, and wakes who takes them when there is the first."""

    def __init__(self, wake: Callable[[], object]) -> None:
        super().__init__()
        self._wake = wake
        self._lines: deque[str] = deque(maxlen=LONGEST)
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        with self._guard:
            is_first = not self._lines
            self._lines.append(f"{clock} {record.getMessage()}")
        if is_first:
            self._wake()

    def take(self) -> list[str]:
        with self._guard:
            lines = list(self._lines)
            self._lines.clear()
        return lines


class LogView(QWidget):
    """Shows the lines; the newest is in sight unless the person has scrolled up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = Label("adb activity", role="caption")
        self.copy_button = push_button("Copy log", self._copy, tip="Copy all lines", role="chip")
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(LONGEST)
        self._text.setAccessibleName("adb activity")
        self._text.setPlaceholderText("Nothing yet.")
        self._text.setTabChangesFocus(True)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(theme.scaled(self.font(), 0.85).pointSizeF())
        self._text.document().setDefaultFont(font)
        title.setBuddy(self._text)
        self.setLayout(vbox(hbox((title, 1), self.copy_button), (self._text, 1), spacing=theme.GRID // 2))

    @Slot(list)
    def add(self, lines: list[str]) -> None:
        """Adds lines below the ones before."""
        bar = self.scroll_bar()
        follows = bar.value() == bar.maximum()
        self._text.appendPlainText("\n".join(lines))
        if follows:
            bar.setValue(bar.maximum())

    def scroll_bar(self) -> QScrollBar:
        """Where in the lines it is."""
        return self._text.verticalScrollBar()

    def text(self) -> str:
        """All that it shows."""
        return self._text.toPlainText()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())
