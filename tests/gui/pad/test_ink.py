"""What is painted live, in pieces, must be what is painted once it is finished."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from mnist_bench.digits.drawing import Drawing, Point, Stroke
from mnist_bench.digits.pictures import picture_bytes_to_digit
from mnist_bench.digits.rendering import render_drawing
from mnist_bench.gui.kit.pixels import png_bytes
from mnist_bench.gui.pad.ink import Ink
from mnist_bench.gui.pad.pad_files import pad_image
from mnist_bench.session.pad_content import PadContent

SIDE = 200


def spiral(points: int) -> Stroke:
    return tuple(
        (140 + (20 + 90 * t / points) * math.cos(t / 12), 140 + (20 + 90 * t / points) * math.sin(t / 12))
        for t in range(points)
    )


def painted(ink: Ink, side: int = SIDE) -> NDArray[np.uint8]:
    image = QImage(side, side, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    ink.paint(painter, QRectF(0, 0, side, side))
    painter.end()
    data = np.frombuffer(image.constBits(), np.uint8).reshape(side, image.bytesPerLine())
    return data[:, :side].copy()


def finished(*strokes: Stroke, side: int = SIDE) -> NDArray[np.uint8]:
    ink = Ink()
    ink.set_size(side, 1.0)
    ink.set_strokes(strokes, 12.0)
    return painted(ink, side)


@pytest.mark.parametrize("points", [1, 2, 3, 40, 65, 500])
def test_a_stroke_under_the_pen_looks_as_it_will_when_it_is_finished(qapp: QApplication, points: int) -> None:
    stroke = spiral(points)
    ink = Ink()
    ink.set_size(SIDE, 1.0)
    ink.set_strokes((), 12.0)
    live: list[Point] = []
    for point in stroke:
        live.append(point)
        ink.follow(live)
    difference = np.abs(painted(ink).astype(int) - finished(stroke))
    # Where two pieces meet, the antialiased edge is painted twice.
    assert difference.max() <= 64
    assert (difference > 8).mean() < 0.005


def test_strokes_that_were_added_one_by_one_look_as_if_they_came_at_once(qapp: QApplication) -> None:
    one, other = spiral(30), ((10.0, 10.0), (60.0, 250.0))
    ink = Ink()
    ink.set_size(SIDE, 1.0)
    ink.set_strokes((one,), 12.0)
    ink.set_strokes((one, other), 12.0)
    assert (painted(ink) == finished(one, other)).all()
    ink.set_strokes((other,), 12.0)
    assert (painted(ink) == finished(other)).all()
    ink.set_strokes((), 12.0)
    assert not painted(ink).any()


def test_a_new_size_keeps_a_stroke_that_is_half_drawn(qapp: QApplication) -> None:
    stroke = spiral(200)
    ink = Ink()
    ink.set_size(77, 1.0)
    ink.set_strokes((), 12.0)
    live: list[Point] = []
    for point in stroke:
        live.append(point)
        ink.follow(live)
    ink.set_size(SIDE, 1.0)
    difference = np.abs(painted(ink).astype(int) - finished(stroke))
    assert (difference > 8).mean() < 0.005


def test_the_pads_picture_is_the_drawing_that_the_network_sees(qapp: QApplication) -> None:
    """Copied or saved as a picture and opened again, a drawing becomes nearly the same digit image."""
    stroke = ((90.0, 60.0), (200.0, 60.0), (150.0, 140.0), (120.0, 230.0))
    content = PadContent(strokes=(stroke,), pen_width=20.0)
    again = picture_bytes_to_digit(png_bytes(pad_image(content)))
    drawing = Drawing(280, 280, 20.0, (stroke,))
    assert np.abs(again.astype(int) - render_drawing(drawing)).mean() < 6
