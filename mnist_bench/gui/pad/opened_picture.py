"""An opened picture in the pad's place: a click picks one of its digits, a drag crops it."""

from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mnist_bench.digits.picture_view import Box, PictureView
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import PAD_PAPER
from mnist_bench.gui.kit.pixels import image_of
from mnist_bench.gui.kit.text import set_tip

_REACH: Final = 12
"""Pixels: a click so near a digit's box picks it, and a shorter drag is a click."""
_STEP: Final = 0.1
"""Of what is shown: how much a key cuts off."""
_HELP: Final = (
    "Drag a rectangle to crop; click a digit to read it. Keys: left and right pick a digit, Enter crops to it, "
    "Shift and an arrow cut off an edge, Backspace shows all."
)


class OpenedPicture(QWidget):
    """Shows a picture as large as it fits, with a frame around each digit that is seen in it.

    Signals:
        picked: the number of the digit that was clicked.
        cropped: Box that was dragged, in pixels of what is shown.
        whole_wanted: the person wants to see all of it.
    """

    picked = Signal(int)
    cropped = Signal(object)
    whole_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view: PictureView | None = None
        self._from: QPointF | None = None
        self._to = QPointF()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Opened picture")
        set_tip(self, _HELP)
        self.hide()

    def show_view(self, view: PictureView | None) -> None:
        """Show this; nothing where there is no picture."""
        self._view, self._from = view, None
        if view is not None:
            self._image = image_of(view.pixels())
            self.setAccessibleDescription(f"Digits: {len(view.digits)}. {_HELP}")
        self.setVisible(view is not None)
        self.update()

    def place(self, box: Box) -> QRectF:
        """Where a box of the picture lies in the widget."""
        area = self._area()
        scale = area.width() / self._image.width()
        return QRectF(area.x() + box.left * scale, area.y() + box.top * scale, box.width * scale, box.height * scale)

    def _area(self) -> QRectF:
        """Where the picture lies in the widget."""
        room = QSizeF(self.size())
        size = QSizeF(self._image.size()).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        spare = room - size
        return QRectF(spare.width() / 2, spare.height() / 2, size.width(), size.height())

    # What the person does.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins a click or a drag."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._from = self._to = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drags the rectangle's corner."""
        self._to = event.position()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Picks or crops."""
        dragged = self._dragged()
        self._from = None
        self.update()
        if self._view is None or event.button() is not Qt.MouseButton.LeftButton:
            return
        area = self._area()
        scale = self._image.width() / area.width()
        if dragged is not None:
            inside = dragged.translated(-area.topLeft())
            edges = (inside.left(), inside.top(), inside.right(), inside.bottom())
            self.cropped.emit(Box(*(round(edge * scale) for edge in edges)))
            return
        at = (event.position() - area.topLeft()) * scale
        if (number := self._view.digit_at(at.x(), at.y(), _REACH * scale)) is not None:
            self.picked.emit(number)

    def _dragged(self) -> QRectF | None:
        """The rectangle that is being dragged, within the picture; None if it is too small to be one."""
        if self._from is None:
            return None
        rectangle = QRectF(self._from, self._to).normalized().intersected(self._area())
        return rectangle if min(rectangle.width(), rectangle.height()) >= _REACH else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Does the same with keys."""
        view = self._view
        if view is None:
            return
        (width, height), picked, digits = view.size, view.picked, len(view.digits)
        across, down = round(width * _STEP), round(height * _STEP)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            cuts = {
                Qt.Key.Key_Left: Box(0, 0, width - across, height),
                Qt.Key.Key_Right: Box(across, 0, width, height),
                Qt.Key.Key_Up: Box(0, 0, width, height - down),
                Qt.Key.Key_Down: Box(0, down, width, height),
            }
            keys = {key: partial(self.cropped.emit, box) for key, box in cuts.items()}
        else:
            keys = {Qt.Key.Key_Backspace: partial(self.whole_wanted.emit)}
            if digits:
                keys[Qt.Key.Key_Left] = partial(self.picked.emit, (picked - 1) % digits)
                keys[Qt.Key.Key_Right] = partial(self.picked.emit, (picked + 1) % digits)
                crop = partial(self.cropped.emit, view.digits[picked].grown(across // 2))
                keys[Qt.Key.Key_Return] = keys[Qt.Key.Key_Enter] = crop
        if (do := keys.get(Qt.Key(event.key()))) is not None:
            do()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the picture, the digits' frames, and the rectangle that is dragged."""
        painter, colors = QPainter(self), theme.current()
        painter.fillRect(self.rect(), QColor(PAD_PAPER))
        if self._view is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._area(), self._image)
        for number, box in enumerate(self._view.digits):
            is_picked = number == self._view.picked
            painter.setPen(QPen(QColor(colors.accent if is_picked else colors.outline), 3 if is_picked else 1.5))
            painter.drawRoundedRect(self.place(box).adjusted(-4, -4, 4, 4), 4, 4)
        if (dragged := self._dragged()) is not None:
            painter.setPen(QPen(QColor(colors.accent), 1.5, Qt.PenStyle.DashLine))
            painter.drawRect(dragged)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
