"""From an exception to what a person is shown."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.base.logs import start_logging
from mnist_bench.engines.errors import RunnerDied
from mnist_bench.gui.dialogs import about_box
from mnist_bench.gui.kit.errors import catch_what_nobody_catches
from mnist_bench.session.failure import Failure, describe


@pytest.fixture
def hooks() -> Iterator[None]:
    before = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = before


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_an_error_that_a_person_can_meet_speaks_for_itself() -> None:
    failure = describe(raised(InputError("It is damaged.", advice="Take another.")))
    assert (failure.sentence, failure.advice) == ("It is damaged.", "Take another.")
    assert "Traceback" in failure.details
    assert "mnist-bench" in failure.details.splitlines()[0]


def test_the_details_hold_all_of_a_runners_last_words() -> None:
    failure = describe(raised(RunnerDied("It ended.", "Traceback of the runner\nMemoryError")))
    assert "Traceback of the runner\nMemoryError" in failure.details


def test_any_other_is_the_programs_fault_and_names_the_log() -> None:
    failure = describe(raised(KeyError("missing")))
    assert failure.sentence == "Internal error: KeyError: 'missing'"
    assert "log" in failure.advice


@pytest.mark.usefixtures("hooks")
def test_what_nobody_catches_is_shown_and_its_traceback_logged(log_file: Path) -> None:
    shown: list[Failure] = []
    start_logging()
    catch_what_nobody_catches(shown.append)
    error = raised(ValueError("odd"))
    sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=lambda: [][1])
    thread.start()
    thread.join()
    assert ["ValueError" in shown[0].sentence, "IndexError" in shown[1].sentence] == [True, True]
    text = log_file.read_text()
    assert "ValueError: odd" in text
    assert "IndexError" in text


def test_the_about_box_names_the_log(qtbot: QtBot, themed: QApplication) -> None:
    box = about_box(None)
    qtbot.addWidget(box)
    assert "mnist-bench.log" in box.informativeText()
