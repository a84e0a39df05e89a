"""A child of start_up: either the real program up to its window's first paint, or the imports that it is compared with.

Prints the moment, {"at_ns": ...} of the monotonic clock, which all processes share.
"""

import importlib
import json
import sys
import time


def show_window() -> None:
    """Start the program as a person does; where it would begin its work, after the first paint, it ends."""
    from mnist_bench.__main__ import read_window

    run_window = read_window()
    from PySide6.QtWidgets import QApplication

    from mnist_bench.gui import app
    from mnist_bench.gui.window import MainWindow

    class ReportingWindow(MainWindow):
        def begin(self) -> None:
            report()
            QApplication.quit()

    app.MainWindow = ReportingWindow  # type: ignore[attr-defined]  # mock would import asyncio into this
    run_window()


def import_libraries() -> None:
    """What any program with such a window has to do."""
    importlib.import_module("PySide6.QtWidgets")
    importlib.import_module("pyqtgraph")
    report()


def report() -> None:
    print(json.dumps({"at_ns": time.monotonic_ns()}), flush=True)


if __name__ == "__main__":
    {"window": show_window, "imports": import_libraries}[sys.argv[1]]()
