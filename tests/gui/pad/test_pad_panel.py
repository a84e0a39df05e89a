import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QSlider
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.digits.drawing import MAX_STROKES, Drawing, drawing_from_json, drawing_to_json, save_drawing
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.gui.pad.pad_files import DRAWING_MIME
from mnist_bench.session.pad import PadDigit
from tests.gui.pad.conftest import Panel

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SEVEN = Drawing(280, 280, 20, (((80, 60), (200, 60), (130, 220)),), label=7)


def wait_for_samples(panel: Panel, qtbot: QtBot) -> None:
    """Until they can be seen: a layout shows what is put into it a moment later, and until then Tab passes it by."""
    qtbot.waitUntil(lambda: sum(button.isVisible() for button in panel.findChildren(QAbstractButton)) > 20)


@pytest.fixture
def told(panel: Panel, qtbot: QtBot) -> list[PadDigit]:
    """What the panel tells from now on."""
    QApplication.processEvents()
    digits: list[PadDigit] = []
    panel.digit_changed.connect(digits.append)
    return digits


def draw(panel: Panel, *points: tuple[float, float]) -> None:
    """Draw with the mouse; points are in pad units."""
    square = panel.pad.square()
    scale = square.width() / 280
    places = [QPointF(square.x() + x * scale, square.y() + y * scale).toPoint() for x, y in points]
    QTest.mousePress(panel.pad, LEFT, NONE, places[0])
    for place in places[1:]:
        QTest.mouseMove(panel.pad, place)
    QTest.mouseRelease(panel.pad, LEFT, NONE, places[-1])


def press(panel: Panel, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(panel.window(), key, modifiers)


CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_every_movement_tells_what_the_network_sees(panel: Panel, told: list[PadDigit], qtbot: QtBot) -> None:
    draw(panel, (80, 60), (200, 60), (130, 220))
    qtbot.waitUntil(lambda: len(told) >= 2)
    last = told[-1]
    assert last.drawing is not None
    assert last.pixels is not None
    assert (last.pixels == render_drawing(last.drawing)).all()
    assert panel.view.pixels is last.pixels
    first = told[0].drawing
    assert first is not None
    assert len(first.strokes[0]) == 1  # a stroke's beginning is told at once


def test_movements_of_one_turn_are_told_together(panel: Panel, told: list[PadDigit], qtbot: QtBot) -> None:
    draw(panel, *((40.0 + 4 * step, 100.0) for step in range(50)))
    qtbot.waitUntil(lambda: panel.current() is told[-1])
    assert len(told) <= 3


def test_the_time_of_the_movement_comes_along(panel: Panel, told: list[PadDigit], qtbot: QtBot) -> None:
    before = time.perf_counter_ns()
    draw(panel, (80, 60), (200, 60))
    qtbot.waitUntil(lambda: len(told) >= 2)
    assert all(before <= digit.moved_at_ns <= time.perf_counter_ns() for digit in told)


def test_undo_and_redo_bring_back_strokes_and_a_cleared_pad(panel: Panel) -> None:
    draw(panel, (80, 60), (200, 60))
    draw(panel, (200, 60), (130, 220))
    press(panel, Qt.Key.Key_Delete)
    assert panel.current().pixels is None
    press(panel, Qt.Key.Key_Z, CTRL)
    drawing = panel.current().drawing
    assert drawing is not None
    assert len(drawing.strokes) == 2
    press(panel, Qt.Key.Key_Z, CTRL)
    press(panel, Qt.Key.Key_Z, CTRL)
    assert panel.current().pixels is None
    assert not panel.tools["undo"].isEnabled()
    for _ in range(2):
        press(panel, Qt.Key.Key_Z, CTRL | SHIFT)
    assert panel.current().drawing == drawing


def test_undo_with_the_pen_down_takes_back_that_stroke(panel: Panel) -> None:
    draw(panel, (80, 60), (200, 60))
    QTest.mousePress(panel.pad, LEFT, NONE, panel.pad.square().center().toPoint())
    drawing = panel.current().drawing
    assert drawing is not None
    assert len(drawing.strokes) == 2
    panel.tools["undo"].trigger()
    drawing = panel.current().drawing
    assert drawing is not None
    assert len(drawing.strokes) == 1


def test_labels_are_said_with_keys_or_buttons_and_taken_back(panel: Panel, qtbot: QtBot) -> None:
    panel.put_drawing(SEVEN)
    said: list[int | None] = []
    panel.label_changed.connect(said.append)
    assert panel.current().label == 7
    press(panel, Qt.Key.Key_4)
    press(panel, Qt.Key.Key_4)
    button = next(b for b in panel.findChildren(QAbstractButton) if b.accessibleName() == "Label it 9")
    button.click()
    assert said == [4, None, 9]
    assert panel.current().label == 9
    assert panel.current().drawing == replace(SEVEN, label=9)


def test_an_empty_pad_has_no_label(panel: Panel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.message) as said:
        press(panel, Qt.Key.Key_4)
    assert "Draw a digit first" in said.args[0]
    assert panel.current().label is None


def test_a_label_belongs_to_its_drawing(panel: Panel) -> None:
    panel.put_drawing(SEVEN)
    press(panel, Qt.Key.Key_Delete)
    assert panel.current().label is None
    draw(panel, (80, 60), (200, 60))
    assert panel.current().label is None
    press(panel, Qt.Key.Key_Z, CTRL)
    press(panel, Qt.Key.Key_Z, CTRL)
    assert panel.current().label == 7


def test_a_picture_is_what_the_network_sees_and_drawing_on_it_starts_anew(panel: Panel) -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[5:20, 12:15] = 250
    panel.session.pad.put_image(DigitImage(pixels, 1, None, "a one"))
    seen = panel.current()
    assert seen.drawing is None
    assert seen.label == 1
    assert seen.pixels is not None
    assert (seen.pixels == pixels).all()
    draw(panel, (80, 60), (200, 60))
    drawing = panel.current().drawing
    assert drawing is not None
    assert drawing.label is None
    press(panel, Qt.Key.Key_Z, CTRL)
    assert panel.current().label == 1


def test_the_pen_holds_for_the_whole_drawing_and_is_one_step_for_undo(panel: Panel) -> None:
    slider = panel.findChild(QSlider)
    assert isinstance(slider, QSlider)
    draw(panel, (80, 60), (200, 60))
    for width in range(21, 31):
        slider.setValue(width)
    drawing = panel.current().drawing
    assert drawing is not None
    assert drawing.pen_width == 30
    assert panel.pen_width == 30
    press(panel, Qt.Key.Key_Z, CTRL)
    drawing = panel.current().drawing
    assert drawing is not None
    assert drawing.pen_width == 20


def test_a_sample_has_its_own_pen_and_leaves_the_persons_alone(panel: Panel) -> None:
    panel.set_pen_width(30)
    panel.put_drawing(Drawing(140, 140, 5, (((10, 10), (100, 100)),)))
    drawing = panel.current().drawing
    assert drawing is not None
    assert drawing.pen_width == 10
    press(panel, Qt.Key.Key_Delete)
    draw(panel, (80, 60), (200, 60))
    drawing = panel.current().drawing
    assert drawing is not None
    assert drawing.pen_width == 30


@pytest.mark.parametrize("width", [-5.0, 0.0, 1e9])
def test_a_remembered_pen_that_makes_no_sense_is_brought_into_range(panel: Panel, width: float) -> None:
    panel.set_pen_width(width)
    assert 8 <= panel.pen_width <= 40


def test_one_stroke_too_many_is_refused_and_nothing_is_lost(panel: Panel, qtbot: QtBot) -> None:
    panel.put_drawing(Drawing(280, 280, 20, tuple(((float(n % 280), 50.0),) for n in range(MAX_STROKES))))
    with qtbot.waitSignal(panel.message) as said:
        draw(panel, (80, 60), (200, 60))
    assert "Clear the pad" in said.args[0]
    drawing = panel.current().drawing
    assert drawing is not None
    assert len(drawing.strokes) == MAX_STROKES


@pytest.mark.parametrize("way", ["put", "paste"])
def test_a_drawing_too_odd_for_the_pad_gets_a_sentence(panel: Panel, qtbot: QtBot, way: str) -> None:
    panel.put_drawing(SEVEN)
    odd = Drawing(0.001, 0.001, 1e6, (((0.0, 0.0), (0.001, 0.001)),))
    with qtbot.waitSignal(panel.failed) as failed:
        if way == "put":
            panel.put_drawing(odd)
        else:
            data = QMimeData()
            data.setData(DRAWING_MIME, drawing_to_json(odd))
            drop(panel, data)
    assert isinstance(failed.args[0], InputError)
    assert panel.current().drawing == SEVEN


def test_samples_are_put_on_the_pad_with_their_label_one_after_the_other(panel: Panel, qtbot: QtBot) -> None:
    def sample_of(digit: int) -> QAbstractButton | None:
        buttons = panel.findChildren(QAbstractButton)
        return next((b for b in buttons if b.accessibleName() == f"Sample of a {digit}"), None)

    qtbot.waitUntil(lambda: sample_of(3) is not None)
    button = sample_of(3)
    assert button is not None
    button.click()
    first = panel.current()
    button.click()
    second = panel.current()
    assert first.label == second.label == 3
    assert first.drawing != second.drawing


def test_copy_and_paste_keep_the_drawing(panel: Panel, qtbot: QtBot) -> None:
    panel.put_drawing(SEVEN)
    press(panel, Qt.Key.Key_C, CTRL)
    data = QGuiApplication.clipboard().mimeData()
    assert data.hasImage()
    assert data.hasFormat(DRAWING_MIME)
    press(panel, Qt.Key.Key_Delete)
    press(panel, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: panel.current().pixels is not None)
    assert panel.current().drawing == SEVEN
    press(panel, Qt.Key.Key_Z, CTRL)
    assert panel.current().pixels is None


def test_a_picture_of_another_program_can_be_pasted(panel: Panel, qtbot: QtBot) -> None:
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    for y in range(20, 80):
        for x in range(46, 54):
            image.setPixelColor(x, y, Qt.GlobalColor.darkBlue)
    QGuiApplication.clipboard().setImage(image)
    press(panel, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: panel.current().pixels is not None)
    pixels = panel.current().pixels
    assert pixels is not None
    assert pixels[14, 14] > 200
    assert pixels[14, 2] == 0


def test_pasting_words_says_so_and_loses_nothing(panel: Panel, qtbot: QtBot) -> None:
    panel.put_drawing(SEVEN)
    QGuiApplication.clipboard().setText("seven")
    with qtbot.waitSignal(panel.failed) as failed:
        press(panel, Qt.Key.Key_V, CTRL)
    assert isinstance(failed.args[0], InputError)
    assert panel.current().drawing == SEVEN


def drop(panel: Panel, data: QMimeData) -> None:
    place = panel.pad.square().center()
    enter = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(panel.pad, enter)
    assert enter.isAccepted()
    event = QDropEvent(place, Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(panel.pad, event)


def file_data(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_a_drawings_file_can_be_dropped_and_undone(panel: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    save_drawing(tmp_path / "seven.json", SEVEN)
    drop(panel, file_data(tmp_path / "seven.json"))
    qtbot.waitUntil(lambda: panel.current().drawing == SEVEN)
    press(panel, Qt.Key.Key_Z, CTRL)
    assert panel.current().pixels is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
        ("broken.json", b'{"format": "mnist-bench-drawing", "version": 1}'),
        ("words.txt", b"not a picture"),
        ("empty.png", b""),
        ("missing.png", None),
    ],
)
def test_a_bad_file_gets_a_sentence_and_nothing_is_lost(
    panel: Panel, qtbot: QtBot, tmp_path: Path, name: str, content: bytes | None
) -> None:
    panel.put_drawing(SEVEN)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with qtbot.waitSignal(panel.failed) as failed:
        drop(panel, file_data(tmp_path / name))
    assert isinstance(failed.args[0], InputError)
    assert panel.current().drawing == SEVEN


def test_the_last_file_asked_for_wins(panel: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    for digit in range(10):
        save_drawing(tmp_path / f"{digit}.json", Drawing(280, 280, 20, SEVEN.strokes, digit))
    labels: list[int | None] = []
    panel.digit_changed.connect(lambda digit: labels.append(digit.label))
    for digit in range(10):
        drop(panel, file_data(tmp_path / f"{digit}.json"))
    qtbot.waitUntil(lambda: 9 in labels)
    assert set(labels) <= {None, 9}


def test_what_is_drawn_while_a_file_is_read_is_not_swept_away(panel: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    save_drawing(tmp_path / "seven.json", SEVEN)
    drop(panel, file_data(tmp_path / "seven.json"))
    draw(panel, (10, 10), (100, 10))
    qtbot.waitUntil(lambda: not panel.session.reader.is_busy)  # what was read is not wanted any more
    drawing = panel.current().drawing
    assert drawing is not None
    assert len(drawing.strokes) == 1
    assert drawing.label is None


def dialog_of(panel: Panel) -> QFileDialog:
    dialogs = panel.findChildren(QFileDialog)
    assert dialogs
    return dialogs[-1]


@pytest.mark.parametrize("suffix", ["json", "png"])
def test_what_is_saved_can_be_opened(panel: Panel, qtbot: QtBot, tmp_path: Path, suffix: str) -> None:
    panel.put_drawing(SEVEN)
    seen = panel.current().pixels
    assert seen is not None
    path = tmp_path / f"seven.{suffix}"
    press(panel, Qt.Key.Key_S, CTRL)
    with qtbot.waitSignal(panel.message) as said:
        dialog_of(panel).fileSelected.emit(str(path))
    assert "seven" in said.args[0]
    if suffix == "json":
        assert drawing_from_json(path.read_bytes()) == SEVEN
    dialog_of(panel).close()
    press(panel, Qt.Key.Key_Delete)
    press(panel, Qt.Key.Key_O, CTRL)
    dialog_of(panel).fileSelected.emit(str(path))
    qtbot.waitUntil(lambda: panel.current().pixels is not None)
    again = panel.current().pixels
    assert again is not None
    assert np.abs(again.astype(int) - seen).mean() < 6
    dialog_of(panel).close()


@pytest.mark.parametrize("name", ["seven", "seven.gif", "seven.txt"])
def test_a_name_that_says_no_format_is_refused(panel: Panel, qtbot: QtBot, tmp_path: Path, name: str) -> None:
    panel.put_drawing(SEVEN)
    panel.tools["save"].trigger()
    with qtbot.waitSignal(panel.failed) as failed:
        dialog_of(panel).fileSelected.emit(str(tmp_path / name))
    assert ".json" in str(failed.args[0])
    assert not (tmp_path / name).exists()
    dialog_of(panel).close()


def test_a_folder_that_is_not_there_gets_a_sentence(panel: Panel, qtbot: QtBot, tmp_path: Path) -> None:
    panel.put_drawing(SEVEN)
    panel.tools["save"].trigger()
    with qtbot.waitSignal(panel.failed) as failed:
        dialog_of(panel).fileSelected.emit(str(tmp_path / "gone" / "seven.json"))
    assert isinstance(failed.args[0], InputError)
    dialog_of(panel).close()


def test_without_the_test_set_its_button_offers_to_fetch_it(panel: Panel, qtbot: QtBot) -> None:
    offers: list[object] = []
    panel.session.data.wanted.subscribe(offers.append)
    button = next(b for b in panel.findChildren(QAbstractButton) if b.accessibleName() == "MNIST test image")
    button.click()
    qtbot.waitUntil(lambda: len(offers) == 1)


def test_a_random_test_image_comes_with_its_label(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    images = np.zeros((5, 28, 28), np.uint8)
    images[:, 4:24, 12:16] = 255
    np.savez(tmp_path / "ones.npz", images=images, labels=np.ones(5, np.uint8))
    panel = Panel(tmp_path / "ones.npz")
    qtbot.addWidget(panel, before_close_func=lambda _: panel.session.close())
    button = next(b for b in panel.findChildren(QAbstractButton) if b.accessibleName() == "MNIST test image")
    with qtbot.waitSignal(panel.message):
        button.click()
    assert panel.current().label == 1
    assert panel.current().drawing is None


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
@pytest.mark.parametrize(("width", "height"), [(376, 420), (392, 470), (392, 760), (700, 800)])
def test_nothing_is_cut_off(panel: Panel, qtbot: QtBot, width: int, height: int) -> None:
    wait_for_samples(panel, qtbot)
    panel.window().resize(width, height)

    def cut_off() -> list[str]:
        operated = [*panel.findChildren(QAbstractButton), *panel.findChildren(QSlider)]
        widgets = [panel.pad, panel.view, *(widget for widget in operated if widget.isVisibleTo(panel))]
        assert len(widgets) >= 2 + 6 + 10 + 10, "tools, labels, samples"
        # What is not in its parent's rectangle, or in that parent's parent's, is not in its visible region.
        return [w.accessibleName() for w in widgets if w.visibleRegion().boundingRect() != w.rect()]

    qtbot.waitUntil(lambda: panel.height() == height and not cut_off())
    assert panel.pad.square().width() >= 200
    assert panel.view.geometry().top() - panel.pad.geometry().bottom() < 20, "free space lies below it all"


def test_everything_has_a_name_and_the_keyboard_gets_there(panel: Panel, qtbot: QtBot) -> None:
    wait_for_samples(panel, qtbot)
    operable = [*panel.findChildren(QAbstractButton), *panel.findChildren(QSlider), panel.pad]
    assert all(widget.accessibleName() for widget in operable)
    panel.pad.setFocus()
    reached = set()
    for _ in range(40):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        reached.add(focused.accessibleName())
    assert {"Drawing pad", "Open", "Pen width", "Label it 0", "MNIST test image", "Sample of a 0"} <= reached
    labels = next(b for b in panel.findChildren(QAbstractButton) if b.accessibleName() == "Label it 0")
    labels.setFocus()
    QTest.keyClick(labels, Qt.Key.Key_Right)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Label it 1"
