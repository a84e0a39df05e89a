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
        self.close()

app.MainWindow = Window
sys.exit(app.run_window())
"""


def open_window(**environment: str) -> str:
    """What the program prints when its window has been painted."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_neither_torch_nor_anything_slow_is_imported_before_the_window_is_painted() -> None:
    assert open_window() == "painted without torch scipy pyqtgraph requests pooch rich adbutils"


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
    assert "painted" in open_window(LOCPATH=str(tmp_path), LC_ALL=name)
