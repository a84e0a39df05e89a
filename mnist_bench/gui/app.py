"""The application: its look, its log, its window, and what happens to errors that nobody expected."""

import logging
import signal
import sys

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication

from mnist_bench.base.logs import start_logging
from mnist_bench.gui.garbage import GarbageCollection
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.errors import catch_what_nobody_catches
from mnist_bench.gui.kit.palette import PAD_INK, PAD_PAPER
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.settings import Settings
from mnist_bench.gui.window import MainWindow
from mnist_bench.version import VERSION

logger = logging.getLogger(__name__)

_LET_PYTHON_RUN_MS = 200


class _Unexpected(QObject):
    """Carries an error from whatever thread to the window's."""

    happened = Signal(object)


def run_window() -> int:
    """Opens the window and runs it until it is closed; returns the exit status."""
    start_logging()
    app = make_application()
    settings = Settings()
    scheme = SchemeChoice(settings.text("theme", SchemeChoice.SYSTEM, among=tuple(SchemeChoice)))
    theme.prepare(app, scheme)
    window = MainWindow(settings)
    theme.apply(app, scheme)
    unexpected = _Unexpected()
    unexpected.happened.connect(window.show_failure)
    catch_what_nobody_catches(unexpected.happened.emit)
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
    app.setWindowIcon(window_icon())
    return app


def window_icon() -> QIcon:
    """A white 7 on the black of MNIST."""
    pixmap = QPixmap(128, 128)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(PAD_PAPER))
    painter.drawRoundedRect(4, 4, 120, 120, 24, 24)
    round_pen = QPen(QColor(PAD_INK), 15, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(round_pen)
    painter.drawPolyline(QPolygonF([QPointF(38, 34), QPointF(88, 34), QPointF(56, 98)]))
    painter.end()
    return QIcon(pixmap)


def _close_on_signals(window: MainWindow) -> None:
    """Ctrl+C in the terminal and SIGTERM close the window as its button does: runners end, drawings are kept."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    # Python handles signals between two of its own instructions, of which Qt's loop runs none by itself.
    timer(window, lambda: None, _LET_PYTHON_RUN_MS).start()
