"""The application: its style, its log, its window, its garbage, and the handling of unexpected errors."""

import gc
import logging
import signal
import sys

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from mnist_bench.base.locations import resources_dir
from mnist_bench.base.logs import start_logging
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.errors import catch_what_nobody_catches
from mnist_bench.gui.window import MainWindow, remembered_look
from mnist_bench.session.session import Session
from mnist_bench.version import VERSION

logger = logging.getLogger(__name__)

_LET_PYTHON_RUN_MS = 200
_LOOK_EVERY_MS = 500


def run_window() -> int:
    """Opens the window and runs it until it is closed; returns the exit status."""
    start_logging()
    app = make_application()
    session = Session()
    look = remembered_look(session.choices)
    theme.prepare(app, *look)
    window = MainWindow(session)
    theme.apply(app, *look)
    catch_what_nobody_catches(lambda failure: session.inbox.post(lambda: window.notice.show_failure(failure)))
    _close_on_signals(window)
    # The only place where engines are started: the window is on the screen by then.
    window.painted.connect(window.begin)
    window.show()
    garbage = GarbageCollection()
    status = app.exec()
    garbage.end()
    logger.info("The window was closed.")
    return status


def make_application() -> QApplication:
    """Qt's application object, with its names."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("mnist-bench")
    app.setApplicationDisplayName("mnist-bench")
    app.setApplicationVersion(VERSION)
    app.setDesktopFileName("mnist-bench")
    app.setWindowIcon(QIcon(str(resources_dir() / "icons" / "mnist-bench.svg")))
    return app


def _close_on_signals(window: MainWindow) -> None:
    """Ctrl+C in the terminal, closing that, and SIGTERM close the window as its button does: runners end, drawings are
    kept. What ignores a signal, as under `nohup`, goes on to do so.
    """
    for number in (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")):
        if number is None or signal.getsignal(number) is signal.SIG_IGN:
            continue
        # From the event loop: a window that is closed before that runs would leave it running for ever.
        signal.signal(number, lambda *_: QTimer.singleShot(0, window, window.close))
    # Python handles signals between two of its own instructions, of which Qt's loop runs none by itself.
    timer(window, lambda: None, _LET_PYTHON_RUN_MS).start()


class GarbageCollection(QObject):
    """Collects Python's garbage, by Python's own thresholds, whenever its thread's event loop runs a timer.

    By itself Python collects on whichever thread happens to allocate: a widget that is part of a reference cycle would
    be destroyed by the thread of an engine, which crashes Qt at some later moment (pyqtgraph and calibre met the same).
    What is there when it begins, mostly modules, is taken to stay and not looked at again. `end` gives the work back.
    """

    def __init__(self) -> None:
        super().__init__()
        gc.disable()
        gc.freeze()
        self._timer = timer(self, self.look, _LOOK_EVERY_MS)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect the oldest generation that is due, and the younger ones with it, as Python would."""
        due = [generation for generation, limit in enumerate(gc.get_threshold()) if gc.get_count()[generation] > limit]
        if due:
            gc.collect(due[-1])

    def end(self) -> None:
        """Let Python collect as it did before."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
