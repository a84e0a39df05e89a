import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.digits.drawing import Stroke
from mnist_bench.gui.pad.drawing_pad import DrawingPad
from mnist_bench.session.pad_content import PAD_UNITS, PadContent

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def pad(qtbot: QtBot, themed: QApplication) -> DrawingPad:
    pad = DrawingPad()
    qtbot.addWidget(pad)
    pad.resize(280, 280)
    pad.show()
    qtbot.waitExposed(pad)
    return pad


@pytest.fixture
def ended(pad: DrawingPad) -> list[Stroke]:
    strokes: list[Stroke] = []
    pad.stroke_ended.connect(strokes.append)
    return strokes


def draw_with_mouse(pad: DrawingPad, *points: QPoint) -> None:
    QTest.mousePress(pad, LEFT, NONE, points[0])
    for point in points[1:]:
        QTest.mouseMove(pad, point)
    QTest.mouseRelease(pad, LEFT, NONE, points[-1])


def test_the_mouse_draws(pad: DrawingPad, ended: list[Stroke]) -> None:
    moved: list[Stroke] = []
    pad.stroke_moved.connect(moved.append)
    draw_with_mouse(pad, QPoint(50, 60), QPoint(100, 60), QPoint(150, 90))
    assert [stroke[-1] for stroke in moved] == [(50, 60), (100, 60), (150, 90)]
    assert ended[0][0] == (50, 60)
    assert ended[0][-1] == (150, 90)
    assert not pad.is_drawing


def test_a_click_is_a_dot(pad: DrawingPad, ended: list[Stroke]) -> None:
    QTest.mouseClick(pad, LEFT, NONE, QPoint(100, 100))
    assert ended == [((100.0, 100.0),)]


@pytest.mark.parametrize("button", [Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton])
def test_other_buttons_do_not_draw(pad: DrawingPad, ended: list[Stroke], button: Qt.MouseButton) -> None:
    QTest.mousePress(pad, button, NONE, QPoint(100, 100))
    QTest.mouseMove(pad, QPoint(120, 120))
    QTest.mouseRelease(pad, button, NONE, QPoint(120, 120))
    assert ended == []


@pytest.mark.parametrize(("width", "height"), [(140, 140), (560, 560), (560, 300), (300, 560)])
def test_points_are_in_pad_units_whatever_the_size(
    pad: DrawingPad, ended: list[Stroke], width: int, height: int
) -> None:
    pad.resize(width, height)
    square = pad.square().toRect()
    assert square.width() == square.height() == min(width, height)
    quarter = square.topLeft() + QPoint(square.width() // 4, square.width() // 2)
    QTest.mouseClick(pad, LEFT, NONE, quarter)
    assert ended[0][0] == pytest.approx((PAD_UNITS / 4, PAD_UNITS / 2), abs=1)


def test_a_pen_that_leaves_the_pad_draws_along_its_edge(pad: DrawingPad, ended: list[Stroke]) -> None:
    pad.resize(400, 280)  # the square is in the middle
    draw_with_mouse(pad, QPoint(200, 140), QPoint(390, 140), QPoint(390, 200))
    assert all(0 <= x <= PAD_UNITS and 0 <= y <= PAD_UNITS for x, y in ended[0])
    assert ended[0][-1] == (PAD_UNITS, 200.0)


def test_a_press_beside_the_square_does_nothing(pad: DrawingPad, ended: list[Stroke]) -> None:
    pad.resize(400, 280)
    draw_with_mouse(pad, QPoint(10, 140), QPoint(200, 140))
    assert ended == []


def pen_event(pad: DrawingPad, kind: QEvent.Type, x: float, y: float, pressure: float, button: Qt.MouseButton) -> None:
    device = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        1,
    )
    position = QPointF(x, y)
    down = Qt.MouseButton.NoButton if kind is QEvent.Type.TabletRelease else LEFT
    event = QTabletEvent(
        kind, device, position, QPointF(pad.mapToGlobal(position)), pressure, 0, 0, 0, 0, 0, NONE, button, down
    )
    QApplication.sendEvent(pad, event)
    assert event.isAccepted()  # or Qt would send the same as a mouse's


def test_a_pen_draws_with_its_full_precision_whatever_its_pressure(pad: DrawingPad, ended: list[Stroke]) -> None:
    pen_event(pad, QEvent.Type.TabletPress, 50.25, 60.5, 0.1, LEFT)
    pen_event(pad, QEvent.Type.TabletMove, 90.75, 60.5, 0.9, Qt.MouseButton.NoButton)
    pen_event(pad, QEvent.Type.TabletRelease, 90.75, 60.5, 0.0, LEFT)
    assert ended == [((50.25, 60.5), (90.75, 60.5))]


def test_a_hovering_pen_does_not_draw(pad: DrawingPad, ended: list[Stroke]) -> None:
    pen_event(pad, QEvent.Type.TabletMove, 90, 60, 0.0, Qt.MouseButton.NoButton)
    assert not pad.is_drawing
    assert ended == []


def test_a_finger_draws_and_a_second_one_does_not_disturb_it(pad: DrawingPad, ended: list[Stroke]) -> None:
    screen = QTest.createTouchDevice()
    QTest.touchEvent(pad, screen).press(0, QPoint(50, 60), pad).commit()
    QTest.touchEvent(pad, screen).move(0, QPoint(80, 60), pad).press(1, QPoint(200, 200), pad).commit()
    QTest.touchEvent(pad, screen).move(0, QPoint(120, 60), pad).move(1, QPoint(210, 210), pad).commit()
    QTest.touchEvent(pad, screen).stationary(0).release(1, QPoint(210, 210), pad).commit()
    QTest.touchEvent(pad, screen).release(0, QPoint(120, 60), pad).commit()
    assert len(ended) == 1
    assert (ended[0][0], ended[0][-1]) == ((50, 60), (120, 60))
    assert all(y == 60 for _, y in ended[0])


def test_the_mouse_does_not_disturb_a_pen(pad: DrawingPad, ended: list[Stroke]) -> None:
    pen_event(pad, QEvent.Type.TabletPress, 50, 60, 0.5, LEFT)
    draw_with_mouse(pad, QPoint(200, 200), QPoint(210, 210))
    pen_event(pad, QEvent.Type.TabletRelease, 50, 60, 0.0, LEFT)
    assert ended == [((50.0, 60.0),)]


def test_a_stroke_that_nobody_can_see_is_broken_off(pad: DrawingPad, ended: list[Stroke], qtbot: QtBot) -> None:
    QTest.mousePress(pad, LEFT, NONE, QPoint(50, 50))
    with qtbot.waitSignal(pad.stroke_broken_off):
        pad.hide()
    assert not pad.is_drawing
    assert ended == []


def brightness(pad: DrawingPad, x: int, y: int) -> int:
    return pad.grab().toImage().pixelColor(x, y).lightness()


def test_ink_shows_while_it_is_drawn(pad: DrawingPad) -> None:
    pad.show_content(PadContent(pen_width=20))
    QTest.mousePress(pad, LEFT, NONE, QPoint(50, 100))
    QTest.mouseMove(pad, QPoint(200, 100))
    assert brightness(pad, 120, 100) == 255
    assert brightness(pad, 120, 120) == 0
    QTest.mouseRelease(pad, LEFT, NONE, QPoint(200, 100))


def test_a_picture_is_shown_large_and_gives_way_to_a_stroke(pad: DrawingPad) -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[10, 20] = 200
    pad.show_content(PadContent(picture=picture))
    assert brightness(pad, 205, 105) == 200
    assert brightness(pad, 195, 105) == 0
    QTest.mousePress(pad, LEFT, NONE, QPoint(50, 50))
    assert brightness(pad, 205, 105) == 200
    QTest.mouseMove(pad, QPoint(80, 50))
    assert brightness(pad, 205, 105) == 0
    assert brightness(pad, 50, 50) == 255
    pad.break_off()
    assert brightness(pad, 205, 105) == 200


def test_a_click_on_a_picture_leaves_it(qtbot: QtBot, pad: DrawingPad) -> None:
    picture = np.zeros((28, 28), np.uint8)
    picture[10, 20] = 200
    pad.show_content(PadContent(picture=picture))
    with qtbot.assertNotEmitted(pad.stroke_ended), qtbot.assertNotEmitted(pad.stroke_moved):
        QTest.mousePress(pad, LEFT, NONE, QPoint(50, 50))
        QTest.mouseMove(pad, QPoint(52, 51))
        QTest.mouseRelease(pad, LEFT, NONE, QPoint(52, 51))
    assert not pad.is_drawing
    assert brightness(pad, 205, 105) == 200
    with qtbot.waitSignal(pad.stroke_ended) as ended:
        QTest.mousePress(pad, LEFT, NONE, QPoint(50, 50))
        QTest.mouseRelease(pad, LEFT, NONE, QPoint(150, 50))
    assert ended.args[0][0] == (50.0, 50.0), "the stroke begins where the pen was put down"


def test_it_says_what_it_is(pad: DrawingPad) -> None:
    assert pad.accessibleName()
    assert pad.focusPolicy() == Qt.FocusPolicy.StrongFocus
