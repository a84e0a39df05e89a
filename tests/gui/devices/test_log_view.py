"""The log of what was done over adb."""

import logging
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QFontMetricsF, QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from mnist_bench.gui.devices.log_view import LONGEST, AdbLog, LogView
from mnist_bench.gui.kit import theme
from mnist_bench.session.inbox import Inbox

adb_log = logging.getLogger("mnist_bench.adb")


@pytest.fixture
def view(qtbot: QtBot, themed: QApplication) -> LogView:
    view = LogView()
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    return view


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def told() -> list[list[str]]:
    """What the view was told, call by call."""
    return []


@pytest.fixture
def log(inbox: Inbox, view: LogView, told: list[list[str]]) -> Iterator[AdbLog]:
    def hear(lines: list[str]) -> None:
        told.append(lines)
        view.add(lines)

    log = AdbLog(inbox, hear)
    yield log
    log.close()


@pytest.mark.usefixtures("log")
def test_what_other_threads_do_over_adb_is_shown_and_can_be_copied(view: LogView, inbox: Inbox) -> None:
    worker = threading.Thread(target=lambda: adb_log.info("%s: sent %d bytes", "PIXEL", 7))
    worker.start()
    worker.join()
    inbox.drain()
    assert view.text().endswith(" PIXEL: sent 7 bytes")
    view.copy_button.click()
    assert QGuiApplication.clipboard().text() == view.text()


@pytest.mark.usefixtures("log")
def test_a_flood_is_told_at_once_and_only_its_end_is_kept(view: LogView, inbox: Inbox, told: list[list[str]]) -> None:
    for number in range(10 * LONGEST):
        adb_log.info("line %d", number)
    inbox.drain()
    assert [len(lines) for lines in told] == [LONGEST]
    assert len(view.text().splitlines()) == LONGEST
    assert view.text().endswith(f"line {10 * LONGEST - 1}")
    adb_log.info("another")
    inbox.drain()
    assert view.text().endswith("another")


def test_its_letters_stay_equally_wide_when_the_text_grows(themed: QApplication, view: LogView) -> None:
    view.add(["line"])
    font = view.findChildren(QPlainTextEdit)[0].document().defaultFont
    before = font().pointSizeF()
    try:
        theme.apply(themed, theme.SchemeChoice.LIGHT, 150)
        metrics = QFontMetricsF(font())
        assert metrics.horizontalAdvance("illi") == metrics.horizontalAdvance("WMWM")
        assert font().pointSizeF() == pytest.approx(1.5 * before)
    finally:
        theme.apply(themed, theme.SchemeChoice.LIGHT)


def test_once_closed_it_hears_nothing_and_leaves_the_logger_as_it_was(inbox: Inbox) -> None:
    before = adb_log.level, list(adb_log.handlers)
    log = AdbLog(inbox, print)
    assert adb_log.isEnabledFor(logging.INFO)
    log.close()
    assert (adb_log.level, adb_log.handlers) == before


def test_who_has_scrolled_up_is_left_there(view: LogView) -> None:
    view.add([f"line {number}" for number in range(100)])
    bar = view.lines.verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(3)
    view.add(["another"])
    assert bar.value() == 3
