"""The whole window over odd runners."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QRadioButton, QToolButton
from pytestqt.qtbot import QtBot

from mnist_bench.base import locations
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.accuracy.view import AccuracyView
from mnist_bench.gui.answers.view import AnswersView
from mnist_bench.gui.window import MainWindow
from mnist_bench.network.model_file import write_model_file
from mnist_bench.session.backend_state import Status
from mnist_bench.session.failure import Failure
from mnist_bench.session.session import Session
from tests.gui.conftest import MakeWindow
from tests.gui.hearing import topic
from tests.networks import tiny_network
from tests.odd_engines import OddEngines, digits_to_read, without_quantization


def draw(window: MainWindow) -> None:
    """Draws a stroke on the pad with the mouse."""
    pad = window.pad.pad
    corner = pad.rect().center() - QPoint(40, 40)
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=corner)
    for step in range(0, 80, 8):
        QTest.mouseMove(pad, corner + QPoint(step // 2, step))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=corner + QPoint(40, 80))


def answers_of(window: MainWindow) -> AnswersView:
    view = window.tabs.views["Answers"]
    assert isinstance(view, AnswersView)
    return view


def test_nothing_is_started_before_the_window_is_on_the_screen(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = MainWindow(Session(make_engine=OddEngines(), access={}))
    qtbot.addWidget(window)
    assert all(state.status is Status.OFF for state in window.session.live.backends)
    with qtbot.waitSignal(window.painted):
        window.show()
    assert all(state.status is Status.OFF for state in window.session.live.backends)
    window.close()


def test_a_drawing_is_answered_and_kept_once_it_is_cleared(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    with qtbot.waitSignal(topic(window.session.live.answered)):
        draw(window)
    qtbot.waitUntil(lambda: "all agree on 0" in window.status.overview.line())
    assert KeptDrawings().list().drawings == ()
    window.pad.tools["clear"].trigger()
    qtbot.waitUntil(lambda: len(KeptDrawings().list().drawings) == 1)
    assert {said.backend for said in KeptDrawings().list().drawings[0].answers} == {"PyTorch fp32", "QNNPACK int8"}
    assert "agree" not in window.status.overview.line()


def test_a_drawing_on_the_pad_is_kept_when_the_window_is_closed(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    with qtbot.waitSignal(topic(window.session.live.answered)):
        draw(window)
    window.close()
    assert len(KeptDrawings().list().drawings) == 1


def test_it_closes_within_two_seconds_whatever_its_runners_do(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(OddEngines(torch_fp32=("--hang",), qnnpack_int8=("--hang-at-start",)), ready=False)
    qtbot.waitUntil(lambda: window.session.live.backends[0].status is Status.READY, timeout=20_000)
    draw(window)
    began = time.monotonic()
    with qtbot.waitSignal(window.closed):
        window.close()
    assert time.monotonic() - began < 2


def test_it_remembers_what_was_chosen(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.session.live.choose([find_backend("qnnpack-int8")])
    window.tools.look_chosen.emit("theme", "dark")
    window.session.networks.choose("digits-mlp")
    qtbot.waitUntil(lambda: window.session.networks.chosen == "digits-mlp")
    window.session.pad.choose_pen(30)
    window.tabs.setCurrentIndex(1)
    window.resize(window.width(), 700)
    window.close()
    second = make_window()
    assert [state.id for state in second.session.live.backends] == ["qnnpack-int8"]
    assert second.session.networks.chosen == "digits-mlp"
    assert second.session.pad.pen_width == 30
    assert second.tabs.currentIndex() == 1
    assert second.height() == 700
    second.tools.look_chosen.emit("theme", "light")


def test_unreadable_choices_are_as_good_as_none(qtbot: QtBot, make_window: MakeWindow) -> None:
    choices = locations.choices_file()
    choices.parent.mkdir(parents=True)
    odd = {"tab": 7, "pen width": "wide", "theme": "pink", "model": "/no/such/file", "backends": 1}
    choices.write_text(json.dumps(odd))
    settings = QSettings("mnist-bench", "mnist-bench")
    settings.setValue("geometry", "\x00 nonsense")
    settings.setValue("divider left column", 1)
    settings.sync()
    window = make_window()
    assert [state.id for state in window.session.live.backends] == ["torch-fp32", "qnnpack-int8"]
    qtbot.waitUntil(lambda: window.session.networks.chosen == "digits-cnn")


def test_a_model_without_int8_offers_to_quantize_and_the_other_backend_goes_on(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    path = tmp_path / "plain.safetensors"
    write_model_file(path, without_quantization(tiny_network()))
    window = make_window()
    window.session.networks.choose(str(path))
    live = window.session.live
    qtbot.waitUntil(lambda: [state.status for state in live.backends] == [Status.READY, Status.FAILED])
    button = answers_of(window).cards["qnnpack-int8"].message.quantize_button
    assert button.isVisible()
    button.click()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None)
    box = window.findChild(QMessageBox)
    assert box is not None
    box.close()


def test_a_file_that_is_no_model_leaves_the_one_before(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    path = tmp_path / "no.safetensors"
    path.write_bytes(b"nothing")
    window.session.networks.choose(str(path))
    qtbot.waitUntil(lambda: window.notice.words() != "")
    assert window.session.networks.chosen == "digits-cnn"
    assert all(state.status is Status.READY for state in window.session.live.backends)
    window.notice.close_button.click()
    assert window.notice.words() == ""


def test_an_evaluation_comes_to_the_front_and_its_errors_go_on_the_pad(qtbot: QtBot, make_window: MakeWindow) -> None:
    kept = KeptDrawings()
    for sample in bundled_samples()[:3]:
        assert sample.drawing is not None
        kept.add(replace(sample.drawing, label=9))
    window = make_window()
    view = window.tabs.views["Accuracy"]
    assert isinstance(view, AccuracyView)
    with qtbot.waitSignal(view.shown):
        window.session.evaluations.evaluate_drawings()
    assert window.tabs.currentWidget() is view
    qtbot.waitUntil(lambda: not window.session.jobs.is_busy)
    view.views.buttons["Errors"].click()
    view.views.gallery.images.chosen.emit(1)
    shown = window.session.pad.current()
    assert shown.label == 9
    assert shown.pixels is not None
    assert np.array_equal(shown.pixels, bundled_samples()[1].pixels)


def test_escape_cancels_an_evaluation(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    digits = digits_to_read(5_000)
    np.savez(tmp_path / "digits.npz", images=digits.images, labels=digits.labels)
    window = make_window(OddEngines(torch_fp32=("--slow-ms", "20")))
    with qtbot.waitSignal(topic(window.session.evaluations.changed), timeout=20_000):
        window.session.evaluations.evaluate_path(tmp_path / "digits.npz")
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.session.jobs.is_busy)


def test_everything_that_can_be_operated_has_a_name_and_can_be_reached(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    for button in window.tools.findChildren(QToolButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.text()
    for card in answers_of(window).cards.values():
        assert card.accessibleName() == f"Backend {card.state.backend.plain_title}"
        (baseline,) = card.findChildren(QRadioButton)
        assert baseline.accessibleName()
        assert baseline.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_an_unexpected_failure_is_shown_in_a_sentence(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(ready=False)
    window.notice.show_failure(Failure("It went wrong.", "Report it.", "details"))
    assert window.notice.words() == "It went wrong. Report it."


def test_a_test_image_offers_to_fetch_mnist_where_it_is_missing(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    button = next(one for one in window.findChildren(QToolButton) if one.accessibleName() == "MNIST test image")
    button.click()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)))
    (box,) = window.findChildren(QMessageBox)
    qtbot.waitUntil(box.isVisible)
    assert "Fetch MNIST" in [one.text() for one in box.buttons()]
    assert "--" not in f"{box.text()} {box.informativeText()}"
    assert not window.notice.isVisible()
    box.reject()
