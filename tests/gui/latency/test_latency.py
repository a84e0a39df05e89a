"""The Latency tab at work: a real measurement in its own process, its outcome, cancel, exports."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mnist_bench.gui.latency.controller import LatencyController
from mnist_bench.gui.live.controller import LiveController
from mnist_bench.gui.live.live_samples import LiveSamples
from mnist_bench.gui.work.long_work import LongWork
from mnist_bench.gui.work.task import wait_for_tasks
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.results.format import save_result
from mnist_bench.bench.results.result import Result, only
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.latency.outcome import View, outcome_of, verdict_text
from tests.backends import NATIVE_INT8
from tests.bench.results.measured import measured
from tests.comparisons import BACKENDS, CALM, make_comparison
from tests.gui.answering import Answers
from tests.odd_engines import OddEngines

pytestmark = pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")

Made = tuple[LatencyController, LongWork]
RATIO, VERDICT, WARNINGS = 7, 8, 9


@pytest.fixture
def answers() -> Answers:
    """What the person answers in file dialogs."""
    return Answers()


@pytest.fixture
def make(qtbot: QtBot, themed: QApplication, tmp_path: Path, answers: Answers) -> Iterator[Callable[..., Made]]:
    made: list[tuple[LiveController, LongWork]] = []

    def controller(*backend_ids: str) -> Made:
        window = QWidget()
        qtbot.addWidget(window)
        work = LongWork(window)
        live = LiveController(LiveSamples(), OddEngines(), window)
        live.choose([find_backend(backend_id) for backend_id in backend_ids or ("native-fp32", "native-int8")])
        runs = KeptResults(tmp_path / "runs")
        latency = LatencyController(live, work, lambda: "digits-mlp", window, saved=runs, asker=answers)
        for tab in (latency.tab, latency.runs_tab):
            qtbot.addWidget(tab)
            tab.resize(1200, 280)
        latency.begin()
        qtbot.waitUntil(lambda: all(chart.frame for chart in latency.tab.view.charts.values()), timeout=20_000)
        latency.tab.show()
        made.append((live, work))
        return latency, work

    yield controller
    for live, work in made:
        work.cancel()
        assert wait_for_tasks(20)
        live.close(5)


def saved_to(path: Path) -> Result[Comparison]:
    return only(Comparison, [save_result(path, Result(measured()))])[0]


def cells(latency: LatencyController, row: int) -> list[str]:
    model = latency.tab.view.table.model()
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def verdict_color(latency: LatencyController) -> str:
    color = latency.tab.view.table.model().index(1, VERDICT).data(Qt.ItemDataRole.ForegroundRole)
    assert isinstance(color, QColor)
    return color.name()


def test_a_benchmark_is_measured_shown_and_kept(qtbot: QtBot, make: Callable[..., Made], tmp_path: Path) -> None:
    latency, work = make()
    progress: list[object] = []
    work.progressed.connect(progress.append)
    latency.tab.processes.setValue(2)
    latency.tab.seconds.setValue(0.2)
    with qtbot.waitSignal(latency.shown, timeout=60_000):
        latency.tab.benchmark_button.click()
        assert not latency.tab.benchmark_button.isVisible()
        assert latency.tab.cancel_button.isVisible()
        assert "Drawing meanwhile disturbs it" in latency.tab._words.line()
        assert "are being measured" in latency.tab._empty.text(), "not to press what is pressed"
    assert "digits-mlp · SingleStream" in latency.tab._words.line()
    assert latency.tab.benchmark_button.isVisible()
    outcome = latency.tab.view.outcome
    assert outcome is not None
    assert [line.run.backend for line in outcome.lines] == ["native-fp32", "native-int8"]
    assert outcome.lines[0].is_baseline
    assert outcome.lines[1].ratio is not None
    assert cells(latency, 0)[VERDICT] == "baseline"
    assert cells(latency, 1)[RATIO].count(" x (") == 1
    assert WarningKind.TOO_FEW_SAMPLES in [warning.kind for warning in outcome.lines[0].warnings]
    saved = KeptResults(tmp_path / "runs")
    (kept,) = only(Comparison, [saved.load(id_) for id_ in saved.ids()])
    assert kept.value.settings.processes == 2
    assert kept.value.model == "digits-mlp"
    qtbot.waitUntil(lambda: [one.id for one in latency.runs_tab.table.rows()] == [kept.id], timeout=20_000)
    assert progress


def test_cancel_keeps_what_was_measured(qtbot: QtBot, make: Callable[..., Made]) -> None:
    latency, work = make()
    latency.tab.seconds.setValue(60)
    told: list[str] = []
    latency.message.connect(told.append)
    with qtbot.waitSignal(latency.shown, timeout=60_000):
        latency.tab.benchmark_button.click()
        done: list[int] = []
        work.progressed.connect(lambda progress: done.append(progress.done))
        qtbot.waitUntil(lambda: bool(done) and done[-1] >= 6, timeout=30_000)
        latency.tab.cancel_button.click()
    outcome = latency.tab.view.outcome
    assert outcome is not None
    assert not outcome.files[0].value.complete
    assert outcome.note.startswith("Cancelled")
    assert told == ["Cancelled; what was measured is kept."]
    assert not work.is_busy


def test_a_failure_of_the_process_is_told(qtbot: QtBot, make: Callable[..., Made], tmp_path: Path) -> None:
    latency, work = make()
    (tmp_path / "runs").write_text("a file where the folder should be")
    with qtbot.waitSignal(work.failed, timeout=60_000) as failed:
        latency.tab.processes.setValue(1)
        latency.tab.seconds.setValue(0.1)
        latency.tab.benchmark_button.click()
    assert "runs" in str(failed.args[0])
    assert latency.tab.benchmark_button.isEnabled()


def test_ratios_follow_the_time_that_is_compared(qtbot: QtBot, make: Callable[..., Made], tmp_path: Path) -> None:
    latency, _ = make()
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([saved_to(tmp_path / "run-a.json")])
    by_compute = cells(latency, 1)[RATIO]
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.tab.by.setCurrentIndex(1)
    assert latency.tab.view.outcome is not None
    assert latency.tab.view.outcome.by is TimeKind.ROUND_TRIP
    assert cells(latency, 1)[RATIO] != by_compute


def test_several_files_are_compared_with_a_word_of_caution(
    qtbot: QtBot, make: Callable[..., Made], tmp_path: Path
) -> None:
    latency, _ = make()
    files = [saved_to(tmp_path / f"run-{name}.json") for name in "ab"]
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files(files)
    outcome = latency.tab.view.outcome
    assert outcome is not None
    assert len(outcome.lines) == 4
    assert "Not measured side by side" in outcome.note
    assert [line.is_baseline for line in outcome.lines] == [True, False, False, False]


@pytest.mark.parametrize("kind", [0, 1])
def test_charts_and_samples_are_exported(
    qtbot: QtBot, make: Callable[..., Made], answers: Answers, tmp_path: Path, kind: int
) -> None:
    latency, _ = make()
    saved = saved_to(tmp_path / "run-a.json")
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([saved])
    latency.tab.view.kind.setCurrentIndex(kind)
    for ending, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".csv", b"backend,batch,process,block")):
        answers.path = tmp_path / f"chart{ending}"
        with qtbot.waitSignal(latency.tab.view.message):
            latency.tab.view.export_button.click()
        assert (tmp_path / f"chart{ending}").read_bytes().startswith(start)


def test_a_hot_loop_is_compared_by_compute_whatever_is_wanted(
    qtbot: QtBot, make: Callable[..., Made], tmp_path: Path
) -> None:
    latency, _ = make()
    latency.tab.by.setCurrentIndex(1)
    comparison = make_comparison(settings=Settings(Scenario.HOT_LOOP, processes=5, blocks=2, runs=500))
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([Result(comparison, path=tmp_path / "run-a.json")])
    outcome = latency.tab.view.outcome
    assert outcome is not None
    assert outcome.by is TimeKind.COMPUTE
    assert outcome.lines[1].ratio is not None
    assert "no round trips" in outcome.note


def test_settings_are_what_the_boxes_say(make: Callable[..., Made]) -> None:
    latency, _ = make()
    tab = latency.tab
    assert tab.settings == Settings()
    assert not tab.batches.isVisible()
    tab.scenario.setCurrentIndex(list(Scenario).index(Scenario.OFFLINE))
    assert tab.batches.isVisible()
    assert tab.settings.batches == (1, 10, 100)
    tab.batches.setText("4, 8")
    tab.processes.setValue(3)
    tab.seconds.setValue(2.5)
    tab.runs.setValue(400)
    tab.cool_down.setValue(0.5)
    assert tab.settings == Settings(
        Scenario.OFFLINE, processes=3, seconds=2.5, runs=400, batches=(4, 8), cool_down_s=0.5
    )


@pytest.mark.parametrize("text", ["", "1,,2", "ten", "1,1", "0", "101", "٣"])
def test_batches_that_cannot_be_are_told_and_nothing_begins(qtbot: QtBot, make: Callable[..., Made], text: str) -> None:
    latency, work = make()
    latency.tab.scenario.setCurrentIndex(list(Scenario).index(Scenario.OFFLINE))
    latency.tab.batches.setText(text)
    with qtbot.waitSignal(latency.failed) as failed:
        latency.tab.benchmark_button.click()
    assert failed.args[0].advice
    assert not work.is_busy


def test_warnings_are_listed_once_with_whom_they_concern(
    qtbot: QtBot, make: Callable[..., Made], tmp_path: Path
) -> None:
    latency, _ = make()
    comparison = make_comparison(
        settings=Settings(processes=3, blocks=2, runs=240), conditions=replace(CALM, others_busy=1.4)
    )
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([Result(comparison, path=tmp_path / "run-a.json")])
    view = latency.tab.view
    assert cells(latency, 0)[WARNINGS] == "⚠ 2"
    assert view.kind.itemText(2) == "Warnings (2)"
    view.kind.setCurrentIndex(list(View).index(View.WARNINGS))
    assert view.warnings.isVisible()
    words = view.warnings.toPlainText()
    assert words.count("busy machine") == 1
    assert f"{WarningKind.BUSY_MACHINE.advice}\nAll: other programs kept 1.4 of 4 processors busy." in words
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([Result(make_comparison(), path=tmp_path / "run-b.json")])
    assert view.warnings.toPlainText() == "Nothing speaks against these figures."


def test_the_same_backend_of_another_file_has_its_colour_but_a_hollow_mark_and_a_number(
    qtbot: QtBot, make: Callable[..., Made], tmp_path: Path
) -> None:
    latency, _ = make()
    files = [Result(make_comparison(), path=tmp_path / f"run-{name}.json") for name in "ab"]
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files(files)
    view = latency.tab.view
    assert cells(latency, 2)[0] == "#2 PyTorch fp32"
    styles = view._styles
    assert [(style.color, style.marker) for style in styles[2:]] == [(one.color, one.marker) for one in styles[:2]]
    assert [style.is_filled for style in styles] == [True, True, False, False]


def test_a_backend_looks_the_same_in_results_before_and_after_it_is_chosen(
    qtbot: QtBot, make: Callable[..., Made], tmp_path: Path
) -> None:
    latency, _ = make("native-fp32")
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([Result(make_comparison(BACKENDS), path=tmp_path / "run-a.json")])
    before = [(style.color, style.marker) for style in latency.tab.view._styles]
    latency._live.choose([find_backend(backend_id) for backend_id in BACKENDS[3:]])
    cards = {place.backend.id: (place.style.color, place.style.marker) for place in latency._live.places}
    assert [cards[backend_id] for backend_id in BACKENDS[3:]] == before[3:]
    assert len(set(before)) == len(BACKENDS)


def test_a_backend_that_failed_says_so_in_words(tmp_path: Path) -> None:
    comparison = make_comparison(BACKENDS[:3], failures={BACKENDS[1]: "It ended."})
    outcome = outcome_of([Result(comparison, path=tmp_path / "run-a.json")], TimeKind.COMPUTE)
    assert [verdict_text(line) for line in outcome.lines] == ["baseline", "✗ failed", "≈ no difference shown"]
    assert "QNNPACK int8: It ended." in outcome.note


def test_verdicts_follow_light_and_dark(qtbot: QtBot, make: Callable[..., Made], tmp_path: Path) -> None:
    latency, _ = make()
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([Result(make_comparison(), path=tmp_path / "run-a.json")])
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for scheme in (SchemeChoice.LIGHT, SchemeChoice.DARK):
        theme.apply(app, scheme)
        qtbot.waitUntil(lambda: verdict_color(latency) == theme.current().good)


def test_samples_of_several_files_are_exported_with_their_names(
    qtbot: QtBot, make: Callable[..., Made], answers: Answers, tmp_path: Path
) -> None:
    latency, _ = make()
    files = [saved_to(tmp_path / f"run-{name}.json") for name in "ab"]
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files(files)
    answers.path = tmp_path / "both.csv"
    with qtbot.waitSignal(latency.tab.view.message):
        latency.tab.view.export_button.click()
    with (tmp_path / "both.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["file"] for row in rows} == {"run-a.json", "run-b.json"}
    assert len(rows) == sum(len(run.compute_ns) for saved in files for run in saved.value.runs)


def test_a_report_under_another_name_is_refused(
    qtbot: QtBot, make: Callable[..., Made], answers: Answers, tmp_path: Path
) -> None:
    latency, work = make()
    answers.path = tmp_path / "report.txt"
    with qtbot.waitSignal(work.failed, timeout=30_000) as failed:
        latency.runs_tab.report_requested.emit([Result(make_comparison(), path=tmp_path / "run-a.json")])
    assert "ends in .html or .md" in str(failed.args[0])
    assert not (tmp_path / "report.txt").exists()


def test_a_report_of_saved_runs_is_written(
    qtbot: QtBot, make: Callable[..., Made], answers: Answers, tmp_path: Path
) -> None:
    latency, _ = make()
    answers.path = tmp_path / "report.html"
    with qtbot.waitSignal(latency.message, timeout=30_000) as told:
        latency.runs_tab.report_requested.emit([Result(make_comparison(), path=tmp_path / "run-a.json")])
    assert "report.html" in told.args[0]
    assert b"PyTorch fp32" in (tmp_path / "report.html").read_bytes()


def test_all_controls_fit_into_the_smallest_window(qtbot: QtBot, make: Callable[..., Made], tmp_path: Path) -> None:
    latency, _ = make()
    latency.tab.scenario.setCurrentIndex(list(Scenario).index(Scenario.OFFLINE))
    with qtbot.waitSignal(latency.shown, timeout=20_000):
        latency.show_files([Result(make_comparison(BACKENDS), path=tmp_path / "run-a.json")])
    assert latency.tab.minimumSizeHint().width() <= 1280
    assert latency.tab.minimumSizeHint().height() <= 200


def test_an_outcome_tells_a_verdict_without_colour(tmp_path: Path) -> None:
    outcome = outcome_of([saved_to(tmp_path / "run-a.json")], TimeKind.COMPUTE)
    assert [verdict_text(line) for line in outcome.lines] == ["baseline", "▲ slower"]
