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
