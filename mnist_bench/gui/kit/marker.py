"""The mark that stands for a backend beside its colour: a disc, square, triangle, diamond, plus or cross."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.palette import BackendStyle
from mnist_bench.gui.kit.pixels import untinted

_SIZE = 12


def paint_marker(painter: QPainter, area: QRectF, style: BackendStyle) -> None:
    """Paints the mark of `style` to fill `area`; the painter's pen and brush are left as they were."""
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
    pixmap = QPixmap(QSize(_SIZE + 4, _SIZE + 4) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_marker(painter, QRectF(2, 2, _SIZE, _SIZE), style)
    painter.end()
    return untinted(pixmap)


class Marker(QWidget):
    """The mark of one backend; decorative, the title beside it says the same."""

    def __init__(self, style: BackendStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self.setFixedSize(_SIZE, _SIZE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the mark."""
        del event
        paint_marker(QPainter(self), QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._style)
