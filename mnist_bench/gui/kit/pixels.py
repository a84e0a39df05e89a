"""Digit images on the screen: from 28 x 28 bytes to Qt's images."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QImageWriter, QPixmap


def gray_image(pixels: NDArray[np.uint8]) -> QImage:
    """A grey image with a copy of these pixels, uint8 (height, width)."""
    height, width = pixels.shape
    data = np.ascontiguousarray(pixels).tobytes()
    return QImage(data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def enlarged(pixels: NDArray[np.uint8], side: int) -> QPixmap:
    """A smooth thumbnail of a digit image, `side` logical pixels wide and high."""
    size = QSize(side * 2, side * 2)
    pixmap = QPixmap.fromImage(gray_image(pixels).scaled(size, mode=Qt.TransformationMode.SmoothTransformation))
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
