"""The whole window over odd runners."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from mnist_bench.gui.accuracy.controller import AccuracyController
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.settings import Settings
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QToolButton
from pytestqt.qtbot import QtBot

from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.gui.kit.errors import Failure
from mnist_bench.gui.kit.theme import SchemeChoice
from mnist_bench.gui.window import MainWindow
from mnist_bench.network.model_file import write_model_file
from tests.gui.conftest import MakeWindow
from tests.gui.hearing import heard
from tests.gui.odd_engines import OddEngines, digits_to_read, without_quantization
from tests.gui.scripted_phones import ScriptedPhones
from tests.networks import tiny_network


def draw(window: MainWindow) -> None:
    """Draws a stroke on the pad with the mouse."""
    pad = window.pad.pad
    corner = pad.rect().center() - QPoint(40, 40)
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=corner)
    for step in range(0, 80, 8):
        QTest.mouseMove(pad, corner + QPoint(step // 2, step))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=corner + QPoint(40, 80))


def test_nothing_is_started_before_the_window_is_on_the_screen(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = MainWindow(Settings(), make_engine=OddEngines(), phone_access=ScriptedPhones())
    qtbot.addWidget(window)
    assert all(place.state is CardState.OFF for place in window.live.places)
    with qtbot.waitSignal(window.painted):
        window.show()
    assert all(place.state is CardState.OFF for place in window.live.places)
    window.close()


def test_a_drawing_is_answered_and_kept_once_it_is_cleared(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    with qtbot.waitSignal(window.live.shown):
        draw(window)
    qtbot.waitUntil(lambda: "all agree on 0" in window.status.words())
    assert KeptDrawings().list().drawings == ()
    window.pad.clear_action.trigger()
    qtbot.waitUntil(lambda: len(KeptDrawings().list().drawings) == 1)
    assert {said.backend for said in KeptDrawings().list().drawings[0].answers} == {"PyTorch fp32", "QNNPACK int8"}
    assert "agree" not in window.status.words()


def test_a_drawing_on_the_pad_is_kept_when_the_window_is_closed(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    with qtbot.waitSignal(window.live.shown):
        draw(window)
    window.close()
    assert len(KeptDrawings().list().drawings) == 1


def test_it_closes_within_two_seconds_whatever_its_runners_do(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(OddEngines(torch_fp32=("--hang",), qnnpack_int8=("--hang-at-start",)), ready=False)
    qtbot.waitUntil(lambda: window.live.places[0].state is CardState.READY, timeout=20_000)
    draw(window)
    began = time.monotonic()
    with qtbot.waitSignal(window.closed):
        window.close()
    assert time.monotonic() - began < 2


def test_it_remembers_what_was_chosen(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    window.tools.backends_chosen.emit([window.live.places[1].backend])
    window.tools.scheme_chosen.emit(SchemeChoice.DARK)
    window.models.choose("digits-mlp")
    qtbot.waitUntil(lambda: window.models.chosen == "digits-mlp")
    window.pad.set_pen_width(30)
    window.tabs.setCurrentIndex(1)
    window.resize(window.width(), 700)
    window.close()
    second = make_window()
    assert [place.backend.id for place in second.live.places] == ["qnnpack-int8"]
    assert second.models.chosen == "digits-mlp"
    assert second.pad.pen_width == 30
    assert second.tabs.currentIndex() == 1
    assert second.height() == 700
    second.tools.scheme_chosen.emit(SchemeChoice.LIGHT)


def test_unreadable_settings_are_as_good_as_none(qtbot: QtBot, make_window: MakeWindow) -> None:
    settings = Settings()
    for key in ("window/geometry", "window/pad splitter", "window/tab", "backends", "pen/width", "theme", "baseline"):
        settings.put(key, "\x00 nonsense")
    settings.put("model/chosen", "/no/such/file.safetensors")
    settings.flush()
    window = make_window()
    assert [place.backend.id for place in window.live.places][:2] == ["torch-fp32", "qnnpack-int8"]
    assert window.models.chosen == "digits-cnn"


def test_a_model_without_int8_offers_to_quantize_and_the_other_backend_goes_on(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    path = tmp_path / "plain.safetensors"
    write_model_file(path, without_quantization(tiny_network()))
    window = make_window()
    window.models.choose(str(path))
    first, second = window.live.places
    qtbot.waitUntil(lambda: second.state is CardState.FAILED and first.state is CardState.READY)
    assert second.card.message.quantize_button.isVisible()
    with qtbot.waitSignal(window.live.quantize_requested):
        second.card.message.quantize_button.click()
    box = window.findChild(QMessageBox)
    assert box is not None
    box.close()


def test_a_file_that_is_no_model_leaves_the_one_before(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    path = tmp_path / "no.safetensors"
    path.write_bytes(b"nothing")
    window.models.choose(str(path))
    qtbot.waitUntil(lambda: window.notice.words() != "")
    assert window.models.chosen == "digits-cnn"
    assert all(place.state is CardState.READY for place in window.live.places)
    window.notice.close_button.click()
    assert window.notice.words() == ""


def test_an_evaluation_comes_to_the_front_and_its_errors_go_on_the_pad(qtbot: QtBot, make_window: MakeWindow) -> None:
    kept = KeptDrawings()
    for sample in bundled_samples()[:3]:
        assert sample.drawing is not None
        kept.add(replace(sample.drawing, label=9))
    window = make_window()
    tab = window.tabs.view(AccuracyController).tab
    with qtbot.waitSignal(tab.shown):
        window.tools.evaluate_requested.emit("drawings")
    assert window.tabs.currentWidget() is tab
    qtbot.waitUntil(lambda: not window.work.is_busy)
    window.tabs.view(AccuracyController).tab.views.buttons["Errors"].click()
    with qtbot.waitSignal(window.pad.digit_changed):
        tab.views.gallery.images.chosen.emit(1)
    shown = window.pad.current()
    assert shown.label == 9
    assert shown.pixels is not None
    assert np.array_equal(shown.pixels, bundled_samples()[1].pixels)


def test_escape_cancels_an_evaluation(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    digits = digits_to_read(5_000)
    np.savez(tmp_path / "digits.npz", images=digits.images, labels=digits.labels)
    window = make_window(OddEngines(torch_fp32=("--slow-ms", "20")))
    with qtbot.waitSignal(heard(window.live.places[0].worker.evaluation_moved)):
        window.work.evaluate(tmp_path / "digits.npz", window.live.places, "tiny")
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.work.is_busy)


def test_everything_that_can_be_operated_has_a_name_and_can_be_reached(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window()
    for button in window.tools.findChildren(QToolButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.text()
    for place in window.live.places:
        assert place.card.accessibleName() == f"Backend {place.backend.plain_title}"
        assert place.card.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_an_unexpected_failure_is_shown_in_a_sentence(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(ready=False)
    window.show_failure(Failure("It went wrong.", "Report it.", "details"))
    assert window.notice.words() == "It went wrong. Report it."
