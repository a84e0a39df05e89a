"""An opened picture in the pad's place: cropped, turned, and its digits picked, with mouse, finger and keys."""

import io
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.digits.picture_view import Box, PictureView
from mnist_bench.digits.pictures import load_digit
from mnist_bench.gui.pad.opened_picture import OpenedPicture
from mnist_bench.session.pictures import hints
from tests.digit_pictures import picture_of
from tests.gui.heartbeat import BUSY_S, Heartbeat
from tests.gui.pad.conftest import Panel

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def shown(panel: Panel) -> PictureView:
    view = panel.session.pad.content.view
    assert view is not None
    return view


def settle(qtbot: QtBot, panel: Panel) -> PictureView:
    """What is shown once it was read."""
    qtbot.waitUntil(lambda: not panel.session.reader.is_busy)
    return shown(panel)


@pytest.fixture
def opened(qtbot: QtBot, panel: Panel, tmp_path: Path) -> OpenedPicture:
    """A picture of 4, 0 and 7 on the pad."""
    (tmp_path / "407.png").write_bytes(picture_of(4, 0, 7))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "407.png"))])
    panel.files.take(data, "drop")
    qtbot.waitUntil(panel.pad.opened.isVisible)
    return panel.pad.opened


def middle(panel: Panel, digit: int) -> QPointF:
    """Where in the widget a digit's middle lies."""
    return panel.pad.opened.place(shown(panel).digits[digit]).center()


def drag(opened: OpenedPicture, start: QPointF, end: QPointF) -> None:
    QTest.mousePress(opened, LEFT, NONE, start.toPoint())
    QTest.mouseMove(opened, ((start + end) / 2).toPoint())
    QTest.mouseMove(opened, end.toPoint())
    QTest.mouseRelease(opened, LEFT, NONE, end.toPoint())


def test_the_picture_stands_beside_what_the_network_sees(panel: Panel, opened: OpenedPicture) -> None:
    assert panel.view.pixels is not None
    assert opened.geometry() == panel.pad.square().toRect()
    assert hints(shown(panel))[0].startswith("3 digits: click one")


def test_a_click_picks_a_digit_and_beside_them_nothing(qtbot: QtBot, panel: Panel, opened: OpenedPicture) -> None:
    for number in (2, 1, 0):
        QTest.mouseClick(opened, LEFT, NONE, middle(panel, number).toPoint())
        assert settle(qtbot, panel).picked == number
    before = panel.session.pad.content
    QTest.mouseClick(opened, LEFT, NONE, QPointF(5, 5).toPoint())
    settle(qtbot, panel)
    assert panel.session.pad.content is before


def test_undo_while_the_turned_picture_is_being_read_gives_up_the_turn_alone(
    qtbot: QtBot, panel: Panel, opened: OpenedPicture
) -> None:
    before = panel.session.pad.content
    panel.session.pictures.turn(1)
    QTest.keyClick(panel.window(), Qt.Key.Key_Z, CTRL)
    settle(qtbot, panel)
    assert panel.session.pad.content is before
    panel.session.pictures.turn(1)
    assert settle(qtbot, panel).quarters == 1


def test_a_drag_crops_and_undo_brings_the_rest_back(qtbot: QtBot, panel: Panel, opened: OpenedPicture) -> None:
    wanted = shown(panel).digits[1].grown(10)
    place = opened.place(wanted)
    drag(opened, place.bottomRight(), place.topLeft())
    view = settle(qtbot, panel)
    assert len(view.digits) == 1
    assert view.crop is not None
    assert abs(view.crop.left - wanted.left) + abs(view.crop.bottom - wanted.bottom) < 6
    QTest.keyClick(panel.window(), Qt.Key.Key_Z, CTRL)
    assert len(shown(panel).digits) == 3


def test_a_drag_out_of_the_widget_ends_at_the_pictures_edge(qtbot: QtBot, panel: Panel, opened: OpenedPicture) -> None:
    drag(opened, middle(panel, 2) - QPointF(30, 0), QPointF(5000, 5000))
    view = settle(qtbot, panel)
    assert view.crop is not None
    assert (view.crop.right, view.crop.bottom) == view.whole().size


def test_buttons_turn_it_and_show_the_whole(qtbot: QtBot, panel: Panel, opened: OpenedPicture) -> None:
    buttons = {one.accessibleName(): one for one in panel.findChildren(QAbstractButton)}
    for side in ("right", "right", "left"):
        buttons[f"Turn the picture {side}"].click()
    assert settle(qtbot, panel).quarters == 1
    buttons["Show the whole picture as it was opened"].click()
    assert settle(qtbot, panel).quarters == 0


def test_the_keyboard_does_all_of_it(qtbot: QtBot, panel: Panel, opened: OpenedPicture) -> None:
    QTest.mouseClick(opened, LEFT, NONE, middle(panel, 0).toPoint())
    settle(qtbot, panel)
    opened.setFocus()
    largest = shown(panel).picked
    for key, step in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Right, 3), (Qt.Key.Key_Left, 2)):
        QTest.keyClick(opened, key)
        assert settle(qtbot, panel).picked == (largest + step) % 3
    QTest.keyClick(opened, Qt.Key.Key_Return)
    assert len(settle(qtbot, panel).digits) == 1
    QTest.keyClick(opened, Qt.Key.Key_Backspace)
    width, height = settle(qtbot, panel).size
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
        QTest.keyClick(opened, key, SHIFT)
        settle(qtbot, panel)
    crop = shown(panel).crop
    assert crop is not None
    assert 0 < crop.left < crop.right < width
    assert 0 < crop.top < crop.bottom < height
    QTest.keyClick(opened, Qt.Key.Key_7)
    assert panel.session.pad.content.label == 7, "other keys are the window's"


def test_a_cleared_pad_is_drawn_on_again_and_keeps_the_focus(panel: Panel, opened: OpenedPicture) -> None:
    opened.setFocus()
    QTest.keyClick(panel.window(), Qt.Key.Key_Delete)
    assert not opened.isVisible()
    assert panel.pad.hasFocus()
    QTest.mouseClick(panel.pad, LEFT, NONE, panel.pad.square().center().toPoint())
    assert panel.session.pad.content.strokes
    for _ in range(2):
        QTest.keyClick(panel.window(), Qt.Key.Key_Z, CTRL)
    assert opened.isVisible()
    assert opened.hasFocus()


@pytest.fixture(scope="session")
def touch_screen() -> QPointingDevice:
    return QTest.createTouchDevice()


def test_a_finger_picks_too_and_draws_nothing_below(
    qtbot: QtBot, panel: Panel, opened: OpenedPicture, touch_screen: QPointingDevice
) -> None:
    place = middle(panel, 2).toPoint()
    QTest.touchEvent(opened, touch_screen).press(0, place, opened).commit()
    QTest.touchEvent(opened, touch_screen).release(0, place, opened).commit()
    assert settle(qtbot, panel).picked == 2
    assert not panel.session.pad.content.strokes


def test_a_picture_without_a_digit_is_shown_so_that_it_can_be_cropped(qtbot: QtBot, panel: Panel) -> None:
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(panel.message) as said:
        QTest.keyClick(panel.window(), Qt.Key.Key_V, CTRL)
    assert said.args == ["No digit was found in the picture."]
    assert panel.pad.opened.isVisible()
    assert panel.current().pixels is None
    assert not panel.tools["save"].isEnabled()
    assert panel.tools["clear"].isEnabled()
    QTest.keyClick(panel.window(), Qt.Key.Key_Z, CTRL)
    assert panel.session.pad.content.is_empty


@pytest.mark.parametrize("size", [(392, 420), (700, 800)])
def test_a_picture_is_scaled_to_the_pad_with_its_frames_around_its_digits(
    panel: Panel, opened: OpenedPicture, size: tuple[int, int]
) -> None:
    panel.window().resize(*size)
    QApplication.processEvents()
    width, height = shown(panel).size
    whole = opened.place(Box(0, 0, width, height))
    assert whole.width() / whole.height() == pytest.approx(width / height, rel=0.001)
    assert opened.rect().contains(whole.toAlignedRect())
    grabbed = opened.grab().toImage()
    for digit in shown(panel).digits:
        place = opened.place(digit).toAlignedRect()
        across, down = range(place.left(), place.right()), range(place.top(), place.bottom())
        lightness = [grabbed.pixelColor(x, y).lightness() for x in across for y in down]
        assert min(lightness) < 60
        assert max(lightness) > 240


def test_a_large_photograph_does_not_hold_up_the_window(qtbot: QtBot, panel: Panel, tmp_path: Path) -> None:
    path = tmp_path / "photograph.jpg"
    with Image.open(io.BytesIO(picture_of(4, 0, 7))) as picture:
        picture.convert("RGB").resize((4000, 3000)).save(path)
    beat = Heartbeat(panel)
    panel.session.opening.open(lambda: load_digit(path), "open")
    qtbot.waitUntil(panel.pad.opened.isVisible, timeout=20_000)
    panel.session.pictures.turn(1)
    settle(qtbot, panel)
    assert len(shown(panel).digits) == 3
    assert beat.busiest_s < BUSY_S
