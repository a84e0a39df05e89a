"""What a card shows and what a person can do with it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QRadioButton
from pytestqt.qtbot import QtBot

from mnist_bench.gui.answers.card import BackendCard
from mnist_bench.gui.answers.card_parts import detail_line, detail_tip
from mnist_bench.gui.answers.view import CardGrid, columns_for
from mnist_bench.gui.kit.text import TextBlock
from mnist_bench.protocol.loading import LoadResult
from mnist_bench.session.backend_state import Agreement, Answer, BackendState, Status, Waiting
from mnist_bench.session.failure import Failure
from tests.backends import TORCH_FP32


def answer(digit: int = 7, probability: float = 0.998) -> Answer:
    probabilities = np.full(10, (1 - probability) / 9, np.float32)
    probabilities[digit] = probability
    return Answer(1, digit, np.log(probabilities), probabilities, 212_345, 260_000)


@pytest.fixture
def card(qtbot: QtBot, themed: QApplication) -> BackendCard:
    card = BackendCard(READY)
    qtbot.addWidget(card)
    card.resize(300, 500)
    card.show()
    return card


READY = BackendState(TORCH_FP32, 0, Status.READY)


def show(card: BackendCard, **changes: Any) -> None:
    card.show_backend(replace(card.state, **changes))


def test_an_answer_comes_with_its_probabilities_and_live_times(card: BackendCard) -> None:
    show(card, answer=answer())
    assert card.bars.texts == ["<0.1"] * 7 + ["99.8"] + ["<0.1"] * 2
    assert (card.times.compute.line(), card.times.round_trip.line()) == ("212 µs", "260 µs")
    card.describe()
    assert card.answer_view.accessibleDescription() == "7, 99.8 %"


def test_an_empty_pad_shows_no_prediction(card: BackendCard) -> None:
    show(card, answer=answer())
    show(card, answer=None)
    assert card.bars.texts == [""] * 10
    assert card.times.compute.line() == "–"


@pytest.mark.parametrize(("truth", "verdict"), [(7, "✓ right"), (1, "✗ wrong"), (None, "")])
def test_it_is_right_or_wrong_where_the_truth_is_known(card: BackendCard, truth: int | None, verdict: str) -> None:
    show(card, answer=answer(7))
    card.answer_view.show_truth(truth)
    assert card.answer_view.verdict() == verdict


def test_disagreement_is_told_in_words_and_by_the_edge_of_the_card(card: BackendCard) -> None:
    show(card, agreement=Agreement(same_digit=False, baseline_digit=1, max_difference=3.2))
    assert card.agreement.line() == "≠ disagrees: baseline says 1, max logit difference 3.20"
    assert card.property("role") == "alarm"
    show(card, agreement=Agreement(same_digit=True, baseline_digit=7, max_difference=0.1))
    assert card.agreement.line() == "✓ agrees, max logit difference 0.100"
    assert card.property("role") == "card"


def test_a_failed_backend_says_why_offers_another_try_and_its_details(qtbot: QtBot, card: BackendCard) -> None:
    show(card, status=Status.FAILED, failure=Failure("It cannot run.", "Do something.", "all the details"))
    assert card.state_text() == "failed"
    assert card.message.text() == "⚠ Cannot run It cannot run. Do something."
    assert not card.times.isVisible()
    assert not card.message.quantize_button.isVisible()
    with qtbot.waitSignal(card.retry_requested):
        card.message.retry_button.click()
    card.message.copy_button.click()
    assert QGuiApplication.clipboard().text() == "all the details"


def test_a_network_without_int8_can_be_quantized_from_the_card(qtbot: QtBot, card: BackendCard) -> None:
    show(card, status=Status.FAILED, failure=Failure("No int8 parameters.", "", ""), can_quantize=True)
    with qtbot.waitSignal(card.quantize_requested):
        card.message.quantize_button.click()


def test_very_long_last_words_are_cut_off_on_the_card_and_whole_in_its_tip(qtbot: QtBot, themed: QApplication) -> None:
    block = TextBlock()
    qtbot.addWidget(block)
    block.resize(200, 60)
    block.show_text("word " * 300 + "end")
    assert block.shown().startswith("word word")
    assert block.shown().endswith("word…")
    assert block.toolTip().endswith("end</p>")
    block.show_text("All of it.")
    assert block.shown() == "All of it."


@pytest.mark.parametrize("how", ["click", "space", "return"])
def test_mouse_and_keyboard_make_it_the_baseline(qtbot: QtBot, card: BackendCard, how: str) -> None:
    with qtbot.waitSignal(card.baseline_requested):
        if how == "click":
            QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.rect().center())
        else:
            QTest.keyClick(
                card.findChildren(QRadioButton)[0], Qt.Key.Key_Space if how == "space" else Qt.Key.Key_Return
            )


def test_a_hundred_runs_are_shown_with_their_ratio_to_the_baseline(card: BackendCard) -> None:
    show(card, answer=answer())
    card.times.show_repeated(95_000, 190_000)
    assert card.times.repeated.line() == "95.0 µs"
    assert card.times.ratio.line() == "0.500 x the baseline's"
    card.times.show_repeated(95_000, None)
    assert card.times.ratio.line() == ""
    card.times.show_repeated(None)
    assert not card.times.repeated.isVisible()


def test_progress_takes_the_place_of_the_word_for_its_state(card: BackendCard) -> None:
    show(card, status=Status.RUNNING, percent=34)
    assert card.state_text() == "34 %"


def test_a_new_answer_moves_nothing(qtbot: QtBot, card: BackendCard) -> None:
    show(card, answer=answer())
    places = [widget.geometry() for widget in (card.answer_view, card.bars, card.times)]
    show(card, answer=answer(3, 0.51))
    show(card, agreement=Agreement(same_digit=False, baseline_digit=1, max_difference=3.2))
    QApplication.processEvents()
    assert places == [widget.geometry() for widget in (card.answer_view, card.bars, card.times)]


@pytest.mark.parametrize(("cards", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3)])
def test_cards_stand_in_two_rows_from_four_on(cards: int, columns: int) -> None:
    assert columns_for(cards) == columns


@pytest.mark.parametrize("number", range(1, 7))
def test_nothing_is_cut_off_at_the_smallest_size(qtbot: QtBot, themed: QApplication, number: int) -> None:
    grid = CardGrid()
    qtbot.addWidget(grid)
    cards = [BackendCard(replace(READY, color=index)) for index in range(number)]
    grid.show_cards(cards)
    grid.resize(grid.minimumSizeHint().expandedTo(QSize(640, 0)))
    grid.show()
    for card in cards:
        show(card, answer=answer())
        show(card, agreement=Agreement(same_digit=True, baseline_digit=7, max_difference=0.1))
    QApplication.processEvents()
    for card in cards:
        assert card.bars.height() >= card.bars.minimumSizeHint().height()
        assert card.bars.width() >= card.bars.minimumSizeHint().width()
        assert card.times.geometry().bottom() < card.height()
        assert not card.answer_view.geometry().intersects(card.bars.geometry())


def test_cards_that_are_not_wanted_any_more_go(qtbot: QtBot, themed: QApplication) -> None:
    grid = CardGrid()
    qtbot.addWidget(grid)
    first, second = BackendCard(READY), BackendCard(READY)
    grid.show_cards([first, second])
    with qtbot.waitSignal(first.destroyed):
        grid.show_cards([second])
    assert grid.cards == [second]


def test_a_backend_that_waits_for_its_device_says_for_what(card: BackendCard) -> None:
    show(card, status=Status.WAITING, waiting=Waiting("Waiting for Pixel 7", "It is not connected.", "Plug it in."))
    assert card.message.text() == "○ Waiting for Pixel 7 It is not connected. Plug it in."
    assert not card.message.retry_button.isVisible()
    show(card, status=Status.READY, waiting=None)
    assert card.times.isVisible()


def test_the_detail_line_names_mode_threads_and_sizes() -> None:
    state = replace(READY, loaded=LoadResult(1, 1_710_000, 234_000_000))
    assert detail_line(state) == "eager · 1 thread · 1.71 MB · peak 234 MB"
    assert "234 MB" in detail_tip(state)


def test_a_memory_that_nobody_knows_is_not_told() -> None:
    state = replace(READY, loaded=LoadResult(1, 1_710_000, 0))
    assert detail_line(state).endswith("1.71 MB")
    assert "memory" not in detail_tip(state)
