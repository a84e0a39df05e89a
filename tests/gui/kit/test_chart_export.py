"""Charts saved as pictures and figures."""

import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.gui.kit.chart_export import ALL_KINDS, ChartExport


class Asked:
    """What the person is asked, and answers; what came of it is what they are told."""

    def __init__(self, chart: QWidget, answer: str) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []
        self.told: list[str] = []
        self.failed: list[InputError] = []
        self.exporter = ChartExport(chart, self.choose)
        self.exporter.saved.connect(self.told.append)
        self.exporter.failed.connect(self.failed.append)

    def choose(self, _parent: QWidget, _title: str, name: str, kinds: str) -> str:
        self.asked.append((name, kinds))
        return self.answer

    def export(self, qtbot: QtBot, chart: QWidget, name: str = "a.png") -> None:
        self.exporter.export(chart, name, ALL_KINDS, figures)
        if self.answer:
            qtbot.waitUntil(lambda: bool(self.told or self.failed))


@pytest.fixture
def chart(qtbot: QtBot, themed: QApplication) -> QLabel:
    label = QLabel("reliability")
    label.setAccessibleName("A chart <of> its own")
    label.resize(200, 100)
    qtbot.addWidget(label)
    label.show()
    return label


def figures() -> bytes:
    assert threading.current_thread() is not threading.main_thread()
    return b"bin,images\n"


def test_a_picture_is_as_large_as_the_chart(qtbot: QtBot, chart: QLabel, tmp_path: Path) -> None:
    asked = Asked(chart, str(tmp_path / "chart.PNG"))
    asked.export(qtbot, chart)
    assert asked.told == [f"Saved {tmp_path / 'chart.PNG'}."]
    assert QImage(str(tmp_path / "chart.PNG")).width() == 200


def test_an_svg_has_text_as_text(qtbot: QtBot, chart: QLabel, tmp_path: Path) -> None:
    Asked(chart, str(tmp_path / "chart.svg")).export(qtbot, chart)
    written = (tmp_path / "chart.svg").read_text()
    assert "reliability</text>" in written
    assert 'viewBox="0 0 200 100"' in written
    assert "<title>A chart &lt;of&gt; its own</title>" in written


def test_an_svg_of_a_plot_has_its_axes(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    import pyqtgraph as pg  # type: ignore[import-untyped]  # it ships no types

    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    plot.setLabel("bottom", "confidence")
    plot.show()
    Asked(plot, str(tmp_path / "plot.svg")).export(qtbot, plot)
    assert "confidence" in (tmp_path / "plot.svg").read_text()


def test_the_figures_are_made_and_written_off_the_windows_thread(qtbot: QtBot, chart: QLabel, tmp_path: Path) -> None:
    Asked(chart, str(tmp_path / "a.csv")).export(qtbot, chart)
    assert (tmp_path / "a.csv").read_bytes() == b"bin,images\n"


def test_a_name_without_an_ending_gets_the_suggested_one(qtbot: QtBot, chart: QLabel, tmp_path: Path) -> None:
    Asked(chart, str(tmp_path / "b")).export(qtbot, chart, "a.svg")
    assert (tmp_path / "b.svg").exists()


def test_who_gives_up_gets_no_file(qtbot: QtBot, chart: QLabel) -> None:
    asked = Asked(chart, "")
    asked.export(qtbot, chart)
    assert asked.asked == [("a.png", "PNG picture (*.png);;SVG picture (*.svg);;CSV (*.csv)")]
    assert (asked.told, asked.failed) == ([], [])


def test_another_ending_is_refused_with_advice(qtbot: QtBot, chart: QLabel, tmp_path: Path) -> None:
    asked = Asked(chart, str(tmp_path / "chart.pdf"))
    asked.export(qtbot, chart)
    assert "ends in .png, .svg or .csv" in asked.failed[0].advice
    assert not (tmp_path / "chart.pdf").exists()


def test_a_folder_that_is_not_there_is_told(qtbot: QtBot, chart: QLabel, tmp_path: Path) -> None:
    asked = Asked(chart, str(tmp_path / "no such folder" / "chart.csv"))
    asked.export(qtbot, chart)
    assert isinstance(asked.failed[0], InputError)
    assert asked.told == []
