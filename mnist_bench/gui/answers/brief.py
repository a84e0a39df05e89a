"""The answers in brief, below the pad on every tab: one line for each backend."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.containers import timer
from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.gui.kit.pixels import paint_marker
from mnist_bench.gui.kit.text import set_tip
from mnist_bench.session.backend_state import BackendState

_REST_MS = 500
_MARKER = 12
_GAP = theme.GRID
_ABOVE = theme.GRID // 2


def _figures(state: BackendState) -> tuple[str, str, str]:
    """The digit, its probability and the compute time; empty without an answer."""
    answer = state.answer
    if answer is None:
        return "", "", ""
    return str(answer.digit), words.probability(answer.probability), words.duration(answer.compute_ns)


class Brief(QAbstractButton):
    """Shows the lines; a click anywhere leads to the cards."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[BackendState, ...] = ()
        # Assistive programs are told what is shown, but not for each movement of the pen.
        self._rest = timer(self, self._describe, _REST_MS, once=True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Answers in brief")
        set_tip(self, "Show the cards")

    def show_lines(self, lines: Sequence[BackendState]) -> None:
        """Shows these."""
        if len(lines) != len(self._lines):
            self.updateGeometry()
        self._lines = tuple(lines)
        self._rest.start()
        self.update()

    def text_lines(self) -> list[str]:
        """What it says."""
        return [
            " ".join(filter(None, (one.backend.title, *(_figures(one) if one.answer else (one.status.value,)))))
            for one in self._lines
        ]

    def _describe(self) -> None:
        self.setAccessibleDescription("; ".join(self.text_lines()))

    def sizeHint(self) -> QSize:
        """Room for all lines."""
        height = len(self._lines) * self._line_height() + 2 * _ABOVE
        return QSize(sum(self._widths([one.backend.title for one in self._lines])) + 5 * _GAP + _MARKER, height)

    def minimumSizeHint(self) -> QSize:
        """It may be made narrow; the titles are cut short then."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the lines; where they are narrow, with short names if they differ, then with fewer figures."""
        palette = theme.current()
        painter = QPainter(self)
        names = [one.backend.title for one in self._lines]
        titles, *widths = self._widths(names)
        height, room = self._line_height(), self.width() - 3 * _GAP - _MARKER
        short = [one.backend.plain_title for one in self._lines]
        if titles + sum(widths) + len(widths) * _GAP > room and len(set(short)) == len(short):
            names = short
            titles = self._widths(names)[0]
        while len(widths) > 1 and titles + sum(widths) + len(widths) * _GAP > room:
            widths.pop()
        plain, bold = theme.scaled(self.font(), 1.0), theme.scaled(self.font(), 1.0, bold=True)
        titles = min(titles, room - sum(widths) - len(widths) * _GAP)
        for number, one in enumerate(self._lines):
            row = QRect(_GAP, _ABOVE + number * height, self.width() - 2 * _GAP, height)
            paint_marker(
                painter, QRectF(_GAP, row.center().y() - _MARKER / 2 + 1, _MARKER, _MARKER), backend_style(one.color)
            )
            row.setLeft(row.left() + _MARKER + _GAP)
            painter.setFont(self.font())
            painter.setPen(QColor(palette.text))
            name = self.fontMetrics().elidedText(names[number], Qt.TextElideMode.ElideMiddle, titles)
            painter.drawText(row, _LEFT, name)
            if one.answer is None:
                painter.setPen(QColor(palette.muted))
                painter.drawText(row, _RIGHT, one.status.value)
                continue
            figures = _figures(one)
            for column in reversed(range(len(widths))):
                painter.setFont(plain if column else bold)
                painter.drawText(row, _RIGHT, figures[column])
                row.setRight(row.right() - widths[column] - _GAP)
        if self.hasFocus():
            painter.setPen(QColor(palette.accent))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        painter.end()

    def _line_height(self) -> int:
        return self.fontMetrics().height() + _GAP // 2

    def _widths(self, names: Sequence[str]) -> tuple[int, int, int, int]:
        """Of the longest name, of a digit, a probability and a time."""
        metrics = self.fontMetrics()
        titles = max((metrics.horizontalAdvance(name) + 2 for name in names), default=0)
        digit = metrics.horizontalAdvance("0") + 2
        return titles, digit, metrics.horizontalAdvance(">99.9 %"), metrics.horizontalAdvance("1,000 µs")


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
