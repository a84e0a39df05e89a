"""What is drawn small: digit images, the mark of a backend beside its colour, and the icons of buttons."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QIcon,
    QImage,
    QImageWriter,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import BackendStyle, mixed


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """An image with a copy of these pixels, uint8: (height, width) of grey or (height, width, 3) of colour."""
    height, width = pixels.shape[:2]
    layout = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
    data = np.ascontiguousarray(pixels)
    return QImage(data.tobytes(), width, height, data.strides[0], layout).copy()


def white_image(alpha: NDArray[np.uint8]) -> QImage:
    """White, as opaque as `alpha`, uint8 (height, width), says."""
    height, width = alpha.shape
    data = np.repeat(alpha.reshape(-1), 4).tobytes()  # premultiplied
    return QImage(data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def enlarged(pixels: NDArray[np.uint8], side: int) -> QPixmap:
    """A smooth thumbnail of a digit image, `side` logical pixels wide and high."""
    size = QSize(side * 2, side * 2)
    pixmap = QPixmap.fromImage(image_of(pixels).scaled(size, mode=Qt.TransformationMode.SmoothTransformation))
    pixmap.setDevicePixelRatio(2)
    return pixmap


def untinted(pixmap: QPixmap) -> QIcon:
    """The pixmap as an icon that looks the same where it is selected; Qt would tint it."""
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon


def swatch(color: str, side: int = 12) -> QPixmap:
    """A square of this colour."""
    pixmap = QPixmap(side, side)
    pixmap.fill(QColor(color))
    return pixmap


def png_bytes(image: QImage) -> bytes:
    """The image as a PNG file's content."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    buffer.close()
    return bytes(data.data())


_MARK: Final = 12


def paint_marker(painter: QPainter, area: QRectF, style: BackendStyle) -> None:
    """Paints the mark of `style`, a disc, square, triangle, diamond, plus or cross, to fill `area`.

    The painter's pen and brush are left as they were.
    """
    painter.save()
    _paint(painter, area, style)
    painter.restore()


def _paint(painter: QPainter, area: QRectF, style: BackendStyle) -> None:
    color = QColor(style.color)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if style.marker in "+x":
        painter.setPen(QPen(color, area.width() / (4 if style.is_filled else 8)))
        painter.translate(area.center())
        painter.rotate(45 if style.marker == "x" else 0)
        half = area.width() / 2
        painter.drawLine(QPointF(-half, 0), QPointF(half, 0))
        painter.drawLine(QPointF(0, -half), QPointF(0, half))
        return
    if style.is_filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
    else:
        painter.setPen(QPen(color, area.width() / 8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        area = area.adjusted(*(side * area.width() / 16 for side in (1, 1, -1, -1)))
    middle, top, bottom = area.center(), area.top(), area.bottom()
    if style.marker == "o":
        painter.drawEllipse(area)
    elif style.marker == "t":  # pyqtgraph's "t" points down
        painter.drawPolygon(QPolygonF([area.topLeft(), area.topRight(), QPointF(middle.x(), bottom)]))
    elif style.marker == "d":
        points = [QPointF(middle.x(), top), QPointF(area.right(), middle.y())]
        points += [QPointF(middle.x(), bottom), QPointF(area.left(), middle.y())]
        painter.drawPolygon(QPolygonF(points))
    else:
        painter.drawRect(area)


def marker_icon(style: BackendStyle) -> QIcon:
    """The mark as an icon for menus and tables."""
    ratio = QGuiApplication.primaryScreen().devicePixelRatio()
    pixmap = QPixmap(QSize(_MARK + 4, _MARK + 4) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_marker(painter, QRectF(2, 2, _MARK, _MARK), style)
    painter.end()
    return untinted(pixmap)


class Marker(QWidget):
    """The mark of one backend; decorative, the title beside it says the same."""

    def __init__(self, style: BackendStyle) -> None:
        super().__init__()
        self._style = style
        self.setFixedSize(_MARK, _MARK)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the mark."""
        paint_marker(QPainter(self), QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._style)


ICON_SIDE: Final = 20
"""Pixels: the side that icons are drawn for."""

# The icons: lines on a grid of 24 x 24.
_PATHS: Final = {
    "undo": "M9 5L4.5 9.5L9 14M4.5 9.5H14.5a5 5 0 0 1 0 10H9",
    "redo": "M15 5L19.5 9.5L15 14M19.5 9.5H9.5a5 5 0 0 0 0 10H15",
    "clear": "M4.5 7H19.5M9.5 7V4.5H14.5V7M6.5 7L7.5 19.5H16.5L17.5 7M10.5 11V15.5M13.5 11V15.5",
    "open": "M3.5 18.5V6H9.5L11.5 8.5H20.5V18.5Z",
    "save": "M12 4V14.5M7.5 10.5L12 15L16.5 10.5M4.5 15.5V19.5H19.5V15.5",
    "copy": "M9 9H19.5V19.5H9ZM5.5 15H4.5V4.5H15V5.5",
    "paste": "M8.5 5.5H5.5V19.5H18.5V5.5H15.5M9 3.5H15V7.5H9Z",
    "random": "M4.5 4.5H19.5V19.5H4.5ZM8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01",
    "turn left": "M5 13.5a7 7 0 1 0 2.4 -5.3L4.5 10.5M4.5 5V10.5H10",
    "turn right": "M19 13.5a7 7 0 1 1 -2.4 -5.3L19.5 10.5M19.5 5V10.5H14",
    "whole": "M4.5 9V4.5H9M15 4.5H19.5V9M19.5 15V19.5H15M9 19.5H4.5V15",
}
_RATIOS: Final = (1, 2, 3)


def icon(name: str) -> QIcon:
    """The icon of this name in the palette's present colours; ask again when they change."""
    colors = theme.current()
    result = QIcon()
    for mode, color in (
        (QIcon.Mode.Normal, colors.text),
        (QIcon.Mode.Disabled, mixed(colors.muted, colors.window, 0.5)),
    ):
        for ratio in _RATIOS:
            shapes = f'<path stroke="{color}" stroke-width="1.6" d="{_PATHS[name]}"/>'
            result.addPixmap(drawn(shapes, 24, ICON_SIDE, ratio), mode)
    return result


def drawn(shapes: str, units: int, side: int, ratio: float) -> QPixmap:
    """SVG shapes on a grid of `units` x `units`, `side` logical pixels wide and high; lines have round ends."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {units} {units}">'
        f'<g fill="none" stroke-linecap="round" stroke-linejoin="round">{shapes}</g></svg>'
    )
    pixmap = QPixmap(QSize(side, side) * ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
