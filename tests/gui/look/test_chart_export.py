"""Charts saved as pictures and figures."""

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.errors import InputError
from mnist_bench.gui.look.chart_export import ALL_KINDS, export_chart, write_chart


@pytest.fixture
def chart(qtbot: QtBot, themed: QApplication) -> QLabel:
    label = QLabel("reliability")
    label.setAccessibleName("A chart <of> its own")
    label.resize(200, 100)
    qtbot.addWidget(label)
    label.show()
    return label


def figures() -> bytes:
    return b"bin,images\n"


def test_a_picture_is_as_large_as_the_chart(chart: QLabel, tmp_path: Path) -> None:
    write_chart(chart, tmp_path / "chart.PNG", figures)
    assert QImage(str(tmp_path / "chart.PNG")).width() == 200


def test_an_svg_has_text_as_text(chart: QLabel, tmp_path: Path) -> None:
    write_chart(chart, tmp_path / "chart.svg", figures)
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
    write_chart(plot, tmp_path / "plot.svg", figures)
    assert "confidence" in (tmp_path / "plot.svg").read_text()


def test_the_figures_are_written(chart: QLabel, tmp_path: Path) -> None:
    assert export_chart(chart, "a.csv", ALL_KINDS, figures, lambda *_: str(tmp_path / "a.csv")) == tmp_path / "a.csv"
    assert (tmp_path / "a.csv").read_bytes() == figures()


def test_a_name_without_an_ending_gets_the_suggested_one(chart: QLabel, tmp_path: Path) -> None:
    assert export_chart(chart, "a.svg", ALL_KINDS, figures, lambda *_: str(tmp_path / "b")) == tmp_path / "b.svg"
    assert (tmp_path / "b.svg").exists()


def test_who_gives_up_gets_no_file(chart: QLabel, tmp_path: Path) -> None:
    asked = []

    def give_up(parent: QWidget, title: str, name: str, kinds: str) -> str:
        asked.append((name, kinds))
        return ""

    assert export_chart(chart, "a.png", ALL_KINDS, figures, give_up) is None
    assert asked == [("a.png", "PNG picture (*.png);;SVG picture (*.svg);;CSV (*.csv)")]


def test_another_ending_is_refused_with_advice(chart: QLabel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.png, \.svg or \.csv"):
        write_chart(chart, tmp_path / "chart.pdf", figures)
    assert not (tmp_path / "chart.pdf").exists()
