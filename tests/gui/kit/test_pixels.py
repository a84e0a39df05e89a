"""The mark of a backend."""

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.gui.kit.pixels import paint_marker


@pytest.mark.parametrize("number", range(6))
def test_what_is_drawn_after_a_mark_is_drawn_as_if_there_were_none(themed: QApplication, number: int) -> None:
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    before = painter.pen(), painter.brush(), painter.renderHints()
    paint_marker(painter, QRectF(4, 4, 12, 12), backend_style(number))
    after = painter.pen(), painter.brush(), painter.renderHints()
    painter.end()
    assert after == before
    assert after[1].style() is Qt.BrushStyle.NoBrush
