"""adb activity, line by line as it happens, to look at and to copy."""

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox, vbox
from mnist_bench.gui.kit.text import Label, copy_text
from mnist_bench.session.inbox import Inbox

LONGEST: Final = 500
"""Lines that are kept; older ones go."""
_LOGGER: Final = "mnist_bench.adb"


class AdbLog(logging.Handler):
    """Takes all that is told of what is done over adb, whatever thread does it.

    However much is told at once, `hear` is called once, on the session's thread, with the newest lines.
    """

    def __init__(self, inbox: Inbox, hear: Callable[[list[str]], object]) -> None:
        super().__init__()
        self._inbox, self._hear = inbox, hear
        self._lines: deque[str] = deque(maxlen=LONGEST)
        self._logger = logging.getLogger(_LOGGER)
        self._level = self._logger.level
        self._logger.setLevel(logging.INFO)
        self._logger.addHandler(self)

    def close(self) -> None:
        """Listens no more."""
        self._logger.removeHandler(self)
        self._logger.setLevel(self._level)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a line; the handler is locked meanwhile."""
        if not self._lines:
            self._inbox.post(self._take)
        self._lines.append(f"{time.strftime('%H:%M:%S', time.localtime(record.created))} {record.getMessage()}")

    def _take(self) -> None:
        self.acquire()
        lines = list(self._lines)
        self._lines.clear()
        self.release()
        self._hear(lines)


class LogView(QWidget):
    """Shows the lines; the newest is in sight unless the person has scrolled up."""

    def __init__(self) -> None:
        super().__init__()
        title = Label("adb activity", role="caption")
        tip = "Copy all lines"
        self.copy_button = push_button("Copy log", lambda: copy_text(self.text()), tip=tip, role="chip")
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setMaximumBlockCount(LONGEST)
        self.lines.setAccessibleName("adb activity")
        self.lines.setPlaceholderText("Nothing yet.")
        self.lines.setTabChangesFocus(True)
        font = QFont()
        font.setFamilies(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families())
        self.lines.setFont(font)  # of the family alone: the size follows that of all text
        title.setBuddy(self.lines)
        self.setLayout(vbox(hbox((title, 1), self.copy_button), (self.lines, 1), spacing=theme.GRID // 2))

    def add(self, lines: list[str]) -> None:
        """Adds lines below the ones before."""
        bar = self.lines.verticalScrollBar()
        follows = bar.value() == bar.maximum()
        self.lines.appendPlainText("\n".join(lines))
        if follows:
            bar.setValue(bar.maximum())

    def text(self) -> str:
        """All that it shows."""
        return self.lines.toPlainText()
