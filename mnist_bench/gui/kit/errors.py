"""What becomes of an exception: its traceback in the log, and a strip that a person sees and can copy."""

import logging
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtWidgets import QFrame, QSizePolicy

from mnist_bench.base import logs
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import hbox
from mnist_bench.gui.kit.text import Label, copy_text
from mnist_bench.session.failure import Failure, describe

logger = logging.getLogger("mnist_bench.gui")


def log_failure(error: BaseException) -> None:
    """Writes the traceback of `error` to the log."""
    logs.log_failure(logger, error)


def catch_what_nobody_catches(show: Callable[[Failure], None]) -> None:
    """From now on an exception that nobody catches, on any thread, is logged and given to `show` on that thread."""

    def handle(error: BaseException) -> None:
        log_failure(error)
        show(describe(error))

    def main_hook(_kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(type(error), error, trace)
        else:
            handle(error)

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            handle(args.exc_value)

    sys.excepthook = main_hook
    threading.excepthook = thread_hook


class NoticeStrip(QFrame):
    """What went wrong and what to do next, until it is closed; of several failures the newest."""

    def __init__(self) -> None:
        super().__init__()
        theme.set_role(self, "well")
        self._details = ""
        self._words = Label(wrap=True, selectable=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.copy_button = push_button("Copy details", lambda: copy_text(self._details), role="chip")
        self.close_button = push_button("Close", self.hide, role="chip")
        parts = (Label("⚠", role="bad"), (self._words, 1), self.copy_button, self.close_button)
        self.setLayout(hbox(*parts, margins=(theme.GRID * 3 // 2, theme.GRID // 2, theme.GRID, theme.GRID // 2)))
        self.hide()

    def show_failure(self, failure: Failure) -> None:
        """Shows what went wrong, with its details to copy."""
        words = f"{failure.sentence} {failure.advice}".strip()
        self._words.setText(words)
        self.setAccessibleName(words)
        self._details = failure.details
        self.copy_button.setVisible(bool(failure.details))
        self.show()

    def words(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()
