"""The Network tab."""

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from mnist_bench.gui.network.view import NetworkView
from mnist_bench.gui.window import MainWindow
from mnist_bench.network.bundled import load_network
from mnist_bench.network.model_file import write_model_file
from mnist_bench.network.wire import network_hash
from tests.gui.conftest import MakeWindow
from tests.networks import tiny_network
from tests.odd_engines import without_quantization


def tab_of(window: MainWindow) -> NetworkView:
    tab = window.tabs.views["Network"]
    assert isinstance(tab, NetworkView)
    return tab


def test_the_chosen_network_is_told_operator_by_operator_and_with_its_hash(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    window = make_window()
    tab = tab_of(window)
    network = window.session.live.network
    assert network is not None
    assert "SHA-256: …" in tab.text(), "It is not worked out before somebody looks."
    window.tabs.setCurrentWidget(window.tabs.views["Network"])
    qtbot.waitUntil(lambda: network_hash(network) in tab.text())
    assert tab.table.cells()[0][:4] == ["0 conv2d", "3 x 3, padding 1", "1 x 28 x 28", "32 x 28 x 28"]
    assert f"{network.parameter_count:,} parameters" in tab.text()
    assert "It runs in fp32, fp16, bf16 and int8." in tab.text()
    tab.copy_button.click()
    assert QGuiApplication.clipboard().text() == tab.text()


def test_every_column_can_be_seen_without_scrolling(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    tab = tab_of(window)
    window.resize(1280, 720)
    window.session.networks.choose("digits-cnn")
    window.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: tab.table.isVisible() and "digits-cnn" in tab.text())
    assert "Output scale\tZero point" in tab.table.text()
    assert tab.table.horizontalScrollBar().maximum() == 0


def test_another_network_takes_its_place(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    path = tmp_path / "plain.safetensors"
    write_model_file(path, without_quantization(tiny_network()))
    window = make_window()
    tab = tab_of(window)
    window.session.networks.choose(str(path))
    qtbot.waitUntil(lambda: str(path) in tab.text())
    assert [row[0] for row in tab.table.cells()] == ["0 max_pool2d", "1 flatten", "2 linear"]
    assert "quantize it to run it in int8" in tab.text()
    assert "Zero point" not in tab.table.text()
    window.tabs.setCurrentWidget(window.tabs.views["Network"])
    qtbot.waitUntil(lambda: network_hash(without_quantization(tiny_network())) in tab.text())
    window.session.networks.choose("digits-mlp")
    qtbot.waitUntil(lambda: network_hash(load_network("digits-mlp")) in tab.text())
