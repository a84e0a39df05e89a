"""Model files of other programs in the window: opened, dropped, imported again, kept, exported."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from mnist_bench.digits.drawing import drawing_to_json
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.engines.models import open_model
from mnist_bench.gui.network.import_sheet import ImportSheet
from mnist_bench.gui.network.view import NetworkView
from mnist_bench.gui.window import MainWindow
from mnist_bench.network.model_file import read_model_file, write_model_file
from mnist_bench.session.network_words import OTHER
from tests.gui.answering import Answers
from tests.gui.conftest import MakeWindow
from tests.gui.heartbeat import Heartbeat
from tests.gui.network.importing import IMPORT_LIMIT_MS, onnx_file, state_dict_file
from tests.gui.test_toolbar import action, submenu_action
from tests.networks import tiny_network
from tests.odd_engines import without_quantization
from tests.sessions import heard

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def tab_of(window: MainWindow) -> NetworkView:
    tab = window.tabs.views["Network"]
    assert isinstance(tab, NetworkView)
    return tab


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place = QPointF(window.rect().center())
    enter = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(place, Qt.DropAction.CopyAction, data, LEFT, NONE))


def imported(qtbot: QtBot, window: MainWindow, path: Path) -> ImportSheet:
    """The sheet of a file that is dropped now."""
    done = heard(window.session.networks.imported)
    drop(window, path)
    qtbot.waitUntil(lambda: bool(done), timeout=IMPORT_LIMIT_MS)
    sheet = tab_of(window).sheet
    assert sheet is not None
    return sheet


def pick(qtbot: QtBot, window: MainWindow, combo: QComboBox, value: object) -> None:
    """Choose an item as the arrow keys do, and wait until the file is imported again."""
    done = heard(window.session.networks.imported)
    step = 1 if combo.findData(value) > combo.currentIndex() else -1
    for _ in range(abs(combo.findData(value) - combo.currentIndex())):
        QTest.keyClick(combo, Qt.Key.Key_Down if step > 0 else Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: bool(done), timeout=IMPORT_LIMIT_MS)


def test_a_learning_path_network_answers_on_three_backends_within_seconds(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends = ("torch-fp32", "native-fp32", "qnnpack-int8")
    window = make_window(InferenceEngine, backends=backends)
    live, beat = window.session.live, Heartbeat(window)
    sample = bundled_samples()[3]
    assert sample.drawing is not None
    window.session.pad.put_drawing(sample.drawing)
    qtbot.waitUntil(lambda: all(state.answer for state in live.backends), timeout=IMPORT_LIMIT_MS)
    path = state_dict_file(tmp_path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))

    beat.begin()
    begun = time.monotonic()
    action(window.tools, "Network", "Open a model file …").trigger()
    qtbot.waitUntil(lambda: live.network is not None and live.network.name == "model", timeout=IMPORT_LIMIT_MS)
    qtbot.waitUntil(lambda: all(state.answer for state in live.backends), timeout=IMPORT_LIMIT_MS)
    seconds = time.monotonic() - begun
    print(f"\nFrom choosing a state dict to {len(backends)} answers: {seconds:.1f} s, runners started")
    digits = [int(state.answer.probabilities.argmax()) for state in live.backends if state.answer]
    assert digits == [sample.label] * len(backends)
    assert beat.longest_s < 2.0, "the window stays live meanwhile"
    sheet = tab_of(window).sheet
    assert sheet is not None
    assert sheet.isVisible()
    assert not sheet.isModal()
    assert "PyTorch state dict" in sheet.text()
    assert "⚠" in sheet.text()
    assert "Imported from model.pth (PyTorch state dict). Normalisation, built into its" in tab_of(window).text()


def test_the_normalisation_and_the_guess_can_be_changed(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    sheet = imported(qtbot, window, state_dict_file(tmp_path))
    assert sheet.normalisation.currentData() == "mean"
    assert sheet.guess.isVisible()
    before = sheet.guess.currentData()
    other = next(number for number in range(sheet.guess.count()) if number != sheet.guess.currentIndex())
    wanted, words = sheet.guess.itemData(other), sheet.guess.itemText(other)
    pick(qtbot, window, sheet.guess, wanted)
    assert (sheet.guess.currentData(), sheet.guess.currentText()) == (wanted, words)
    assert wanted != before
    assert words.partition(": ")[2] in sheet.text()

    pick(qtbot, window, sheet.normalisation, "bytes")
    assert "Its input is x, 0 to 255, as asked for" in sheet.text()
    assert sheet.guess.currentData() == wanted, "the guess stays the one that was chosen"
    assert [Path(file).name for file in window.session.networks.kept] == ["model.safetensors"]


def test_the_sheet_grows_with_what_it_says(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    sheet = imported(qtbot, window, onnx_file(tmp_path))
    found, before = window.session.networks.imports[window.session.networks.chosen], sheet.size()
    sheet.show_import(replace(found, report=replace(found.report, notes=("One.", "Two.", "Three.", "Four."))))
    assert sheet.height() > before.height()
    assert sheet.width() == before.width()
    grown = sheet.size()
    sheet.show_import(found)
    assert sheet.size() == grown


def test_a_mean_and_a_deviation_are_typed(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    sheet = imported(qtbot, window, onnx_file(tmp_path))
    assert not sheet.guess.isVisible()
    assert not sheet.other.isVisible()
    sheet.normalisation.setCurrentIndex(sheet.normalisation.findData(OTHER))
    sheet.normalisation.activated.emit(sheet.normalisation.currentIndex())
    done = heard(window.session.networks.imported)
    QTest.keyClicks(sheet.other, "0, 0.003921569")
    QTest.keyClick(sheet.other, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(done), timeout=IMPORT_LIMIT_MS)
    assert "(x/255 - 0) / 0.003921569, as asked for" in sheet.text()
    assert sheet.other.text() == "0,0.003921569"

    sheet.other.setText("much")
    failed = heard(window.session.failed)
    QTest.keyClick(sheet.other, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(failed))
    assert "There is no normalisation 'much'. Give one of" in window.notice.words()
    assert sheet.other.text() == "0,0.003921569", "it shows what is used"
    window.session.networks.choose("digits-cnn")
    qtbot.waitUntil(lambda: not sheet.isVisible())


def test_pictures_and_drawings_still_go_to_the_pad(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    sample = bundled_samples()[0]
    assert sample.drawing is not None
    path = tmp_path / "seven.drawing"
    path.write_bytes(drawing_to_json(sample.drawing))
    drop(window, path)
    qtbot.waitUntil(lambda: window.session.pad.content.drawing == sample.drawing)
    assert window.session.networks.chosen == "digits-cnn"


def test_a_file_without_a_models_name_is_told_by_its_content(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    window = make_window()
    imported(qtbot, window, onnx_file(tmp_path, "a digit reader"))
    assert Path(window.session.networks.chosen).name == "a digit reader.safetensors"


def test_a_file_that_cannot_be_imported_gets_a_sentence(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    path = tmp_path / "model.pth"
    path.write_bytes(json.dumps({"weights": "elsewhere"}).encode())
    failed = heard(window.session.failed)
    drop(window, path)
    qtbot.waitUntil(lambda: window.status.cancel_button.isVisible(), timeout=IMPORT_LIMIT_MS)
    qtbot.waitUntil(lambda: bool(failed), timeout=IMPORT_LIMIT_MS)
    assert "model.pth" in window.notice.words()
    assert "It is damaged, or not what its name says (.pth)." in window.notice.words()
    assert not window.status.cancel_button.isVisible()
    assert window.session.networks.chosen == "digits-cnn"


def test_an_import_can_be_cancelled(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    told, failed = heard(window.session.message), heard(window.session.failed)
    drop(window, onnx_file(tmp_path))
    qtbot.waitUntil(lambda: window.status.cancel_button.isVisible(), timeout=IMPORT_LIMIT_MS)
    window.status.cancel_button.click()
    qtbot.waitUntil(lambda: "Cancelled." in told, timeout=IMPORT_LIMIT_MS)
    qtbot.waitUntil(lambda: not window.status.cancel_button.isVisible())
    assert (failed, window.session.networks.kept) == ([], ())


def test_a_kept_network_is_picked_renamed_shared_and_removed(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    networks, tab = window.session.networks, tab_of(window)
    assert tab.remove_button.isHidden()
    sheet = imported(qtbot, window, onnx_file(tmp_path))
    assert action(window.tools, "Network", "seen").isChecked()
    sheet.close()
    tab.found_button.click()
    assert sheet.isVisible()

    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("my reader", True))
    tab.rename_button.click()
    qtbot.waitUntil(lambda: Path(networks.chosen).name == "my reader.safetensors")
    assert action(window.tools, "Network", "my reader").isChecked()
    assert sheet.isVisible(), "what was found in its file is still known"

    answers.path = tmp_path / "shared.safetensors"
    told = heard(window.session.message)
    tab.share_button.click()
    qtbot.waitUntil(lambda: told == [f"Saved {answers.path}."])
    assert read_model_file(tmp_path / "shared.safetensors").notes["imported from"] == "seen.onnx"

    tab.remove_button.click()
    box = window.findChild(QMessageBox)
    assert box is not None
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel), "Return alone deletes nothing"
    next(button for button in box.buttons() if button.text() == "Remove").click()
    qtbot.waitUntil(lambda: networks.chosen == "digits-cnn")
    assert networks.kept == ()
    assert not sheet.isVisible()


def test_the_network_is_exported(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path, answers: Answers) -> None:
    window = make_window()
    told, failed = heard(window.session.message), heard(window.session.failed)
    answers.path = tmp_path / "digits.tflite"
    exports = {one.text(): one for one in tab_of(window).export_button.menu().actions()}
    exports["TFLite, int8 …"].trigger()
    assert answers.asked == [("digits-cnn-int8.tflite", "TFLite (*.tflite)")]
    qtbot.waitUntil(lambda: told == [f"Saved {answers.path}."], timeout=IMPORT_LIMIT_MS)
    report = open_model(tmp_path / "digits.tflite").report
    assert report is not None
    assert report.format == "TFLite"

    answers.path = tmp_path / "there is no folder" / "digits.onnx"
    exports["ONNX, fp32 …"].trigger()
    qtbot.waitUntil(lambda: bool(failed), timeout=IMPORT_LIMIT_MS)
    assert str(answers.path) in window.notice.words()
    assert submenu_action(window.tools, "Export", "The network as").menu() is tab_of(window).export_button.menu()


def test_a_network_without_int8_parameters_is_exported_in_fp32_alone(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    window = make_window()
    write_model_file(tmp_path / "plain.safetensors", without_quantization(tiny_network()))
    drop(window, tmp_path / "plain.safetensors")
    qtbot.waitUntil(
        lambda: window.session.networks.chosen == str(tmp_path / "plain.safetensors"), timeout=IMPORT_LIMIT_MS
    )
    offered = {one.text() for one in tab_of(window).export_button.menu().actions() if one.isEnabled()}
    assert "ONNX, fp32 …" in offered
    assert not any("int8" in words for words in offered)
