"""Measuring and kept results in the whole window: which tab is in front, and closing in the middle."""

import gc
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_bench.bench.results.result import Kind
from mnist_bench.gui.latency.view import LatencyView
from mnist_bench.gui.runs.view import RunsView
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.results import Row
from tests.backends import NATIVE_INT8
from tests.bench.results.measured import one_of_each
from tests.gui.conftest import MakeWindow

NATIVE = ("native-fp32", "native-int8")
needs_native = pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")


def in_front(window: MainWindow) -> str:
    return window.tabs.tabText(window.tabs.currentIndex())


def latency_of(window: MainWindow) -> LatencyView:
    view = window.tabs.views["Latency"]
    assert isinstance(view, LatencyView)
    return view


@needs_native
def test_f5_benchmarks_and_shows_the_latency_tab(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(backends=NATIVE)
    fields = latency_of(window).fields
    fields.processes.setValue(1)
    fields.seconds.setValue(0.1)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_F5)
    assert window.session.measuring.kind is Kind.LATENCY
    assert in_front(window) == "Latency"
    window.tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: latency_of(window).shown.outcome is not None, timeout=60_000)
    assert in_front(window) == "Latency"


@needs_native
def test_closing_during_a_benchmark_says_nothing_and_leaves_nothing(
    qtbot: QtBot, make_window: MakeWindow, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    window = make_window(backends=NATIVE)
    window.tools.benchmark_requested.emit()
    qtbot.waitUntil(lambda: (told := window.session.jobs.progress) is not None and told.done >= 2, timeout=30_000)
    with qtbot.waitSignal(window.closed):
        window.close()
    for thread in threading.enumerate():
        if thread.name == "Benchmark":
            thread.join(10)
    window.deleteLater()
    qtbot.wait(0)
    gc.collect()
    said = capfd.readouterr()
    assert "Error" not in said.err + said.out
    assert not [one for one in recwarn if "hread" in str(one.category)]
    assert "Benchmark" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(("kind", "tab"), [(Kind.LATENCY, "Latency"), (Kind.LAYERS, "Layers")])
def test_what_is_chosen_in_the_runs_tab_is_shown_in_front(
    qtbot: QtBot, make_window: MakeWindow, kind: Kind, tab: str
) -> None:
    window = make_window()
    for value in one_of_each():
        window.session.results.kept.add(value)
    runs = window.tabs.views["Runs"]
    assert isinstance(runs, RunsView)
    window.tabs.setCurrentWidget(runs)
    qtbot.waitUntil(lambda: len(runs.table.rows()) == 3)
    place = [kind_of(row) for row in runs.table.rows()].index(kind)
    runs.table.select_row(place)
    runs.table.setFocus()
    QTest.keyClick(runs.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: in_front(window) == tab, timeout=20_000)


def kind_of(row: Row) -> Kind | None:
    return None if row.overview is None else row.overview.kind
