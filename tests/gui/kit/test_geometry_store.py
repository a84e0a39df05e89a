"""What stands where the window's sizes are kept may be anything: the window opens all the same."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from mnist_bench.gui.kit.containers import geometry_store


@pytest.fixture
def native() -> Iterator[None]:
    before = QSettings.defaultFormat()
    QSettings.setDefaultFormat(QSettings.Format.NativeFormat)
    yield
    QSettings.setDefaultFormat(before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems keep settings elsewhere")
def test_a_named_pipe_is_not_waited_for(native: None, own_folders: Path) -> None:
    folder = own_folders / "xdg_config_home" / "mnist-bench"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "mnist-bench.conf")
    store = geometry_store()
    store.setValue("sizes", "7")
    store.sync()
    assert geometry_store().value("sizes") == "7"
