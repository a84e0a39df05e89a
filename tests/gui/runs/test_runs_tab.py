"""The Runs tab: what is kept, sorted, filtered, shown, compared, deleted and brought back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mnist_bench.bench.latency.cautions import WarningKind
from mnist_bench.bench.latency.comparison import Comparison
from mnist_bench.bench.latency.settings import Scenario
from mnist_bench.bench.results.store import KeptResults
from mnist_bench.gui.runs.runs_tab import RunsTab
from tests.bench.results.measured import measured
from tests.comparisons import BACKENDS, CALM, make_comparison

Make = Callable[..., RunsTab]
Three = tuple[Comparison, ...]


def at(comparison: Comparison, started: str, model: str = "digits-mlp") -> Comparison:
    return replace(comparison, conditions=replace(comparison.conditions, started=started, model=model))


def settle(tab: RunsTab) -> None:
    """Waits until all that was asked of the folder is done and told."""
    tab._overviews.finish()


@pytest.fixture
def make(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> Make:
    def tab(*comparisons: Comparison) -> RunsTab:
        runs = KeptResults(tmp_path)
        for comparison in comparisons:
            runs.add(comparison)
        made = RunsTab(runs)
        qtbot.addWidget(made)
        made.resize(1200, 260)
        made.show()
        settle(made)
        return made

    return tab


@pytest.fixture
def three() -> Three:
    return (
        at(measured(), "2026-11-01T10:00:00+00:00", "digits-cnn"),
        at(measured(Scenario.HOT_LOOP), "2026-11-03T10:00:00+00:00"),
        at(measured(), "2026-11-02T10:00:00+00:00"),
    )


def column(tab: RunsTab, number: int) -> list[str]:
    model = tab.table.model()
    return [str(model.index(row, number).data()) for row in range(model.rowCount())]


def test_the_newest_stands_on_top_until_sorted_otherwise(make: Make, three: Three) -> None:
    tab = make(*three)
    assert [text[:10] for text in column(tab, 0)] == ["2026-11-03", "2026-11-02", "2026-11-01"]
    tab.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert column(tab, 1) == ["digits-cnn", "digits-mlp", "digits-mlp"]
    tab.search.setText("digits-mlp")
    assert len(tab.table.rows()) == 2
    tab.search.setText("hotloop int8")
    assert column(tab, 2) == ["HotLoop"]
    tab.search.setText("no such thing")
    assert tab.count.text() == "0 of 3 runs"
    assert not tab.table.isVisible()


def test_one_is_shown_and_several_are_compared(qtbot: QtBot, make: Make, three: Three) -> None:
    tab = make(*three)
    assert not tab.show_button.isEnabled()
    tab.table.select_row(1)
    assert not tab.compare_button.isEnabled()
    with qtbot.waitSignal(tab.chosen) as told:
        tab.show_button.click()
    assert [saved.value.conditions.started[:10] for saved in told.args[0]] == ["2026-11-02"]
    tab.table.selectAll()
    assert not tab.show_button.isEnabled()
    with qtbot.waitSignal(tab.chosen) as told:
        tab.compare_button.click()
    assert len(told.args[0]) == 3


def test_delete_and_undo(make: Make, three: Three, tmp_path: Path) -> None:
    tab = make(*three)
    tab.table.setFocus()
    tab.table.select_row(0)
    QTest.keyClick(tab.table, Qt.Key.Key_Delete)
    settle(tab)
    assert len(tab.table.rows()) == 2
    assert len(list(tmp_path.glob("*.json"))) == len(list(tmp_path.glob("*.csv"))) == 2
    QTest.keyClick(tab.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(tab)
    assert len(tab.table.rows()) == 3
    assert len(list(tmp_path.glob("*.json"))) == len(list(tmp_path.glob("*.csv"))) == 3
    assert not tab.undo_button.isEnabled()


def test_only_what_was_selected_stays_selected(make: Make, three: Three) -> None:
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
    settle(tab)
    assert tab.table.selected() == [newest]


def test_a_folder_that_is_being_read_is_not_called_empty(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    tab = RunsTab(KeptResults(tmp_path))
    qtbot.addWidget(tab)
    texts = [label.text() for label in tab.findChildren(QLabel)]
    assert "Reading the kept runs …" in texts
    tab.show()
    settle(tab)
    assert any(label.text().startswith("No runs yet") for label in tab.findChildren(QLabel))


def test_what_cannot_be_read_is_counted_with_its_sentence(make: Make, three: Three, tmp_path: Path) -> None:
    (tmp_path / "run-broken.json").write_text("{}")
    tab = make(*three)
    assert tab.count.text() == "3 runs; 1 file could not be read"
    assert "run-broken.json is not a kept result" in tab.count.toolTip()


def test_a_file_from_elsewhere_is_shown(qtbot: QtBot, make: Make, three: Three, tmp_path: Path) -> None:
    tab = make()
    assert not tab.table.isVisible()
    elsewhere = KeptResults(tmp_path / "elsewhere").add(three[0]).path
    assert elsewhere is not None
    with qtbot.waitSignal(tab.chosen, timeout=20_000) as told:
        tab.open_file(elsewhere)
    assert told.args[0][0].value.model == "digits-cnn"
    with qtbot.waitSignal(tab.failed, timeout=20_000) as failed:
        tab.open_file(tmp_path / "none.json")
    assert "There is no file" in str(failed.args[0])


def test_one_that_was_just_measured_appears(make: Make, three: Three, tmp_path: Path) -> None:
    tab = make(*three[:2])
    tab.add(KeptResults(tmp_path).add(three[2]))
    settle(tab)
    assert [text[:10] for text in column(tab, 0)] == ["2026-11-03", "2026-11-02", "2026-11-01"]


def test_deleting_what_is_gone_says_so_and_the_others_stay_deleted(
    qtbot: QtBot, make: Make, three: Three, tmp_path: Path
) -> None:
    tab = make(*three)
    gone = tab.table.rows()[1].id
    (tmp_path / f"{gone}.json").unlink()
    tab.table.selectAll()
    with qtbot.waitSignal(tab.failed, timeout=20_000) as failed:
        tab.delete_button.click()
    assert gone in str(failed.args[0])
    assert len(tab.table.rows()) == 2
    tab.undo_button.click()
    settle(tab)
    assert len(tab.table.rows()) == 3


def test_what_cannot_be_brought_back_can_be_tried_again(qtbot: QtBot, make: Make, three: Three, tmp_path: Path) -> None:
    tab = make(three[0])
    tab.table.select_row(0)
    tab.delete_selected()
    settle(tab)
    tmp_path.rmdir()
    tmp_path.write_text("a file where the folder was")
    with qtbot.waitSignal(tab.failed, timeout=20_000):
        tab.undo_button.click()
    assert tab.undo_button.isEnabled()
    tmp_path.unlink()
    tab.undo_button.click()
    settle(tab)
    assert len(tab.table.rows()) == 1
    assert not tab.undo_button.isEnabled()


def test_warnings_and_what_is_partial_can_be_seen_and_searched(make: Make) -> None:
    busy = make_comparison(conditions=replace(CALM, others_busy=1.5), cancelled=True)
    tab = make(busy, make_comparison(BACKENDS[:1]))
    tab.search.setText("busy partial")
    assert len(tab.table.rows()) == 1
    assert column(tab, 6) == ["partial"]
    assert column(tab, 7) == ["⚠ 1"]
    tip = tab.table.model().index(0, 7).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == f"busy machine: {WarningKind.BUSY_MACHINE.advice}"


def test_runs_saved_elsewhere_appear_when_it_is_shown_again(make: Make, three: Three, tmp_path: Path) -> None:
    tab = make(*three[:2])
    tab.hide()
    KeptResults(tmp_path).add(three[2])
    tab.show()
    settle(tab)
    assert len(tab.table.rows()) == 3


def test_the_selected_are_reported(qtbot: QtBot, make: Make, three: Three) -> None:
    tab = make(*three)
    assert not tab.report_button.isEnabled()
    tab.table.selectAll()
    with qtbot.waitSignal(tab.report_requested, timeout=20_000) as told:
        tab.report_button.click()
    assert len(told.args[0]) == 3
