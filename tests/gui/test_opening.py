"""The program from its start to the window's first paint, in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from mnist_bench.gui import app
from mnist_bench.gui.window import MainWindow

class Window(MainWindow):
    def begin(self):  # the first thing behind the first paint
        slow = "torch", "scipy", "pyqtgraph", "requests", "pooch", "rich", "adbutils"
        print("painted without", *(name for name in slow if name not in sys.modules))
        icon = self.windowIcon().pixmap(32, 32).toImage()
        print(icon.pixelColor(0, 0).alpha(), icon.pixelColor(4, 16).name(), icon.pixelColor(16, 8).name())
        self.close()

app.MainWindow = Window
sys.exit(app.run_window())
"""


EARLY = """
import os, signal, sys
from mnist_bench.gui import app
from mnist_bench.gui.window import MainWindow

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which `nohup` ignores

class Window(MainWindow):
    def show(self):
        super().show()
        os.kill(os.getpid(), signal.SIGHUP)  # as of a terminal that is closed

app.MainWindow = Window
sys.exit(app.run_window())
"""


HALF_MADE = """
import os, signal, sys
from PySide6.QtCore import Qt
from mnist_bench.gui import app
from mnist_bench.gui.window import MainWindow

class Window(MainWindow):
    def begin(self):
        once = Qt.ConnectionType.SingleShotConnection
        self.tabs.made.connect(lambda _view: os.kill(os.getpid(), signal.SIGTERM), once)
        super().begin()

app.MainWindow = Window
sys.exit(app.run_window())
"""


CLOSED = """
import os, sys
from pathlib import Path
from mnist_bench.__main__ import main
from mnist_bench.gui import app
from mnist_bench.gui.window import MainWindow

class Window(MainWindow):
    def begin(self):
        null = os.stat(os.devnull)
        Path("null").write_text(str([os.path.samestat(os.fstat(number), null) for number in range(3)]))
        self.close()

app.MainWindow = Window
sys.argv = ["mnist-bench"]
sys.exit(main())
"""


def open_window(**environment: str) -> list[str]:
    """The lines that the program prints when its window has been painted."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_neither_torch_nor_anything_slow_is_imported_before_the_window_is_painted() -> None:
    without, icon = open_window()
    assert without == "painted without torch scipy pyqtgraph requests pooch rich adbutils"
    assert icon == "0 #000000 #ffffff", "a white digit on black, with round corners"


@pytest.mark.locale
@pytest.mark.skipif(sys.platform == "win32", reason="locales are made otherwise there")
@pytest.mark.parametrize("language", ["tr_TR", "az_AZ"])
def test_it_opens_where_an_i_has_another_capital(tmp_path: Path, language: str) -> None:
    """PySide upper-cases the names of properties by the locale."""
    localedef = shutil.which("localedef")
    if localedef is None:
        pytest.skip("localedef is missing: sudo apt-get install locales")
    name = f"{language}.UTF-8"
    subprocess.run([localedef, "-i", language, "-f", "UTF-8", tmp_path / name], check=True, capture_output=True)
    assert open_window(LOCPATH=str(tmp_path), LC_ALL=name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
@pytest.mark.parametrize("program", [EARLY, HALF_MADE], ids=["before the event loop", "while tabs are made"])
def test_a_signal_closes_the_window_and_ends_the_program(program: str) -> None:
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such shell")
def test_it_opens_with_its_standard_streams_closed(tmp_path: Path) -> None:
    """As a desktop may start it; what is opened next must not be taken for one of them."""
    command = ["/bin/bash", "-c", f"exec {sys.executable} -c '{CLOSED}' <&- >&- 2>&-"]
    assert subprocess.run(command, cwd=tmp_path, timeout=60, check=False).returncode == 0
    assert (tmp_path / "null").read_text() == "[True, True, True]"


def test_it_opens_where_no_folder_of_ones_own_can_be_entered(tmp_path: Path) -> None:
    nowhere = str(tmp_path / ("long" * 100))  # as a folder without permission is to anybody but root
    kinds = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    assert open_window(**dict.fromkeys(kinds, nowhere))
