"""Every view with a made-up engine kind on a made-up device: none knows a kind by its name."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.devices.devices_button import DevicesButton
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import BackendState, Status
from mnist_bench.session.session import Session
from tests.made_up import ShelfAccess, Shelves

HERE = "abacus-int8:rods"
SHELVED = "abacus-fp32@shelf:top"
ON_CARDS = ["Abacus int8", "Top shelf · Abacus fp32"]
TITLES = ["Abacus int8 · rods", "Top shelf · Abacus fp32"]
LIMIT_MS = 30_000


class Wall:
    """A window with a card for the abacus here, and one for that on the shelf."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self.access = ShelfAccess()
        self.session = Session(access={"shelf": self.access})
        self.session.networks.chosen = "digits-mlp"
        self.session.devices.titles["shelf:top"] = "Top shelf"  # as it was called before
        self.session.live.choose([find_backend(text, {"shelf:top": "Top shelf"}) for text in (HERE, SHELVED)])
        self.said: list[str] = []
        self.session.message.subscribe(self.said.append)
        self.window = MainWindow(self.session)
        qtbot.addWidget(self.window)
        self.window.painted.connect(self.window.begin)
        self.window.show()
        self.wait(lambda: self.window.tabs.is_complete)

    def wait(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=LIMIT_MS)

    def wait_until_ready(self) -> None:
        self.wait(lambda: all(state.status is Status.READY for state in self.session.live.backends))

    def wait_for_work(self) -> None:
        assert self.session.jobs.is_busy, self.window.notice.words()
        self.wait(lambda: not self.session.jobs.is_busy)
        assert self.window.notice.words() == ""

    def view(self, name: str) -> Any:
        return self.window.tabs.views[name]

    def show(self, name: str) -> Any:
        self.window.tabs.setCurrentWidget(self.view(name))
        return self.view(name)

    def draw(self, digit: int = 7) -> None:
        self.session.pad.put_image(next(sample for sample in bundled_samples() if sample.label == digit))
        self.wait(self.has_answered)

    def has_answered(self) -> bool:
        """Whether everybody has answered what is on the pad now."""
        live = self.session.live
        return all(state.answer is not None and state.answer.image == live.image for state in live.backends)

    @property
    def shelved(self) -> BackendState:
        return self.session.live.backends[-1]

    def entry(self, words: str) -> QAction:
        """An entry of the Devices menu."""
        (button,) = self.window.findChildren(DevicesButton)
        return next(action for action in button.menu().actions() if action.text() == words)


@pytest.fixture
def away(qtbot: QtBot, themed: QApplication, made_up: Shelves) -> Iterator[Wall]:
    """The shelf is not there yet."""
    made_up.gone.add("top")
    wall = Wall(qtbot)
    yield wall
    wall.window.close()


@pytest.fixture
def wall(qtbot: QtBot, themed: QApplication, made_up_in_children: None) -> Iterator[Wall]:
    """Both are ready."""
    wall = Wall(qtbot)
    wall.wait_until_ready()
    wall.wait(lambda: bool(wall.session.devices.states))
    yield wall
    wall.window.close()


def test_its_card_waits_for_its_device_and_answers_once_that_is_there(away: Wall, made_up: Shelves) -> None:
    cards = away.view("Answers").cards
    assert [card.accessibleName() for card in cards.values()] == [f"Backend {title}" for title in ON_CARDS]
    away.wait(lambda: away.shelved.status is Status.WAITING)
    away.wait(lambda: "Put the shelf back." in cards[SHELVED].message.text())
    assert "1 waiting for a device" in away.window.status.overview.line()
    made_up.gone.clear()
    away.access.look()
    away.wait_until_ready()
    away.draw(7)
    assert away.shelved.answer is not None
    assert away.shelved.answer.digit == 7


def test_it_answers_on_its_card_in_brief_and_in_the_live_chart(wall: Wall) -> None:
    wall.draw(3)
    answers = wall.view("Answers")
    wall.wait(lambda: answers.cards[SHELVED].agreement.line() != "")
    lines = wall.window.brief.text_lines()
    assert [line.startswith(f"{title} 3 ") for line, title in zip(lines, TITLES, strict=True)] == [True, True]
    answers.repeat_button.click()
    wall.wait(lambda: all(state.repeated is not None for state in wall.session.live.backends))
    wall.wait(lambda: all(f"{title}, median" in answers.chart.accessibleDescription() for title in TITLES))


def test_it_is_measured_and_the_run_is_kept_listed_and_shown_again(wall: Wall) -> None:
    latency = wall.view("Latency")
    latency.fields.processes.setValue(2)
    latency.fields.runs.setValue(20)
    wall.window.tools.benchmark_requested.emit()
    wall.wait_for_work()
    wall.wait(lambda: latency.shown.outcome is not None)
    assert [line.title for line in latency.shown.outcome.lines] == TITLES
    runs = wall.show("Runs")
    wall.wait(lambda: bool(runs.table.rows()))
    runs.table.select_row(0)
    assert "Top shelf · Abacus fp32" in runs.table.text()
    before = latency.shown.outcome
    runs.show_button.click()
    wall.wait(lambda: latency.shown.outcome is not before)


def test_it_is_evaluated(wall: Wall, tmp_path: Path) -> None:
    samples = bundled_samples()[:20]
    labels = np.array([sample.label for sample in samples], np.uint8)
    np.savez(tmp_path / "digits.npz", images=np.stack([sample.pixels for sample in samples]), labels=labels)
    wall.session.evaluations.evaluate_path(tmp_path / "digits.npz")
    wall.wait_for_work()
    accuracy = wall.view("Accuracy")
    wall.wait(lambda: accuracy.findings is not None and len(accuracy.findings.backends) == 2)
    assert [row[0].split(" (")[0] for row in accuracy.table.cells()] == TITLES


def test_its_layers_are_looked_at(wall: Wall) -> None:
    layers = wall.show("Layers")
    layers.analyse_button.click()
    wall.wait_for_work()
    wall.wait(lambda: layers.comparison is not None)
    assert SHELVED in [one.backend_id for one in layers.comparison.backends]


def test_the_network_it_runs_is_shown_and_followed(wall: Wall) -> None:
    network = wall.show("Network")
    assert network.text().startswith("digits-mlp\n")
    before = network.table.rows()
    wall.session.networks.choose("digits-cnn")
    wall.wait(lambda: network.text().startswith("digits-cnn\n"))
    wall.wait_until_ready()
    assert network.table.rows() != before


def test_its_answers_are_kept_with_a_drawing(wall: Wall) -> None:
    QTest.mouseClick(wall.window.pad.pad, Qt.MouseButton.LeftButton)
    wall.wait(wall.has_answered)
    assert wall.shelved.answer is not None
    digit = wall.shelved.answer.digit
    wall.session.pad.clear()
    drawings = wall.show("Drawings")
    wall.wait(lambda: bool(drawings.table.rows()))
    assert f"Top shelf · Abacus fp32: {digit} (" in drawings.table.text()


def test_its_device_is_shown_with_its_facts_and_its_own_core(wall: Wall) -> None:
    tab = wall.show("Devices")
    tab.select("shelf:top")
    assert "Top shelf\nstanding" in tab.list_words()
    wall.wait(lambda: tab.detail.facts.words() == {"Wood": "oak", "Marks": "<b>a scratch</b>"})
    assert tab.detail.runner.text() == "The abacus stands on it."
    assert [tab.detail.core.itemText(at) for at in (0, 2)] == ["any", "board 1"]
    tab.detail.core.setCurrentIndex(2)
    tab.detail.core.activated.emit(2)
    assert [state.id for state in wall.session.live.backends] == [HERE, "abacus-fp32:core1@shelf:top"]
    wall.wait_until_ready()
    assert wall.shelved.info is not None
    assert wall.shelved.info.facts["core"] == "1"


def test_its_device_is_deployed_to_and_cleared(wall: Wall) -> None:
    tab = wall.show("Devices")
    tab.select("shelf:top")
    for button, sentence in (
        (tab.detail.deploy_button, "The abacus is on Top shelf."),
        (tab.detail.remove_button, "Removed the abacus from Top shelf."),
    ):
        wall.wait(button.isEnabled)
        button.click()
        wall.wait(lambda sentence=sentence: sentence in wall.said)  # type: ignore[misc]
        assert sentence in wall.access.done


def test_it_is_added_in_the_menu_of_devices_and_taken_away(wall: Wall) -> None:
    assert wall.entry("Top shelf · Abacus fp32").isChecked()
    wall.entry("Top shelf · Abacus int8").trigger()
    assert [state.id for state in wall.session.live.backends] == [HERE, SHELVED, "abacus-int8@shelf:top"]
    wall.wait_until_ready()
    wall.entry("Top shelf · Abacus fp32").trigger()
    assert [state.id for state in wall.session.live.backends] == [HERE, "abacus-int8@shelf:top"]
    wall.entry("Top shelf: standing").trigger()
    assert wall.window.tabs.currentWidget() is wall.view("Devices")


def test_what_its_devices_cannot_do_is_told(qtbot: QtBot, wall: Wall) -> None:
    dialog = wall.view("Devices").ask_for_address()
    dialog.field.setText("10.0.0.7")
    dialog.ok_button.click()
    wall.wait(lambda: dialog.words() == "No shelf is at 10.0.0.7:5555. Put the shelf back.")
    dialog.close()
