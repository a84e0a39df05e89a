"""The Latency tab at work: a real measurement in its own process, its outcome, cancel, exports."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import UsageError
from mnist_bench.bench.latency.analysis import TimeKind
from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario, Settings
from mnist_bench.bench.results.format import save_result
from mnist_bench.bench.results.outcome import outcome_of, verdict_text
from mnist_bench.bench.results.result import Result, only
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.latency.outcome_view import View
from mnist_bench.gui.latency.view import LatencyView
from mnist_bench.session.session import Session
from tests.backends import NATIVE_INT8
from tests.bench.results.measured import measured
from tests.comparisons import BACKENDS, CALM, make_comparison
from tests.gui.answering import Answers
from tests.gui.hearing import topic
from tests.sessions import MakeSession

pytestmark = pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")

RATIO, VERDICT, WARNINGS = 7, 8, 9


class Bench:
    """The tab on a session, and what a person answers in file dialogs."""

    def __init__(self, qtbot: QtBot, session: Session, answers: Answers) -> None:
        self.qtbot = qtbot
        self.session = session
        self.answers = answers
        self.told: list[str] = []
        self.failed: list[Exception] = []
        self.tab = LatencyView(session)
        qtbot.addWidget(self.tab)
        session.message.subscribe(self.told.append)
        session.failed.subscribe(self.failed.append)
        self.tab.resize(1200, 280)
        self.tab.begin()
        qtbot.waitUntil(lambda: all(chart.frame for chart in self.tab.shown.charts.values()), timeout=20_000)
        self.tab.show()
        qtbot.waitUntil(lambda: all(state.can_answer for state in session.live.backends), timeout=20_000)

    def show(self, *results: Result[Comparison]) -> None:
        """Shows these, and waits until their figures are there."""
        with self.new_outcome():
            self.session.results.show(results)

    @contextmanager
    def new_outcome(self) -> Iterator[None]:
        """Waits at its end until another outcome is shown than at its beginning."""
        before = self.tab.shown.outcome
        yield
        self.qtbot.waitUntil(lambda: self.tab.shown.outcome is not before, timeout=60_000)

    def cells(self, row: int) -> list[str]:
        model = self.tab.shown.table.model()
        return [str(model.index(row, column).data()) for column in range(model.columnCount())]

    def verdict_color(self) -> str:
        color = self.tab.shown.table.model().index(1, VERDICT).data(Qt.ItemDataRole.ForegroundRole)
        assert isinstance(color, QColor)
        return color.name()


Make = Callable[..., Bench]


@pytest.fixture
def make(qtbot: QtBot, themed: QApplication, make_session: MakeSession, answers: Answers) -> Make:
    def bench(*backend_ids: str) -> Bench:
        return Bench(qtbot, make_session(backends=backend_ids or ("native-fp32", "native-int8")), answers)

    return bench


def saved_to(path: Path) -> Result[Comparison]:
    return only(Comparison, [save_result(path, Result(measured()))])[0]


def test_a_benchmark_is_measured_shown_and_kept(make: Make) -> None:
    bench = make()
    bench.tab.fields.processes.setValue(2)
    bench.tab.fields.seconds.setValue(0.2)
    with bench.new_outcome():
        bench.tab.benchmark_button.click()
        assert not bench.tab.benchmark_button.isVisible()
        assert bench.tab.cancel_button.isVisible()
        assert "Drawing disturbs it" in bench.tab._words.line()
        assert "is being measured" in bench.tab._empty.text(), "not to press what is pressed"
    assert "digits-cnn · SingleStream" in bench.tab._words.line()
    assert bench.tab.benchmark_button.isVisible()
    outcome = bench.tab.shown.outcome
    assert outcome is not None
    assert [line.run.backend for line in outcome.lines] == ["native-fp32", "native-int8"]
    assert outcome.lines[0].is_baseline
    assert outcome.lines[1].ratio is not None
    assert bench.cells(0)[VERDICT] == "baseline"
    assert bench.cells(1)[RATIO].count(" x (") == 1
    assert WarningKind.TOO_FEW_SAMPLES in [warning.kind for warning in outcome.lines[0].warnings]
    saved = bench.session.results.kept
    (kept,) = only(Comparison, [saved.load(id_) for id_ in saved.ids()])
    assert kept.value.settings.processes == 2
    assert kept.value.model == "digits-cnn"
    bench.qtbot.waitUntil(lambda: list(bench.session.results.rows.rows) == [kept.id], timeout=20_000)


def test_cancel_keeps_what_was_measured(make: Make) -> None:
    bench = make()
    bench.tab.fields.seconds.setValue(60)
    done: list[int] = []
    bench.session.jobs.progressed.subscribe(lambda progress: done.append(progress.done if progress else 0))
    with bench.new_outcome():
        bench.tab.benchmark_button.click()
        bench.qtbot.waitUntil(lambda: bool(done) and done[-1] >= 6, timeout=30_000)
        bench.tab.cancel_button.click()
    outcome = bench.tab.shown.outcome
    assert outcome is not None
    assert not outcome.files[0].value.complete
    assert outcome.note.startswith("Cancelled")
    assert bench.told == ["Benchmark stopped early; its samples are kept."]
    assert not bench.session.jobs.is_busy


def test_a_failure_of_the_process_is_told(make: Make) -> None:
    bench = make()
    folder = bench.session.results.kept.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")
    bench.tab.fields.processes.setValue(1)
    bench.tab.fields.seconds.setValue(0.1)
    bench.tab.benchmark_button.click()
    bench.qtbot.waitUntil(lambda: bool(bench.failed), timeout=60_000)
    assert folder.name in str(bench.failed[0])
    bench.qtbot.waitUntil(bench.tab.benchmark_button.isEnabled)


def test_ratios_follow_the_time_that_is_compared(make: Make, tmp_path: Path) -> None:
    bench = make()
    bench.show(saved_to(tmp_path / "run-a.json"))
    by_compute = bench.cells(1)[RATIO]
    with bench.new_outcome():
        bench.tab.by.setCurrentIndex(1)
    assert bench.tab.shown.outcome is not None
    assert bench.tab.shown.outcome.by is TimeKind.ROUND_TRIP
    assert bench.cells(1)[RATIO] != by_compute


def test_several_files_are_compared_with_a_word_of_caution(make: Make, tmp_path: Path) -> None:
    bench = make()
    files = [saved_to(tmp_path / f"run-{name}.json") for name in "ab"]
    bench.show(*files)
    outcome = bench.tab.shown.outcome
    assert outcome is not None
    assert len(outcome.lines) == 4
    assert "Not measured side by side" in outcome.note
    assert outcome.note in bench.tab.answer.text(), "It wraps there, where a line would cut it off."
    assert [line.is_baseline for line in outcome.lines] == [True, False, False, False]


@pytest.mark.parametrize("kind", [0, 1])
def test_charts_and_samples_are_exported(make: Make, tmp_path: Path, kind: int) -> None:
    bench = make()
    saved = saved_to(tmp_path / "run-a.json")
    bench.show(saved)
    bench.tab.shown.kind.setCurrentIndex(kind)
    for ending, start in ((".png", b"\x89PNG"), (".svg", b"<?xml"), (".csv", b"backend,batch,process,block")):
        bench.answers.path = tmp_path / f"chart{ending}"
        with bench.qtbot.waitSignal(topic(bench.session.message)):
            bench.tab.shown.export_button.click()
        assert (tmp_path / f"chart{ending}").read_bytes().startswith(start)


def test_a_hot_loop_is_compared_by_compute_whatever_is_wanted(make: Make, tmp_path: Path) -> None:
    bench = make()
    bench.tab.by.setCurrentIndex(1)
    comparison = make_comparison(settings=Settings(Scenario.HOT_LOOP, processes=5, blocks=2, runs=500))
    bench.show(Result(comparison, path=tmp_path / "run-a.json"))
    outcome = bench.tab.shown.outcome
    assert outcome is not None
    assert outcome.by is TimeKind.COMPUTE
    assert outcome.lines[1].ratio is not None
    assert "no round trips" in outcome.note


def test_settings_are_what_the_boxes_say(make: Make) -> None:
    bench = make()
    tab = bench.tab
    assert tab.fields.settings == Settings()
    assert not tab.fields.batches.isEnabled()
    is_laid_out = [field.isHidden() for field in tab.fields.widgets]
    tab.fields.scenario.setCurrentIndex(list(Scenario).index(Scenario.OFFLINE))
    assert tab.fields.batches.isEnabled()
    assert [field.isHidden() for field in tab.fields.widgets] == is_laid_out, "The fields jumped."
    assert tab.fields.settings.batches == (1, 10, 100)
    tab.fields.batches.setText("4, 8")
    tab.fields.processes.setValue(3)
    tab.fields.seconds.setValue(2.5)
    tab.fields.runs.setValue(400)
    tab.fields.cool_down.setValue(0.5)
    assert tab.fields.settings == Settings(
        Scenario.OFFLINE, processes=3, seconds=2.5, runs=400, batches=(4, 8), cool_down_s=0.5
    )


@pytest.mark.parametrize("text", ["", "1,,2", "ten", "1,1", "0", "101", "٣"])
def test_batches_that_cannot_be_are_told_and_nothing_begins(make: Make, text: str) -> None:
    bench = make()
    bench.tab.fields.scenario.setCurrentIndex(list(Scenario).index(Scenario.OFFLINE))
    bench.tab.fields.batches.setText(text)
    bench.tab.benchmark_button.click()
    (error,) = bench.failed
    assert isinstance(error, UsageError)
    assert error.advice
    assert not bench.session.jobs.is_busy


def test_warnings_are_listed_once_with_whom_they_concern(make: Make, tmp_path: Path) -> None:
    bench = make()
    comparison = make_comparison(
        settings=Settings(processes=3, blocks=2, runs=240), conditions=replace(CALM, others_busy=1.4)
    )
    bench.show(Result(comparison, path=tmp_path / "run-a.json"))
    view = bench.tab.shown
    assert bench.cells(0)[WARNINGS] == "⚠ 2"
    assert view.kind.itemText(2) == "Warnings (2)"
    view.kind.setCurrentIndex(list(View).index(View.WARNINGS))
    assert view.warnings.isVisible()
    words = view.warnings.toPlainText()
    assert words.count("busy machine") == 1
    assert f"{WarningKind.BUSY_MACHINE.advice}\nAll: other programs kept 1.4 of 4 processors busy." in words
    bench.show(Result(make_comparison(), path=tmp_path / "run-b.json"))
    assert view.warnings.toPlainText() == "No warnings about these figures."


def test_another_run_of_a_backend_has_its_colour_a_hollow_mark_and_a_number(make: Make, tmp_path: Path) -> None:
    bench = make()
    files = [Result(make_comparison(), path=tmp_path / f"run-{name}.json") for name in "ab"]
    bench.show(*files)
    view = bench.tab.shown
    assert bench.cells(2)[0] == "#2 PyTorch fp32"
    styles = view._styles
    assert [(style.color, style.marker) for style in styles[2:]] == [(one.color, one.marker) for one in styles[:2]]
    assert [style.is_filled for style in styles] == [True, True, False, False]


def test_a_backend_looks_the_same_in_results_before_and_after_it_is_chosen(make: Make, tmp_path: Path) -> None:
    bench = make("native-fp32")
    bench.show(Result(make_comparison(BACKENDS), path=tmp_path / "run-a.json"))
    before = [(style.color, style.marker) for style in bench.tab.shown._styles]
    bench.session.live.choose([find_backend(backend_id) for backend_id in BACKENDS[3:]])
    looks = {state.id: backend_style(state.color) for state in bench.session.live.backends}
    cards = {backend_id: (style.color, style.marker) for backend_id, style in looks.items()}
    assert [cards[backend_id] for backend_id in BACKENDS[3:]] == before[3:]
    assert len(set(before)) == len(BACKENDS)


def test_a_backend_that_failed_says_so_in_words(tmp_path: Path) -> None:
    comparison = make_comparison(BACKENDS[:3], failures={BACKENDS[1]: "It ended."})
    outcome = outcome_of([Result(comparison, path=tmp_path / "run-a.json")], TimeKind.COMPUTE)
    assert [verdict_text(line) for line in outcome.lines] == ["baseline", "✗ failed", "≈ no difference shown"]
    assert "QNNPACK int8: It ended." in outcome.note


def test_verdicts_follow_light_and_dark(make: Make, tmp_path: Path) -> None:
    bench = make()
    bench.show(Result(make_comparison(), path=tmp_path / "run-a.json"))
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for scheme in (SchemeChoice.LIGHT, SchemeChoice.DARK):
        theme.apply(app, scheme)
        bench.qtbot.waitUntil(lambda: bench.verdict_color() == theme.current().good)


def test_samples_of_several_files_are_exported_with_their_names(make: Make, tmp_path: Path) -> None:
    bench = make()
    files = [saved_to(tmp_path / f"run-{name}.json") for name in "ab"]
    bench.show(*files)
    bench.answers.path = tmp_path / "both.csv"
    with bench.qtbot.waitSignal(topic(bench.session.message)):
        bench.tab.shown.export_button.click()
    with (tmp_path / "both.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["file"] for row in rows} == {"run-a.json", "run-b.json"}
    assert len(rows) == sum(len(run.compute_ns) for saved in files for run in saved.value.runs)


def test_a_report_under_another_name_is_refused(make: Make, tmp_path: Path) -> None:
    bench = make()
    bench.show(Result(make_comparison(), path=tmp_path / "run-a.json"))
    bench.answers.path = tmp_path / "report.txt"
    bench.tab.report_button.click()
    bench.qtbot.waitUntil(lambda: bool(bench.failed), timeout=30_000)
    assert "ends in .html or .md" in str(bench.failed[0])
    assert not (tmp_path / "report.txt").exists()


def test_a_report_of_what_is_shown_is_written(make: Make, tmp_path: Path) -> None:
    bench = make()
    bench.show(Result(make_comparison(), path=tmp_path / "run-a.json"))
    bench.answers.path = tmp_path / "report.html"
    bench.tab.report_button.click()
    bench.qtbot.waitUntil(lambda: f"Saved {tmp_path / 'report.html'}." in bench.told, timeout=30_000)
    assert b"PyTorch fp32" in (tmp_path / "report.html").read_bytes()


def test_a_report_of_several_compares_them_as_the_window_does(make: Make, tmp_path: Path) -> None:
    bench = make()
    bench.show(*(Result(make_comparison(), path=tmp_path / f"run-{name}.json") for name in "ab"))
    with bench.new_outcome():
        bench.tab.against.setCurrentIndex(1)
    bench.answers.path = tmp_path / "report.html"
    bench.tab.report_button.click()
    bench.qtbot.waitUntil(lambda: f"Saved {tmp_path / 'report.html'}." in bench.told, timeout=30_000)
    assert b"Comparison, each backend with itself in #1" in (tmp_path / "report.html").read_bytes()


def test_all_controls_fit_into_the_smallest_window(make: Make, tmp_path: Path) -> None:
    bench = make()
    bench.tab.fields.scenario.setCurrentIndex(list(Scenario).index(Scenario.OFFLINE))
    bench.show(Result(make_comparison(BACKENDS), path=tmp_path / "run-a.json"))
    assert bench.tab.minimumSizeHint().width() <= 700, "what the pad leaves of 960"
    assert bench.tab.minimumSizeHint().height() <= 400


def test_an_outcome_tells_a_verdict_without_colour(tmp_path: Path) -> None:
    outcome = outcome_of([saved_to(tmp_path / "run-a.json")], TimeKind.COMPUTE)
    assert [verdict_text(line) for line in outcome.lines] == ["baseline", "▲ slower"]
