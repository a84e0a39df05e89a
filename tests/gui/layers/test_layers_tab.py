"""The Layers tab: its table, chart and exports, with round figures."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.plot import Plot
from mnist_bench.gui.layers.view import LayersView
from mnist_bench.session.session import Session
from tests.bench.layers.scripted import comparison, layers
from tests.gui.answering import Answers
from tests.gui.hearing import topic

FP32 = layers("torch-fp32", (10, 10, 20), whole_us=50)
NATIVE = replace(layers("native-fp32", (1, 1, 2), (math.inf, math.inf, 120)), peak=10**7)
INT8 = layers("qnnpack-int8:torchscript", (5, 5, 30), (math.inf, 35, 29.04), whole_us=20)


@pytest.fixture
def tab(qtbot: QtBot, session: Session) -> Iterator[LayersView]:
    tab = LayersView(session)
    qtbot.addWidget(tab)
    tab.resize(1100, 260)
    tab.begin()
    qtbot.waitUntil(lambda: tab.chart.frame is not None, timeout=20_000)
    tab.show()
    yield tab
    QToolTip.hideText()


def cells(tab: LayersView) -> list[list[str]]:
    model = tab.table.model()
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def plot_of(tab: LayersView) -> Plot:
    """The plot, with all there is drawn."""
    frame = tab.chart.frame
    assert frame is not None
    tab.chart.redraw()
    return frame.plots[0]


def test_it_says_what_to_do_until_there_is_something_to_show(tab: LayersView) -> None:
    assert not tab.table.isVisible()
    assert not tab.chart.export_action.isEnabled()
    assert not tab.export_button.isVisible()
    tab.show_comparison(replace(comparison(), failures={"torch-fp32": "It cannot run."}))
    assert not tab.table.isVisible()


def test_the_table_has_each_layer_the_sums_and_one_backends_differences(tab: LayersView) -> None:
    tab.show_comparison(comparison(FP32, NATIVE, INT8))
    assert tab.compared.currentText() == "QNNPACK int8 · TorchScript"  # the first int8 one
    assert cells(tab) == [
        ["0 max_pool2d", "10.0 µs", "1.00 µs", "5.00 µs", "identical", "0.500", "0.250"],
        ["1 flatten", "10.0 µs", "1.00 µs", "5.00 µs", "35.0 dB", "0.500", "0.250"],
        ["2 linear", "20.0 µs", "2.00 µs · 50 % of peak", "30.0 µs", "29.0 dB", "0.500", "0.250"],
        ["sum of the layers", "40.0 µs", "4.00 µs · 25 % of peak", "40.0 µs", "", "", ""],
        ["whole network", "50.0 µs", "4.00 µs · 25 % of peak", "20.0 µs", "", "", ""],
    ]
    tip = tab.table.model().headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "layers one by one: 2.00 x the whole (traced as qnnpack-int8" in tip


def test_another_backends_differences_can_be_chosen_and_stay_chosen(tab: LayersView) -> None:
    tab.show_comparison(comparison(FP32, NATIVE, INT8))
    tab.compared.setCurrentIndex(tab.compared.findData("native-fp32"))
    tab.compared.activated.emit(tab.compared.currentIndex())
    assert [row[4] for row in cells(tab)[:3]] == ["identical", "identical", "120 dB"]
    tab.show_comparison(comparison(FP32, NATIVE, INT8))
    assert tab.compared.currentData() == "native-fp32"


def test_without_a_reference_there_are_no_differences(tab: LayersView) -> None:
    tab.show_comparison(comparison(FP32))
    assert not tab.compared.isVisible()
    assert cells(tab)[2][2:] == ["–", "–", "–"]


def test_the_sentence_and_failures_are_said(tab: LayersView) -> None:
    tab.show_comparison(replace(comparison(FP32, INT8), failures={"native-int8": "It is gone."}))
    assert tab.sentence.text().startswith("Most time goes into linear 2 (50 % of PyTorch fp32).")
    assert tab.sentence.text().endswith("Native int8: It is gone.")
    assert "TorchScript traced as qnnpack-int8" in tab.detail.text()


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
def test_a_bar_tells_what_is_under_the_mouse(tab: LayersView) -> None:
    tab.show_comparison(comparison(FP32, INT8))
    plot = plot_of(tab)
    assert tab.chart.accessibleDescription() == "PyTorch fp32 40.0 µs; QNNPACK int8 · TorchScript 40.0 µs"
    assert plot.told_at(0.75, 0).startswith("PyTorch fp32, 2 linear: 20.0 µs (p10 18.0 µs, p90 24.0 µs), 50 % of")
    assert "10 multiply-adds, output 10" in plot.told_at(0.75, 0)
    assert plot.told_at(0.2, 1).startswith("QNNPACK int8 · TorchScript, 1 flatten: 5.00 µs")
    assert plot.told_at(1.01, 0) == plot.told_at(0.5, 0.5) == ""
    tab.absolute.setChecked(True)
    tab.chart.redraw()
    assert plot.told_at(30_000, 0).startswith("PyTorch fp32, 2 linear")


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_hovering_shows_the_tip(tab: LayersView) -> None:
    tab.show_comparison(comparison(FP32))
    plot = plot_of(tab)
    place = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(0.75, 0)))
    tip = QHelpEvent(QEvent.Type.ToolTip, place, plot.mapToGlobal(place))
    QApplication.sendEvent(plot.viewport(), tip)
    assert QToolTip.text().startswith("PyTorch fp32, 2 linear")


def test_bars_of_many_backends_are_never_thinner_than_a_line(tab: LayersView) -> None:
    tab.show_comparison(comparison(*[replace(FP32, backend_id=str(number)) for number in range(6)]))
    plot = plot_of(tab)
    assert plot.minimumHeight() > 6 * plot.fontMetrics().height()


def test_it_follows_light_and_dark(tab: LayersView, themed: QApplication) -> None:
    tab.show_comparison(comparison(FP32))
    plot = plot_of(tab)
    theme.apply(themed, theme.SchemeChoice.DARK)
    assert plot.backgroundBrush().color().name() == theme.current().surface
    theme.apply(themed, theme.SchemeChoice.LIGHT)


@pytest.mark.parametrize("ending", ["png", "svg", "csv"])
def test_it_is_exported(
    qtbot: QtBot, session: Session, tab: LayersView, answers: Answers, tmp_path: Path, ending: str
) -> None:
    tab.show_comparison(comparison(FP32, INT8))
    out = tmp_path / f"layers.{ending}"
    answers.path = out
    with qtbot.waitSignal(topic(session.message)) as told:
        tab.export_button.click()
    assert told.args == [f"Saved {out}."]
    if ending == "csv":
        assert out.read_text().count("\ntorch-fp32,") == 3
    else:
        assert QImage(str(out)).width() > 200 or ending == "svg"


def test_an_export_that_fails_is_told_and_giving_up_is_no_failure(
    qtbot: QtBot, session: Session, tab: LayersView, answers: Answers, tmp_path: Path
) -> None:
    tab.show_comparison(comparison(FP32))
    with qtbot.assertNotEmitted(topic(session.failed)):
        tab.export_button.click()
    answers.path = tmp_path / "no such folder" / "layers.png"
    with qtbot.waitSignal(topic(session.failed)):
        tab.export_button.click()


def test_styles_mark_the_backends_in_the_table(tab: LayersView) -> None:
    tab.show_comparison(comparison(FP32, INT8))
    model, role = tab.table.model(), Qt.ItemDataRole.DecorationRole
    marks = [model.headerData(column, Qt.Orientation.Horizontal, role) for column in (1, 2)]
    assert all(mark is not None for mark in marks)
