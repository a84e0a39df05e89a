"""The Accuracy tab: the table that fills, what is kept of a cancelled evaluation, views, gallery, exports."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_bench.base.words import NO_FIGURE
from mnist_bench.gui.accuracy.by_backend import ClassTable
from mnist_bench.gui.accuracy.gallery import MOST_SHOWN
from mnist_bench.gui.accuracy.view import AccuracyView
from mnist_bench.gui.kit import theme
from mnist_bench.session.session import Session
from tests.bench.accuracy.results import random_result, result_of
from tests.gui.accuracy.evaluations import FIRST, LABELS, SECOND, ToldEvaluation, begin
from tests.gui.answering import Answers
from tests.gui.hearing import topic
from tests.gui.heartbeat import BUSY_S, LIVE_S, Heartbeat
from tests.sessions import heard


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Where what is exported goes, without its ending."""
    return tmp_path / "exported"


@pytest.fixture
def answers(answers: Answers, exported: Path) -> Answers:
    answers.path, answers.size = exported.with_suffix(".csv"), (900, 500)
    return answers


@pytest.fixture
def tab(qtbot: QtBot, session: Session, answers: Answers) -> AccuracyView:
    view = AccuracyView(session)
    qtbot.addWidget(view)
    view.resize(1280, 260)
    view.show()
    return view


def cells(tab: AccuracyView, row: int) -> list[str]:
    return tab.table.cells()[row]


def show(qtbot: QtBot, session: Session, tab: AccuracyView) -> ToldEvaluation:
    """Both backends are done."""
    evaluation = begin(session)
    evaluation.finish(0, FIRST)
    evaluation.finish(1, SECOND)
    qtbot.waitUntil(lambda: tab.findings is not None and len(tab.findings.backends) == 2)
    return evaluation


def export(qtbot: QtBot, session: Session, tab: AccuracyView, words: str, exported: Path) -> list[str]:
    tab.views.buttons[words].click()
    with qtbot.waitSignal(topic(session.message)):
        tab.views.export_button.click()
    return exported.with_suffix(".csv").read_text().splitlines()


def test_the_table_fills_while_it_runs(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    evaluation = begin(session)
    assert tab.heading.line() == "tiny on made: 10 images"
    evaluation.move(0, 5)
    assert cells(tab, 0)[:2] == ["Backend A", "50 % done"]
    with qtbot.waitSignal(tab.shown):
        evaluation.finish(0, FIRST)
    assert cells(tab, 0)[:3] == ["Backend A", "90.00 % (59.58 to 98.21)", "9 of 10"]
    assert cells(tab, 0)[5:] == ["baseline", "–"]
    assert cells(tab, 1)[1] == "0 % done"
    with qtbot.waitSignal(tab.shown):
        evaluation.finish(1, SECOND)
    assert cells(tab, 1)[:3] == ["Backend B", "80.00 % (49.02 to 94.33)", "8 of 10"]
    assert cells(tab, 1)[5:] == ["90.00 %", "1"]


def test_another_baseline_turns_the_comparison_round(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    evaluation = show(qtbot, session, tab)
    with qtbot.waitSignal(tab.shown):
        evaluation.compare_with("b")
    assert cells(tab, 0)[5:] == ["90.00 %", "1"]
    assert cells(tab, 1)[5:] == ["baseline", "–"]


def test_two_versions_of_an_engine_are_told(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    evaluation = begin(session)
    for index, (backend, version) in enumerate((("litert-fp32", "2.3.0"), ("litert-int8", "0.18.1"))):
        with qtbot.waitSignal(tab.shown):
            evaluation.finish(index, replace(result_of(LABELS, LABELS, backend_id=backend), version=version))
    assert "LiteRT was measured in different versions: 2.3.0 and 0.18.1" in tab.heading.line()


def test_what_was_read_before_a_cancel_is_kept_and_says_of_how_many(
    qtbot: QtBot, session: Session, tab: AccuracyView
) -> None:
    evaluation = begin(session)
    with qtbot.waitSignal(tab.shown):
        evaluation.finish(0, result_of(LABELS[:4], [0, 1, 2, 8], backend_id="a"), "cancelled")
    evaluation.fail(1, "cancelled")
    assert cells(tab, 0)[2] == "3 of 4"
    assert tab.heading.line() == "tiny on made: 10 images; Backend A classified 4 of them"
    tab.heading.resize(tab.fontMetrics().horizontalAdvance("tiny on made: 10 images; two backends ended"), 20)
    assert not tab.heading.is_cut(), "Where it has no room for all, it is said in fewer words."
    assert cells(tab, 0)[-1] == "after 4: cancelled"
    assert (cells(tab, 1)[0], cells(tab, 1)[-1]) == ("Backend B", "cancelled")


def test_a_failure_is_told_in_its_row(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    evaluation = begin(session)
    evaluation.fail(0, "The runner died. Try again.")
    assert (cells(tab, 0)[0], cells(tab, 0)[-1]) == ("Backend A", "The runner died. Try again.")
    with qtbot.waitSignal(tab.shown):
        evaluation.finish(1, SECOND)
    assert tab.findings is not None
    assert [found.title for found in tab.findings.backends] == ["Backend B"]
    tab.views.buttons["Confusion"].click()
    assert tab.views.confusion.words_at(QPointF(80, 26)) == "1 image of a 0 read as 0 by Backend B"


def test_the_errors_are_listed_with_what_each_said_and_a_click_chooses_one(
    qtbot: QtBot, session: Session, tab: AccuracyView
) -> None:
    show(qtbot, session, tab)
    tab.views.buttons["Errors"].click()
    gallery = tab.views.gallery
    assert gallery.images.lines() == ["3 → 3 8", "9 → 4"]
    gallery.filter.setCurrentIndex(1)
    assert gallery.images.lines() == ["3 → 3 8"]
    gallery.filter.setCurrentIndex(2)
    assert gallery.images.lines() == ["9 → 4"]
    index = gallery.images.model().index(0, 0)
    assert index.data(Qt.ItemDataRole.ToolTipRole).splitlines()[0] == "Image 9: a 9"
    said = heard(session.message)
    where = gallery.images.visualRect(index).center()
    QTest.mouseClick(gallery.images.viewport(), Qt.MouseButton.LeftButton, pos=where)
    digit = session.pad.current()
    assert digit.pixels is not None
    assert (digit.label, digit.pixels[0, 0], said) == (9, 9, ["On the pad: made, number 9."])


def test_what_stands_below_an_image_has_room_after_the_text_has_grown(
    qtbot: QtBot, session: Session, tab: AccuracyView
) -> None:
    show(qtbot, session, tab)
    tab.views.buttons["Errors"].click()
    images = tab.views.gallery.images
    images.setFont(theme.scaled(images.font(), 1.5))
    needed = [images.sizeHintForIndex(images.model().index(row, 0)).width() for row in range(len(images.lines()))]
    assert images.gridSize().width() > max(needed), "no line is elided"


def test_the_keyboard_chooses_an_image_too(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    show(qtbot, session, tab)
    tab.views.buttons["Errors"].click()
    images = tab.views.gallery.images
    tab.activateWindow()
    images.setFocus()
    images.setCurrentIndex(images.model().index(1, 0))
    QTest.keyClick(images, Qt.Key.Key_Return)
    assert session.pad.current().label == 9


def test_where_all_is_right_the_gallery_says_so(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    evaluation = begin(session, 1)
    with qtbot.waitSignal(tab.shown):
        evaluation.finish(0, result_of(LABELS, LABELS, backend_id="a"))
    assert export_lines_of_errors(tab) == []
    tab.views.buttons["Errors"].click()
    assert not tab.views.gallery.images.isVisible()
    assert tab.views.gallery.caption.line() == ""


def export_lines_of_errors(tab: AccuracyView) -> list[str]:
    tab.views.buttons["Errors"].click()
    return tab.views.gallery.images.lines()


def test_sixteen_at_random_are_others_when_asked(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    labels = random_result(1).labels.tolist()
    evaluation = begin(session, 1, labels)
    with qtbot.waitSignal(tab.shown):
        evaluation.finish(0, random_result(1))
    tab.views.buttons["16 at random"].click()
    grid = tab.views.grid
    before = [grid.images.model().index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(16)]
    assert len(grid.images.lines()) == len(set(before)) == 16
    grid.another_button.click()
    assert [grid.images.model().index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(16)] != before


def test_of_few_images_all_are_at_random(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    show(qtbot, session, tab)
    tab.views.buttons["16 at random"].click()
    assert sorted(tab.views.grid.images.lines())[-2:] == ["8 → 8", "9 → 4 ✗"]
    tab.table.select_row(1)
    assert "3 → 8 ✗" in tab.views.grid.images.lines()


def test_views_show_the_selected_backend(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    show(qtbot, session, tab)
    tab.views.buttons["Confusion"].click()
    assert tab.views.confusion.accessibleDescription() == "Backend A: 9 read as 4: 1"
    tab.table.select_row(1)
    assert tab.views.confusion.accessibleDescription() == "Backend B: 3 read as 8: 1; 9 read as 4: 1"


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
def test_calibration_has_a_curve_and_the_error_of_each_backend(
    qtbot: QtBot, session: Session, tab: AccuracyView
) -> None:
    tab.begin()
    show(qtbot, session, tab)
    tab.views.buttons["Calibration"].click()
    qtbot.waitUntil(lambda: "ECE" in tab.views.current().accessibleDescription(), timeout=20_000)
    said = tab.views.current().accessibleDescription().split("; ")
    assert [words.split(", ECE ")[0] for words in said] == ["Backend A", "Backend B"]


def test_a_digit_that_no_image_shows_has_no_interval(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    tab.begin()
    begin(session, 1, [3, 3]).finish(0, result_of([3, 3], [3, 8], backend_id="a"))
    (table,) = tab.findChildren(ClassTable)
    qtbot.waitUntil(lambda: bool(table.rows()))
    assert [row[:6] for row in table.cells()[1:3]] == [
        ["95 % low", *[NO_FIGURE] * 3, "9.5", NO_FIGURE],
        ["95 % high", *[NO_FIGURE] * 3, "90.5", NO_FIGURE],
    ]


def test_every_view_is_exported_as_its_figures(
    qtbot: QtBot, session: Session, tab: AccuracyView, exported: Path
) -> None:
    tab.begin()
    show(qtbot, session, tab)
    assert export(qtbot, session, tab, "By digit", exported)[:2] == [
        "backend,digit,right,images,accuracy,low,high",
        "Backend A,0,1,1,1.0,0.20654931437723745,1.0",
    ]
    assert export(qtbot, session, tab, "Confusion", exported)[-1] == "9,0,0,0,0,1,0,0,0,0,0"
    assert export(qtbot, session, tab, "Errors", exported) == ["image,label,Backend A,Backend B", "3,3,3,8", "9,9,4,4"]
    assert len(export(qtbot, session, tab, "16 at random", exported)) == 11
    tab.views.buttons["Calibration"].click()
    qtbot.waitUntil(lambda: "ECE" in tab.views.current().accessibleDescription(), timeout=20_000)
    bins = export(qtbot, session, tab, "Calibration", exported)
    assert bins[0] == "backend,from,to,images,confidence,accuracy"
    assert len(bins) == 1 + 2 * 15


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_a_view_is_exported_as_a_picture(
    qtbot: QtBot, session: Session, tab: AccuracyView, answers: Answers, exported: Path, ending: str
) -> None:
    path = exported.with_suffix(ending)
    answers.path = path
    show(qtbot, session, tab)
    tab.views.buttons["Confusion"].click()
    with qtbot.waitSignal(topic(session.message)):
        tab.views.export_button.click()
    if ending == ".png":
        assert QImage(str(path)).size() == QSize(900, 500)
    else:
        assert "<svg" in path.read_text()


def test_a_file_that_cannot_be_written_is_told(
    qtbot: QtBot, session: Session, tab: AccuracyView, answers: Answers, tmp_path: Path
) -> None:
    answers.path = tmp_path / "no such folder" / "a.csv"
    show(qtbot, session, tab)
    with qtbot.waitSignal(topic(session.failed)):
        tab.views.export_button.click()


def test_the_table_is_copied_as_text(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    show(qtbot, session, tab)
    tab.copy_button.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "tiny on made: 10 images"
    assert copied[2].startswith("Backend A\t90.00 %")


def test_a_new_evaluation_takes_the_place_of_the_one_before(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    show(qtbot, session, tab)
    begin(session, 1)
    assert tab.findings is None
    assert not tab.views.isVisible()
    assert len(tab.table.text().splitlines()) == 2


def test_a_network_that_reads_nothing_holds_nothing_up(qtbot: QtBot, session: Session, tab: AccuracyView) -> None:
    labels = [1] * 10_000
    evaluation = begin(session, 6, labels)
    tab.views.buttons["Errors"].click()
    heartbeat = Heartbeat(tab)
    for index in range(6):
        wrong = np.random.default_rng(index).integers(2, 10, 10_000).tolist()
        with qtbot.waitSignal(tab.shown):
            evaluation.finish(index, result_of(labels, wrong, backend_id=f"made-{index}"))
    heartbeat.begin()
    for words in tab.views.buttons:
        tab.views.buttons[words].click()
        qtbot.wait(20)
    assert heartbeat.busiest_s < BUSY_S
    assert heartbeat.longest_s < LIVE_S
    assert len(tab.views.gallery.images.lines()) == MOST_SHOWN
    assert tab.views.gallery.to_csv().count(b"\n") == 10_001
