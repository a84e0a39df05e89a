"""Ten bars: the probability of each digit."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import BackendStyle, mixed

_DIGITS = 10
_GAP = 6
_HIGHEST_ROW = 44
_PALE = 0.4


class ProbabilityBars(QWidget):
    """A row for each digit: its label, its bar, its probability in per cent. The longest bar has the full colour."""

    def __init__(self, style: BackendStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self._texts: list[str] = [""] * _DIGITS
        self._shares: list[float] = [0.0] * _DIGITS
        self._top: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Probabilities of the digits 0 to 9")

    def show_probabilities(self, probabilities: Sequence[float] | None) -> None:
        """Shows ten probabilities from 0 to 1, or none of them; repaints the rows that changed."""
        if probabilities is None:
            shares, texts, top = [0.0] * _DIGITS, [""] * _DIGITS, None
        else:
            shares = [float(value) for value in probabilities]
            texts = [words.probability_figure(value) for value in shares]
            top = max(range(_DIGITS), key=shares.__getitem__)
        was = self._shares, self._texts, self._top
        self._shares, self._texts, self._top = shares, texts, top
        for row in range(_DIGITS):
            moved = abs(was[0][row] - shares[row]) * self.width() >= 0.25
            if moved or was[1][row] != texts[row] or (was[2] != top and row in (was[2], top)):
                self.update(self._row(row).toAlignedRect())

    def texts(self) -> list[str]:
        """The figures of the ten rows, as shown."""
        return list(self._texts)

    def describe(self) -> None:
        """Tells assistive programs what is shown; not done for each movement of the pen."""
        said = [f"{digit}: {text} per cent" for digit, text in enumerate(self._texts) if text and text != "<0.1"]
        self.setAccessibleDescription(", ".join(said) or "No answer yet")

    def sizeHint(self) -> QSize:
        """Room for ten comfortable rows."""
        return QSize(220, _DIGITS * 18)

    def minimumSizeHint(self) -> QSize:
        """Room for ten rows that can still be read."""
        label, figure = _widths(QFontMetrics(self._row_font()))
        return QSize(label + figure + 2 * _GAP + 36, _DIGITS * self._least_row())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the rows that need it."""
        palette = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._row_font())
        full = QColor(self._style.color)
        pale = QColor(mixed(self._style.color, palette.surface, _PALE))
        track = QColor(palette.raised)
        text, muted = QColor(palette.text), QColor(palette.muted)
        label, figure = _widths(painter.fontMetrics())
        left = label + _GAP
        width = self.width() - left - _GAP - figure
        for digit in range(_DIGITS):
            row = self._row(digit)
            if not event.region().intersects(row.toAlignedRect()):
                continue
            is_top = digit == self._top
            painter.setPen(text if is_top else muted)
            painter.drawText(QRectF(0, row.top(), left - _GAP, row.height()), _CENTRE_RIGHT, str(digit))
            painter.drawText(row, _CENTRE_RIGHT, self._texts[digit])
            thick = max(5.0, min(20.0, row.height() - 4))
            bar = QRectF(left, row.center().y() - thick / 2, width, thick)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(track)
            painter.drawRoundedRect(bar, 2, 2)
            if self._texts[digit] not in ("", "<0.1"):
                bar.setWidth(max(2.0, width * self._shares[digit]))
                painter.setBrush(full if is_top else pale)
                painter.drawRoundedRect(bar, 2, 2)

    def _row(self, digit: int) -> QRectF:
        height = min(self.height() / _DIGITS, _HIGHEST_ROW)
        return QRectF(0, digit * height, self.width(), height)

    def _least_row(self) -> int:
        """The height of a row that can still be read."""
        return max(10, round(0.58 * self.fontMetrics().height()))

    def _row_font(self) -> QFont:
        """A little smaller than other text, and no larger than a row."""
        font = theme.scaled(self.font(), 0.9)
        if (height := self._row(0).height()) < QFontMetrics(font).ascent():
            font.setPixelSize(max(8, int(height)))
        return font


def _widths(metrics: QFontMetrics) -> tuple[int, int]:
    """Of a digit and of the widest probability."""
    return metrics.horizontalAdvance("0"), metrics.horizontalAdvance(">99.9")


_CENTRE_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
