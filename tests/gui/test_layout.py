"""Where the window's parts are, and what gives way where there is little room."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.answers.brief import Brief
from mnist_bench.gui.answers.view import AnswersView
from mnist_bench.gui.kit import theme
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.gui.window import LeftColumn, MainWindow
from mnist_bench.session.backend_state import BackendState, Status
from mnist_bench.session.failure import Failure
from mnist_bench.session.session import Session
from tests.backends import TORCH_FP32
from tests.gui.conftest import MakeWindow
from tests.odd_engines import OddEngines

SIX = (
    *("torch-fp32", "qnnpack-int8", "native-int8", "native-fp32"),
    *("torch-fp32:torchscript", "qnnpack-int8:torchscript"),
)


def settle(window: MainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (width, height)


def answers_of(window: MainWindow) -> AnswersView:
    view = window.tabs.views["Answers"]
    assert isinstance(view, AnswersView)
    return view


def is_inside(widget: QWidget, window: MainWindow) -> bool:
    corner = widget.mapTo(window, widget.rect().bottomRight())
    return widget.isVisible() and window.rect().contains(corner)


def test_it_opens_no_larger_than_the_screen_and_no_larger_than_it_needs(make_window: MakeWindow) -> None:
    window = make_window()
    screen = window.screen().availableSize()
    assert window.width() <= min(1180, screen.width())
    assert window.height() <= min(720, screen.height())


def test_six_backends_and_the_status_bar_have_room_in_960_by_600(make_window: MakeWindow) -> None:
    window = make_window(backends=SIX)
    settle(window, 960, 600)
    assert is_inside(window.status, window)
    assert min(window.pad.pad.square().width(), window.pad.pad.square().height()) >= 200
    for card in answers_of(window).cards.values():
        assert is_inside(card.bars, window)
        assert is_inside(card.answer_view, window)


def test_a_notice_neither_makes_the_window_grow_for_good_nor_moves_what_is_clicked(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    window = make_window(backends=SIX)
    least = -1
    while least != window.minimumHeight():
        least = window.minimumHeight()
        window.resize(960, 1)
        for _ in range(5):
            QApplication.processEvents()
    height, top = window.height(), window.tabs.tabBar().mapTo(window, QPoint())
    window.notice.show_failure(Failure("It went wrong. " * 8, "Report it.", "details"))
    QApplication.processEvents()
    assert window.notice.isVisible()
    assert window.height() == height
    assert window.tabs.tabBar().mapTo(window, QPoint()) == top
    window.notice.close_button.click()
    QApplication.processEvents()
    assert window.height() == height


@pytest.mark.parametrize("size", [(960, 600), (1280, 800)])
def test_the_divider_between_cards_and_chart_always_moves(make_window: MakeWindow, size: tuple[int, int]) -> None:
    window = make_window(backends=SIX)
    settle(window, *size)
    divider = answers_of(window).divider
    cards, chart = divider.sizes()
    divider.setSizes([cards + chart, 0])
    assert divider.sizes()[1] == 0
    divider.setSizes([0, cards + chart])
    assert divider.sizes()[1] >= 40


def test_what_answers_in_brief_stands_below_the_pad_and_leads_to_the_cards(
    qtbot: QtBot, make_window: MakeWindow
) -> None:
    window = make_window()
    settle(window, 1180, 720)
    QTest.mouseClick(window.pad.pad, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: all(state.answer for state in window.session.live.backends))
    first, second = window.brief.text_lines()
    assert first.startswith("PyTorch fp32 0 99.7 % ")
    assert second.startswith("QNNPACK int8 0 99.7 % ")
    window.tabs.setCurrentIndex(3)
    QTest.mouseClick(window.brief, Qt.MouseButton.LeftButton)
    assert window.tabs.currentIndex() == 0
    window.pad.tools["clear"].trigger()
    qtbot.waitUntil(lambda: window.brief.text_lines() == ["PyTorch fp32 ready", "QNNPACK int8 ready"])


@pytest.mark.parametrize("width", [200, 280])
def test_backends_of_one_kind_have_different_names_in_brief(qtbot: QtBot, themed: QApplication, width: int) -> None:
    brief = Brief()
    qtbot.addWidget(brief)
    chosen = [find_backend(text) for text in ("torch-fp32", "torch-fp32:torchscript")]
    brief.show_lines([BackendState(backend, 0, Status.READY) for backend in chosen])
    brief.resize(width, brief.sizeHint().height())
    picture = brief.grab().toImage()
    edge = theme.GRID // 2
    line = (picture.height() - 2 * edge) // 2
    left = 3 * theme.GRID + edge  # behind the markers, which differ
    first, second = (picture.copy(left, edge + number * line, width - left, line) for number in range(2))
    assert first != second


def test_assistive_programs_are_told_the_lines_in_brief(qtbot: QtBot, themed: QApplication) -> None:
    brief = Brief()
    qtbot.addWidget(brief)
    brief.show_lines([BackendState(TORCH_FP32, 0, Status.READY)])
    qtbot.waitUntil(lambda: brief.accessibleDescription() == "PyTorch fp32 ready")


def test_brief_lines_give_way_first_then_samples_and_the_pad_last(qtbot: QtBot, themed: QApplication) -> None:
    session = Session(make_engine=OddEngines(), access={})
    pad, brief = PadPanel(session), Brief()
    brief.show_lines([BackendState(TORCH_FP32, index, Status.READY) for index in range(6)])
    column = LeftColumn(pad, brief)
    qtbot.addWidget(column)
    column.show()
    samples = pad.findChild(QWidget, "samples")
    assert samples is not None
    shown = []
    for height in (700, 480, 360):
        column.resize(300, height)
        QApplication.processEvents()
        shown.append((brief.isVisible(), samples.isVisible(), pad.pad.square().width() >= 200))
    session.close()
    assert shown == [(True, True, True), (False, True, True), (False, False, True)]
