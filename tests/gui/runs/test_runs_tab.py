"""The Runs tab: kept results of every kind, sorted, filtered, shown, compared, named, reported and deleted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.results.result import Kind, Value
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.gui.runs.view import RunsView
from mnist_bench.session.results import AnyResult
from mnist_bench.session.session import Session
from tests.bench.results.measured import DIGITS, evaluated, measured, one_of_each, traced
from tests.comparisons import BACKENDS, CALM, make_comparison
from tests.gui.answering import Answers
from tests.sessions import MakeSession, heard, settle

Make = Callable[..., RunsView]
Three = tuple[Comparison, ...]
NAME, NETWORK, DATA, WHAT, WHICH, FIGURE, COMPLETE, WARNINGS, NOTE = 2, 3, 4, 1, 5, 6, 8, 9, 10


def at(comparison: Comparison, started: str, model: str = "digits-mlp") -> Comparison:
    return replace(comparison, conditions=replace(comparison.conditions, started=started, model=model))


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session(ready=False)


@pytest.fixture
def folder(session: Session) -> Path:
    """Where the results are; a test that needs no result makes it."""
    return session.results.kept.folder


@pytest.fixture
def wait(session: Session) -> Callable[[], None]:
    """Waits until all that was asked of the folder is done and told."""
    return lambda: settle(session, session.results.rows)


@pytest.fixture
def make(qtbot: QtBot, session: Session, wait: Callable[[], None]) -> Make:
    def tab(*values: Value) -> RunsView:
        for value in values:
            session.results.kept.add(value)
        made = RunsView(session)
        qtbot.addWidget(made)
        made.resize(1200, 400)
        made.show()
        wait()
        return made

    return tab


@pytest.fixture
def three() -> Three:
    return (
        at(measured(), "2026-11-01T10:00:00+00:00", "digits-cnn"),
        at(measured(Scenario.HOT_LOOP), "2026-11-03T10:00:00+00:00"),
        at(measured(), "2026-11-02T10:00:00+00:00"),
    )


def days(shown: tuple[AnyResult, ...]) -> list[str]:
    return [one.value.conditions.started[:10] for one in shown]


def column(tab: RunsView, number: int) -> list[str]:
    model = tab.table.model()
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


def test_the_newest_stands_on_top_until_sorted_otherwise(make: Make, three: Three) -> None:
    tab = make(*three)
    assert [text[:10] for text in column(tab, 0)] == ["2026-11-03", "2026-11-02", "2026-11-01"]
    tab.table.sortByColumn(NETWORK, Qt.SortOrder.AscendingOrder)
    assert column(tab, NETWORK) == ["digits-cnn", "digits-mlp", "digits-mlp"]
    tab.search.setText("digits-mlp")
    assert len(tab.table.rows()) == 2
    tab.search.setText("hotloop int8")
    assert column(tab, WHAT) == ["HotLoop"]
    tab.search.setText("no such thing")
    assert tab.count.text() == "0 of 3 runs"
    assert not tab.table.isVisible()


def test_the_data_of_an_evaluation_is_listed_and_found(make: Make, three: Three) -> None:
    inverted = replace(DIGITS, name="photographs", order="inverted")
    tab = make(*three, evaluated(), evaluated(digits=inverted))
    tab.search.setText("photographs inverted")
    assert column(tab, DATA) == ["photographs, read inverted"]


def test_one_is_shown_and_several_of_one_kind_are_compared(
    session: Session, make: Make, three: Three, wait: Callable[[], None]
) -> None:
    tab = make(*three)
    assert not tab.show_button.isEnabled()
    tab.table.select_row(1)
    assert not tab.compare_button.isEnabled()
    tab.show_button.click()
    wait()
    assert days(session.results.shown[Kind.LATENCY]) == ["2026-11-02"]
    tab.table.selectAll()
    assert not tab.show_button.isEnabled()
    tab.compare_button.click()
    wait()
    assert days(session.results.shown[Kind.LATENCY]) == ["2026-11-03", "2026-11-02", "2026-11-01"]


def test_results_of_every_kind_are_listed_and_only_those_of_one_are_compared(
    session: Session, make: Make, wait: Callable[[], None]
) -> None:
    tab = make(*one_of_each(), traced(20))
    assert sorted(column(tab, WHAT)) == ["SingleStream", "accuracy", "layers", "layers"]
    tab.search.setText("accuracy")
    assert column(tab, FIGURE) == ["87.50 %"]
    tab.search.setText("")
    tab.table.selectAll()
    assert not tab.compare_button.isEnabled()
    tab.search.setText("layers")
    tab.table.selectAll()
    tab.compare_button.click()
    wait()
    assert len(session.results.shown[Kind.LAYERS]) == 2


def test_a_double_click_shows_one(session: Session, make: Make, three: Three, wait: Callable[[], None]) -> None:
    tab = make(*three)
    tab.table.select_row(0)
    tab.table.chosen.emit()
    wait()
    assert days(session.results.shown[Kind.LATENCY]) == ["2026-11-03"]


def test_one_is_named_and_noted_and_found_by_it(
    make: Make, three: Three, wait: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = make(*three)
    asked: list[str] = []

    def name(_parent: object, _title: str, _label: str, *, text: str) -> tuple[str, bool]:
        asked.append(text)
        return "new kernel", True

    monkeypatch.setattr(QInputDialog, "getText", name)
    monkeypatch.setattr(QInputDialog, "getMultiLineText", lambda *_: ("with the\nfan on", True))
    tab.table.select_row(1)
    tab.table.setFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_F2)
    tab.note_button.click()
    wait()
    assert column(tab, NAME) == ["", "new kernel", ""]
    assert column(tab, NOTE) == ["", "with the fan on", ""]
    tip = tab.table.model().index(1, NOTE).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "with the\nfan on"
    assert not any(tab.table.isColumnHidden(place) for place in (NAME, NOTE))
    tab.search.setText("kernel fan")
    assert [text[:10] for text in column(tab, 0)] == ["2026-11-02"]
    tab.rename_button.click()
    assert asked == ["", "new kernel"]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("given up", False))
    tab.rename_button.click()
    wait()
    assert column(tab, NAME) == ["new kernel"]


def test_columns_that_say_nothing_leave_their_room_to_the_backends(make: Make, three: Three) -> None:
    tab = make(*three)
    assert all(tab.table.isColumnHidden(place) for place in (NAME, NOTE))
    assert tab.table.textElideMode() is Qt.TextElideMode.ElideRight, "The first backends' names are whole."


def test_delete_and_undo(make: Make, three: Three, folder: Path, wait: Callable[[], None]) -> None:
    tab = make(*three)
    tab.table.setFocus()
    tab.table.select_row(0)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    wait()
    assert len(tab.table.rows()) == 2
    assert len(list(folder.glob("*.json"))) == len(list(folder.glob("*.csv"))) == 2
    QTest.keyClick(tab.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait()
    assert len(tab.table.rows()) == 3
    assert len(list(folder.glob("*.json"))) == len(list(folder.glob("*.csv"))) == 3
    assert not tab.undo_button.isEnabled()


def test_only_what_was_selected_stays_selected(make: Make, three: Three, wait: Callable[[], None]) -> None:
    """A table's selection is of places: other runs may come into them."""
    tab = make(*three)
    tab.table.select_row(0)
    (newest,) = tab.table.selected()
    tab.search.setText("digits-cnn")
    assert tab.table.selected() == []
    tab.search.setText("")
    tab.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    tab.table.select_row(2)
    assert tab.table.selected() == [newest]
    tab.hide()
    tab.show()
    wait()
    assert tab.table.selected() == [newest]


def test_a_folder_that_is_being_read_is_not_called_empty(
    qtbot: QtBot, session: Session, wait: Callable[[], None]
) -> None:
    tab = RunsView(session)
    qtbot.addWidget(tab)
    assert "Reading the kept runs …" in [label.text() for label in tab.findChildren(QLabel)]
    tab.show()
    wait()
    assert any(label.text().startswith("No runs yet") for label in tab.findChildren(QLabel))


def test_what_cannot_be_read_is_listed_with_its_sentence_and_can_be_deleted(
    session: Session, make: Make, folder: Path, wait: Callable[[], None]
) -> None:
    failed = heard(session.failed)
    folder.mkdir(parents=True)
    (folder / "run-broken.json").write_text("{}")
    tab = make(measured())
    assert tab.count.text() == "2 runs"
    tab.search.setText("broken")
    assert column(tab, COMPLETE) == ["cannot be read"]
    assert "run-broken.json is not a kept result" in column(tab, WHICH)[0]
    tab.table.select_row(0)
    enabled = [
        one.isEnabled()
        for one in (tab.show_button, tab.compare_button, tab.report_button, tab.rename_button, tab.note_button)
    ]
    assert not any(enabled)
    tab.delete_button.click()
    wait()
    assert not (folder / "run-broken.json").exists()
    assert not tab.table.rows()
    tab.undo_button.click()
    wait()
    assert (folder / "run-broken.json").exists()
    assert len(tab.table.rows()) == 1
    assert not failed


def test_a_file_from_elsewhere_is_shown(
    session: Session,
    make: Make,
    three: Three,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wait: Callable[[], None],
) -> None:
    tab = make()
    failed = heard(session.failed)
    assert not tab.table.isVisible()
    elsewhere = KeptResults(tmp_path / "elsewhere").add(three[0]).path
    for path in (elsewhere, tmp_path / "none.json", ""):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, path=path: (str(path), ""))
        tab.open_button.click()
    wait()
    (shown,) = session.results.shown[Kind.LATENCY]
    assert shown.value.conditions.model == "digits-cnn"
    assert ["There is no file" in str(error) for error in failed] == [True]


def test_one_that_was_just_measured_appears(
    session: Session, make: Make, three: Three, wait: Callable[[], None]
) -> None:
    tab = make(*three[:2])
    session.results.keep(evaluated(conditions=replace(CALM, started=datetime.now(UTC).isoformat())))
    wait()
    assert column(tab, WHAT)[0] == "accuracy"
    assert len(tab.table.rows()) == 3


def test_deleting_what_is_gone_says_so_and_the_others_stay_deleted(
    session: Session, make: Make, three: Three, folder: Path, wait: Callable[[], None]
) -> None:
    tab = make(*three)
    failed = heard(session.failed)
    gone = tab.table.rows()[1].id
    (folder / f"{gone}.json").unlink()
    tab.table.selectAll()
    tab.delete_button.click()
    wait()
    assert [gone in str(error) for error in failed] == [True]
    assert len(tab.table.rows()) == 2
    tab.undo_button.click()
    wait()
    assert len(tab.table.rows()) == 3


def test_what_cannot_be_brought_back_can_be_tried_again(
    session: Session, make: Make, three: Three, folder: Path, wait: Callable[[], None]
) -> None:
    tab = make(three[0])
    failed = heard(session.failed)
    tab.table.select_row(0)
    tab.delete_selected()
    wait()
    folder.rmdir()
    folder.write_text("a file where the folder was")
    tab.undo_button.click()
    wait()
    assert len(failed) == 1
    assert tab.undo_button.isEnabled()
    folder.unlink()
    tab.undo_button.click()
    wait()
    assert len(tab.table.rows()) == 1
    assert not tab.undo_button.isEnabled()


def test_warnings_and_what_is_partial_can_be_seen_and_searched(make: Make) -> None:
    busy = make_comparison(conditions=replace(CALM, others_busy=1.5), cancelled=True)
    tab = make(busy, make_comparison(BACKENDS[:1]))
    tab.search.setText("busy partial")
    assert len(tab.table.rows()) == 1
    assert column(tab, COMPLETE) == ["partial"]
    assert column(tab, WARNINGS) == ["⚠ 1"]
    tip = tab.table.model().index(0, WARNINGS).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == f"busy machine: {WarningKind.BUSY_MACHINE.advice}"


def test_runs_saved_elsewhere_appear_when_it_is_shown_again(
    make: Make, three: Three, folder: Path, wait: Callable[[], None]
) -> None:
    tab = make(*three[:2])
    tab.hide()
    KeptResults(folder).add(three[2])
    tab.show()
    wait()
    assert len(tab.table.rows()) == 3


def test_the_selected_are_reported(
    qtbot: QtBot, session: Session, make: Make, three: Three, answers: Answers, tmp_path: Path
) -> None:
    tab = make(*three)
    assert not tab.report_button.isEnabled()
    tab.table.selectAll()
    said = heard(session.message)
    answers.path = tmp_path / "report.md"
    tab.report_button.click()
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    assert said == [f"Saved {tmp_path / 'report.md'}."]
    text = (tmp_path / "report.md").read_text()
    assert all(one.conditions.started[:10] in text for one in three)


def test_one_report_is_of_results_of_every_kind(
    qtbot: QtBot, session: Session, make: Make, answers: Answers, tmp_path: Path
) -> None:
    tab = make(*one_of_each())
    tab.table.selectAll()
    said = heard(session.message)
    answers.path = tmp_path / "report.html"
    tab.report_button.click()
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    text = (tmp_path / "report.html").read_text()
    assert all(f"<h2>digits-cnn, {what}" in text for what in ("layers", "accuracy", "SingleStream"))
