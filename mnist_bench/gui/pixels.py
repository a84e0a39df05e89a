"""Digit images on the screen: from 28 x 28 bytes to Qt's images."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage


def gray_image(pixels: NDArray[np.uint8]) -> QImage:
    """A grey image with a copy of these pixels, uint8 (height, width)."""
    height, width = pixels.shape
    data = np.ascontiguousarray(pixels).tobytes()
    return QImage(data, width, height, width, QImage.Format.Format_Grayscale8).copy()


def png_bytes(image: QImage) -> bytes:
    """The image as a PNG file's content."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, b"PNG")
    buffer.close()
    return bytes(data.data())
