"""The drawing pad: white ink on black that follows mouse, pen or finger."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_bench.digits.drawing import MAX_POINTS, Point
from mnist_bench.digits.pen_path import PenPath
from mnist_bench.digits.picture_view import PictureView
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import PAD_GUIDE, PAD_HINT, PAD_PAPER
from mnist_bench.gui.kit.pixels import image_of
from mnist_bench.gui.kit.text import set_tip
from mnist_bench.gui.pad.ink import Ink
from mnist_bench.gui.pad.opened_picture import OpenedPicture
from mnist_bench.session.pad_content import PAD_UNITS, PadContent

_BOX: Final = 20 / 28  # MNIST's digits fit a box of 20 x 20 in their 28 x 28
_CLICK: Final = 6  # pixels: who moves a pen less than this has not begun to draw on a picture
_MOUSE: Final = -1
_PEN: Final = -2


class DrawingPad(QWidget):
    """A square that shows a drawing or a picture and tells what a pen does on it; it keeps nothing but the live stroke.

    Mouse, pen (its pressure ignored) and finger draw, whichever comes first until it is lifted.

    Attributes:
        opened: lies over the pad while a picture is there that can be cropped.

    Signals:
        stroke_moved: the points so far, a tuple of (x, y) in pad units.
        stroke_ended: all its points.
        stroke_broken_off: it will not end; what was there before is there again.
        dropped: QMimeData that was dropped here.
    """

    stroke_moved = Signal(object)
    stroke_ended = Signal(object)
    stroke_broken_off = Signal()
    dropped = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._content = PadContent()
        self._finished_points = 0
        self._ink = Ink()
        self._path = PenPath()
        self._drawn_by: int | None = None  # the mouse, the pen, or a finger's id
        self._rests_at: QPointF | None = None  # where it was put down on a picture, and has not moved yet
        self._drop_hovers = False
        self._focus_shows = False
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setAcceptDrops(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.opened = OpenedPicture(self)
        self.setAccessibleName("Drawing pad")
        self.setAccessibleDescription("Draw a digit with mouse, pen or finger, or drop a picture of one here.")

    @property
    def is_drawing(self) -> bool:
        """Whether a pen is on the pad."""
        return self._drawn_by is not None

    def show_content(self, content: PadContent) -> None:
        """Show this; a stroke that is being drawn is dropped."""
        self._path.clear()
        self._drawn_by = self._rests_at = None
        self._content = content
        self._finished_points = sum(map(len, content.strokes))
        self._ink.set_strokes(content.strokes, content.pen_width)
        self._show_opened(content.view)
        set_tip(self, "" if content.picture is None else "Drawing on a picture starts a new drawing; undo goes back")
        self.update()

    def _show_opened(self, view: PictureView | None) -> None:
        has_focus = self.hasFocus() or self.opened.hasFocus()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if view is None else Qt.FocusPolicy.NoFocus)
        # What a finger or a pen does is a mouse's to the picture, once the pad does not take it.
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents, view is None)
        self.opened.show_view(view)
        if has_focus:
            (self if view is None else self.opened).setFocus()

    def break_off(self) -> None:
        """Drop the stroke that is being drawn, if any."""
        if self.is_drawing:
            self.show_content(self._content)
            self.stroke_broken_off.emit()

    def sizeHint(self) -> QSize:
        """A good size to draw in."""
        return QSize(360, 360)

    def minimumSizeHint(self) -> QSize:
        """Still enough for a finger."""
        return QSize(200, 200)

    def square(self) -> QRectF:
        """The pad itself: the largest square in the middle of the widget, on whole pixels."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    # What a pen does.

    def _press(self, position: QPointF, pen: int) -> bool:
        """Whether this begins a stroke."""
        if self.is_drawing or not self.square().contains(position):
            return False
        self._drawn_by = pen
        if self._content.picture is None:
            self._follow(position)
        else:
            self._rests_at = position
        return True

    def _move(self, position: QPointF, pen: int) -> None:
        if self._drawn_by != pen or len(self._path.points) + self._finished_points >= MAX_POINTS:
            return
        if (start := self._rests_at) is not None:
            if (position - start).manhattanLength() < _CLICK:
                return
            self._rests_at = None
            self._ink.set_strokes((), self._content.pen_width)
            self._follow(start)
        self._follow(position)

    def _lift(self, position: QPointF, pen: int) -> None:
        if self._drawn_by != pen:
            return
        self._move(position, pen)
        if self._rests_at is not None:  # a click leaves the picture
            self._drawn_by = self._rests_at = None
            return
        stroke = self._path.stroke
        self._drawn_by = None
        self._path.clear()
        self.stroke_ended.emit(stroke)

    def _follow(self, position: QPointF) -> None:
        if self._path.add(self._in_units(position)):
            self._ink.follow(self._path.points)
            self.update(self.square().toAlignedRect())
            self.stroke_moved.emit(self._path.stroke)

    def _in_units(self, position: QPointF) -> Point:
        """In pad units, to 0.01; a pen that leaves the pad draws along its edge."""
        square = self.square()
        scale = PAD_UNITS / square.width()
        x, y = (position.x() - square.x()) * scale, (position.y() - square.y()) * scale
        return round(min(max(x, 0.0), PAD_UNITS), 2), round(min(max(y, 0.0), PAD_UNITS), 2)

    # Qt's events.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins a stroke."""
        if event.button() is Qt.MouseButton.LeftButton and self._press(event.position(), _MOUSE):
            event.accept()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Goes on with it."""
        self._move(event.position(), _MOUSE)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends it."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._lift(event.position(), _MOUSE)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Does the same for a pen."""
        # Accepted, or Qt would send it again as a mouse's.
        event.setAccepted(self._content.view is None)
        if not event.isAccepted():
            return
        if event.type() is QEvent.Type.TabletPress and event.button() is Qt.MouseButton.LeftButton:
            self._press(event.position(), _PEN)
        elif event.type() is QEvent.Type.TabletMove:
            self._move(event.position(), _PEN)
        elif event.type() is QEvent.Type.TabletRelease:
            self._lift(event.position(), _PEN)

    def event(self, event: QEvent) -> bool:
        """Does the same for a finger."""
        if isinstance(event, QTouchEvent):
            self._touch(event)
            event.accept()
            return True
        return super().event(event)

    def _touch(self, event: QTouchEvent) -> None:
        if event.type() is QEvent.Type.TouchCancel:
            if self._drawn_by not in (None, _MOUSE, _PEN):
                self.break_off()
            return
        for finger in event.points():
            state = finger.state()
            if state is finger.State.Pressed:
                self._press(finger.position(), finger.id())
            elif state is finger.State.Updated:
                self._move(finger.position(), finger.id())
            elif state is finger.State.Released:
                self._lift(finger.position(), finger.id())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows the focus to whoever came with the keyboard."""
        self._focus_shows = event.reason() is not Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Shows it no more."""
        self._focus_shows = False
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the opened picture in its place."""
        super().resizeEvent(event)
        self.opened.setGeometry(self.square().toRect())

    def hideEvent(self, event: QHideEvent) -> None:
        """Breaks off a stroke that nobody can see."""
        self.break_off()
        super().hideEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes whatever comes: something that cannot be opened gets a sentence when it is dropped."""
        self._drop_hovers = True
        self.update()
        event.acceptProposedAction()

    def dragLeaveEvent(self, _event: QEvent) -> None:
        """Forgets what hovered."""
        self._drop_hovers = False
        self.update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hands on what was dropped."""
        self._drop_hovers = False
        self.update()
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the ink, or the picture."""
        square = self.square()
        painter = QPainter(self)
        painter.setClipRect(square)
        painter.fillRect(square, QColor(PAD_PAPER))
        self._ink.set_size(square.width(), self.devicePixelRatioF())
        if self._content.picture is not None and not self._path.points:
            painter.drawImage(square, image_of(self._content.picture))
        else:
            self._paint_guide(painter, square)
            self._ink.paint(painter, square)
        self._paint_edge(painter, square)
        painter.end()

    def _paint_edge(self, painter: QPainter, square: QRectF) -> None:
        colors = theme.current()
        width = 4 if self._drop_hovers else 2 if self._focus_shows else 1
        painter.setPen(QPen(QColor(colors.border if width == 1 else colors.accent), width))
        inset = width / 2
        painter.drawRect(square.adjusted(inset, inset, -inset, -inset))

    def _paint_guide(self, painter: QPainter, square: QRectF) -> None:
        inset = square.width() * (1 - _BOX) / 2
        painter.setPen(QPen(QColor(PAD_GUIDE), 1, Qt.PenStyle.DashLine))
        painter.drawRect(square.adjusted(inset, inset, -inset, -inset).toAlignedRect())
        if self._content.is_empty and not self.is_drawing:
            painter.setPen(QColor(PAD_HINT))
            painter.setFont(theme.scaled(self.font(), 1.4))
            painter.drawText(square, Qt.AlignmentFlag.AlignCenter, "Draw a digit")
