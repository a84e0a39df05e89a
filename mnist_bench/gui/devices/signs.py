"""The sign that stands for a device's state beside its words: never a colour alone."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from mnist_bench.devices.access import Readiness
from mnist_bench.gui.kit import theme

_SIZE: Final = 16


SIGNS: Final = {
    Readiness.READY: "✓",
    Readiness.SOON: "…",
    Readiness.NEEDS_ACTION: "!",
    Readiness.GONE: "○",
}
"""As characters, for menus and buttons."""


def role_of(readiness: Readiness) -> str:
    """The part of the style sheet that words beside the sign have, and the palette's colour."""
    return {Readiness.READY: "good", Readiness.NEEDS_ACTION: "warning"}.get(readiness, "muted")


def sign_icon(readiness: Readiness, pixel_ratio: float = 1.0) -> QIcon:
    """The sign as an icon in the palette's present colours: a disc with a tick or a mark, three dots, a ring."""
    colors = theme.current()
    color = QColor(getattr(colors, role_of(readiness)))
    pixmap = QPixmap(QSize(_SIZE, _SIZE) * pixel_ratio)
    pixmap.setDevicePixelRatio(pixel_ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if readiness in (Readiness.READY, Readiness.NEEDS_ACTION):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QRectF(1, 1, 14, 14))
        color = QColor(colors.surface)
    painter.setPen(QPen(color, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    if readiness is Readiness.READY:
        painter.drawPolyline([QPointF(4.8, 8.4), QPointF(7.2, 10.8), QPointF(11.4, 5.6)])
    elif readiness is Readiness.NEEDS_ACTION:
        painter.drawLine(QPointF(8, 4.4), QPointF(8, 8.6))
        painter.drawPoint(QPointF(8, 11.6))
    elif readiness is Readiness.SOON:
        for x in (3.5, 8, 12.5):
            painter.drawEllipse(QPointF(x, 8), 0.5, 0.5)
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(3, 3, 10, 10))
    painter.end()
    icon = QIcon(pixmap)
    for mode in (QIcon.Mode.Selected, QIcon.Mode.Disabled):
        icon.addPixmap(pixmap, mode)  # or Qt would tint it
    return icon
