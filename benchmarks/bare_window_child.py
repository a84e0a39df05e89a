"""A child with a bare window, whose event loop's stalls are timed while mnist-bench loads the computer.

`python -m benchmarks.bare_window_child` answers each line {"load": words of a command} on standard input with
{"longest_stall_ms"}.
"""

import json
import sys

from PySide6.QtCore import QEventLoop, QProcess
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from benchmarks.children import ROOT
from benchmarks.evaluation_child import StallProbe
from benchmarks.window_child import rest


def longest_stall_ms(probe: StallProbe, load: list[str]) -> float:
    """While the command runs, and a little longer."""
    loop = QEventLoop()
    process = QProcess()
    process.setWorkingDirectory(str(ROOT))
    process.finished.connect(loop.quit)
    probe.start()
    process.start(sys.executable, ["-P", "-m", "mnist_bench", *load])
    loop.exec()
    rest(0.2)
    waits = probe.stop()
    assert process.exitCode() == 0, bytes(process.readAllStandardError().data()).decode()
    return max(waits)


def main() -> None:
    """Answer until the input ends."""
    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.setCentralWidget(QLabel("A bare window"))
    window.show()
    probe = StallProbe()
    rest(0.5)
    for line in sys.stdin:
        print(json.dumps({"longest_stall_ms": longest_stall_ms(probe, json.loads(line)["load"])}), flush=True)
    window.close()
    application.processEvents()


if __name__ == "__main__":
    main()
