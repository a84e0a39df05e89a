"""What the Latency tab says first, how it is told what to measure, and what it remembers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Preset, Scenario
from mnist_bench.bench.report.contents import contents_of
from mnist_bench.bench.results.result import Kind, Result
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.bridge import Bridge
from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.gui.latency.outcome_view import View
from mnist_bench.gui.latency.view import LatencyView
from mnist_bench.gui.window import MainWindow
from mnist_bench.network.wire import network_hash
from mnist_bench.session.results import AnyResult
from mnist_bench.session.session import Session
from tests.bench.results.measured import traced
from tests.comparisons import BACKENDS, CALM, make_comparison
from tests.gui.conftest import MakeWindow
from tests.odd_engines import OddEngines


@pytest.fixture
def make(qtbot: QtBot, themed: QApplication) -> Iterator[Callable[[], LatencyView]]:
    """Makes views without a window around them, each over a session of its own."""
    made_so_far: list[tuple[Session, QWidget]] = []

    def view() -> LatencyView:
        session, window = Session(make_engine=OddEngines(), access={}), QWidget()
        made_so_far.append((session, window))
        Bridge(session.inbox, window)
        made = LatencyView(session)
        for widget in (window, made):
            qtbot.addWidget(widget)
        made.resize(900, 500)
        made.begin()
        made.show()
        return made

    yield view
    for session, _window in made_so_far:
        session.close()


@pytest.fixture
def view(make: Callable[[], LatencyView]) -> LatencyView:
    """One of them."""
    return make()


def view_of(window: MainWindow) -> LatencyView:
    """The window's, in front."""
    view = window.tabs.views["Latency"]
    assert isinstance(view, LatencyView)
    window.tabs.setCurrentWidget(view)
    return view


def show(qtbot: QtBot, view: LatencyView, *comparisons: Comparison) -> LatencyView:
    """Shows these results, as if they had been kept."""
    results: list[AnyResult] = [Result(one, path=Path(f"{number}.json")) for number, one in enumerate(comparisons)]
    view._session.results.show(results)
    qtbot.waitUntil(lambda: view.shown.outcome is not None and not view._is_analysing, timeout=20_000)
    return view


def of_network(window: MainWindow, comparison: Comparison) -> Comparison:
    """As if it had been measured with the window's network."""
    assert window.session.live.network is not None
    sha = network_hash(window.session.live.network)
    return replace(comparison, conditions=replace(comparison.conditions, network_sha256=sha))


def test_the_answer_comes_first_as_text_that_can_be_copied(qtbot: QtBot, view: LatencyView) -> None:
    tab = show(qtbot, view, make_comparison(BACKENDS[:2]))
    assert tab.answer.text().startswith("QNNPACK int8 is 1.24 x faster than PyTorch fp32 (1.2")
    assert tab.answer.isVisible()
    assert tab.answer.mapTo(tab, QPoint()).y() < tab.fields.processes.mapTo(tab, QPoint()).y()
    tab.answer.setSelection(0, len(tab.answer.text()))
    QTest.keyClick(tab.answer, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == tab.answer.text()


def test_the_fastest_backend_and_what_int8_gains_follow(qtbot: QtBot, view: LatencyView) -> None:
    four = make_comparison(BACKENDS[:4])
    words = show(qtbot, view, four).answer.text()
    assert words.index("Native int8 is 3.") < words.index("\nFastest on this computer: Native int8, 3.")
    assert "Native int8 is 3.7" in words.partition("Fastest")[2]
    assert "faster than its fp32" in words
    show(qtbot, view, four, make_comparison(BACKENDS[:2]))
    assert "Fastest" not in view.answer.text(), "results of different times were not measured side by side"


def test_why_analyses_the_layers_of_the_same_network_and_leads_to_them(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    tab = show(qtbot, view_of(window), of_network(window, make_comparison(BACKENDS[:2])))
    QTest.mouseClick(tab.why_button, Qt.MouseButton.LeftButton)
    assert window.tabs.currentWidget() is window.tabs.views["Layers"]
    assert window.session.measuring.kind is Kind.LAYERS
    assert not tab.why_button.isEnabled(), "one thing at a time"
    qtbot.waitUntil(lambda: not window.session.jobs.is_busy, timeout=20_000)


def test_why_shows_an_analysis_that_is_there_without_another(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.session.results.show([Result(traced(), path=Path("layers.json"))])
    tab = show(qtbot, view_of(window), make_comparison(BACKENDS[:2]))
    assert window.tabs.currentWidget() is tab
    tab.why_button.click()
    assert window.tabs.currentWidget() is window.tabs.views["Layers"]
    assert not window.session.jobs.is_busy


def test_why_of_another_network_says_what_to_do(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    told: list[str] = []
    window.session.message.subscribe(told.append)
    tab = show(qtbot, view_of(window), make_comparison(BACKENDS[:2]))
    tab.why_button.click()
    assert told[-1].startswith("That was measured with another network.")
    assert window.tabs.currentWidget() is tab


def test_an_estimate_stands_in_for_the_answer_while_it_measures(qtbot: QtBot, view: LatencyView) -> None:
    tab = show(qtbot, view, make_comparison(BACKENDS[:2]))
    before = tab.answer.text()
    view._session.measuring._set_kind(Kind.LATENCY)
    view._session.measuring.estimated.publish("It is faster.")
    assert tab.answer.text() == "So far: It is faster."
    assert not tab.why_button.isVisible()
    view._session.measuring._set_kind(None)
    assert tab.answer.text() == before


def test_nobody_is_told_to_begin_what_has_just_been_measured(view: LatencyView) -> None:
    def said() -> str:
        return "".join(one.text() for one in view.findChildren(QLabel) if one.property("role") == "empty")

    assert "Press “Benchmark”" in said()
    view._session.measuring._set_kind(Kind.LATENCY)
    view._session.measuring._set_kind(None)
    view._session.results.show([Result(make_comparison(BACKENDS[:2]), path=Path("one.json"))])
    assert "Press “Benchmark”" not in said(), "Its intervals are being computed."


def test_presets_follow_the_fields_and_fields_the_presets(view: LatencyView) -> None:
    fields = view.fields
    assert fields.preset.currentText() == "normal"
    fields.preset.setCurrentText("quick")
    assert (fields.processes.value(), fields.seconds.value()) == (5, 1.0)
    assert fields.settings == Preset.QUICK.apply(fields.settings)
    fields.processes.setValue(6)
    assert fields.preset.currentText() == "custom"
    fields.preset.setCurrentText("thorough")
    assert (fields.processes.value(), fields.settings.seconds) == (30, None)
    fields.cool_down.setValue(2)
    assert fields.preset.currentText() == "thorough", "which says nothing of a cool-down"


def test_settings_are_there_the_next_time(make: Callable[[], LatencyView]) -> None:
    first = make()
    fields = first.fields
    fields.scenario.setCurrentIndex(fields.scenario.findData(Scenario.OFFLINE))
    fields.batches.setText("1,32")
    fields.processes.setValue(4)
    wanted = fields.settings
    fields.batches.setText("1,32,")
    first.by.setCurrentIndex(1)
    first.shown.kind.setCurrentIndex(2)
    first._session.close()
    tab = make()
    assert tab.fields.settings == wanted, "and what is half-typed is not kept"
    assert tab.fields.batches.isEnabled()
    assert (tab.by.currentIndex(), tab.shown.kind.currentIndex()) == (1, 2)


def test_every_field_has_a_name_beside_it(qtbot: QtBot, view: LatencyView) -> None:
    tab = show(qtbot, view, make_comparison(BACKENDS[:2]), make_comparison(BACKENDS[:2]))
    tab.fields.scenario.setCurrentIndex(tab.fields.scenario.findData(Scenario.OFFLINE))
    kinds = (QComboBox, QAbstractSpinBox, QLineEdit)
    fields = [one for kind in kinds for one in tab.findChildren(kind) if one.objectName() != "qt_spinbox_lineedit"]
    assert len(fields) == 10
    for field in fields:
        assert field.accessibleName()
        pair = field.parentWidget()
        assert pair is not None
        assert any(label.text() and label.isVisible() for label in pair.findChildren(QLabel)), field.accessibleName()


@pytest.mark.parametrize(("size", "text"), [((960, 600), 100), ((1280, 720), 150), ((1366, 700), 150)])
def test_nothing_is_clipped(qtbot: QtBot, make_window: MakeWindow, size: tuple[int, int], text: int) -> None:
    window = make_window(backends=BACKENDS)
    theme.apply(QApplication.instance(), theme.SchemeChoice.LIGHT, text)  # type: ignore[arg-type]
    tab = show(qtbot, view_of(window), make_comparison(BACKENDS), make_comparison(BACKENDS, seed=2))
    tab.fields.scenario.setCurrentIndex(tab.fields.scenario.findData(Scenario.OFFLINE))
    window.resize(*size)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size)
    QApplication.processEvents()
    shown: list[QWidget] = [*tab.findChildren(QPushButton), *tab.findChildren(QComboBox), *tab.findChildren(QLabel)]
    for widget in [*shown, *tab.findChildren(QAbstractSpinBox)]:
        if widget.isVisible() and widget is not tab._words and not tab.shown.isAncestorOf(widget):
            corner = widget.mapTo(tab, widget.rect().bottomRight())
            assert tab.rect().contains(corner), widget
            assert widget.width() >= widget.minimumSizeHint().width(), widget
    assert tab.answer.height() >= tab.answer.heightForWidth(tab.answer.width())
    assert tab.shown.height() >= 200, "the table and the chart keep room"
    theme.apply(QApplication.instance(), theme.SchemeChoice.LIGHT, 100)  # type: ignore[arg-type]


def test_each_backend_can_be_compared_with_itself_in_the_first(qtbot: QtBot, view: LatencyView) -> None:
    tab = show(qtbot, view, make_comparison(BACKENDS[:2]))
    assert not tab.against.isVisible(), "there is one result"
    later = make_comparison(BACKENDS[:2], scales=(1.5, 0.81))
    tab = show(qtbot, view, make_comparison(BACKENDS[:2]), later)
    assert tab.against.isVisible()
    assert "than #1 PyTorch fp32" in tab.answer.text()
    tab.against.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not tab._is_analysing, timeout=20_000)
    outcome = tab.shown.outcome
    assert outcome is not None
    assert [line.is_baseline for line in outcome.lines] == [True, True, False, False]
    assert "slower than #1 PyTorch fp32 (" in tab.answer.text()
    assert "#2 QNNPACK int8 shows no difference from #1 QNNPACK int8" in tab.answer.text()


def test_the_window_and_the_report_show_one_transport(qtbot: QtBot, view: LatencyView) -> None:
    comparison = make_comparison(BACKENDS[:2])
    tab = show(qtbot, view, comparison)
    model = tab.shown.table.model()
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    in_window = [model.index(row, titles.index("Transport\np50")).data() for row in range(2)]
    header, *rows = contents_of(comparison, TimeKind.COMPUTE).around
    assert in_window == [row[header.index("transport")] for row in rows]


def test_no_warning_advises_what_would_be_refused(qtbot: QtBot, view: LatencyView) -> None:
    """PyTorch cannot be pinned to a core; native can."""
    uneven = make_comparison(("torch-fp32", "native-fp32"))
    runs = tuple(
        replace(
            run,
            blocks=tuple(
                replace(block, compute_ns=block.compute_ns * (1 + 2 * (block.process % 2))) for block in run.blocks
            ),
        )
        for run in uneven.runs
    )
    tab = show(qtbot, view, replace(uneven, runs=runs, conditions=CALM))
    text = tab.shown.warnings.toPlainText()
    assert "unstable" in text
    assert "native-fp32:core0" in text
    assert "torch-fp32:core" not in text


def test_a_mark_hides_no_interval(qtbot: QtBot, view: LatencyView) -> None:
    """However narrow it is, the interval's ends reach beyond the mark."""
    tab = show(qtbot, view, make_comparison(BACKENDS[:2]))
    tab.shown.kind.setCurrentIndex(tab.shown.kind.findData(View.RATIOS))
    chart = tab.shown.charts[View.RATIOS]
    qtbot.waitUntil(lambda: chart.frame is not None, timeout=20_000)
    assert chart.frame is not None
    plot = chart.frame.plots[0]
    chart.redraw()
    color = backend_style(1).color.lower()

    def height() -> int:
        image = plot.grab().toImage()
        width = range(int(plot.getAxis("left").width()) + 2, image.width())
        rows = [y for y in range(image.height()) if any(image.pixelColor(x, y).name() == color for x in width)]
        return rows[-1] - rows[0] + 1 if rows else 0

    qtbot.waitUntil(lambda: height() > 0)
    assert height() > 10
