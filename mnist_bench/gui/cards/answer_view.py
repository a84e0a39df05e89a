"""The digit that a backend says, large, with its probability and whether it is right."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme

_DIGIT_HEIGHT = 64
_GAP = 8


class AnswerView(QWidget):
    """The answer in large: beside each other, or `stacked` (for a low card)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digit: int | None = None
        self._probability = ""
        self._truth: int | None = None
        self._stacked = False
        self._digit_font = _font_of_height(self.font(), _DIGIT_HEIGHT)
        self._figure_font = theme.scaled(self.font(), 1.5)
        self._verdict_font = theme.scaled(self.font(), 1.0, bold=True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Answer")
        self._measure()

    def show_answer(self, digit: int | None, probability: float) -> None:
        """Shows what the backend says; None for no answer."""
        figure = "" if digit is None else words.probability(probability)
        if (digit, figure) != (self._digit, self._probability):
            self._digit, self._probability = digit, figure
            self.update()

    def show_truth(self, truth: int | None) -> None:
        """Shows whether the answer is right, where that is known."""
        if truth != self._truth:
            self._truth = truth
            self.update()

    def set_stacked(self, stacked: bool) -> None:
        """Digit above its probability (True) or beside it."""
        if stacked != self._stacked:
            self._stacked = stacked
            self._measure()

    def stacked_height(self) -> int:
        """How high it is when stacked."""
        figure, verdict = QFontMetrics(self._figure_font), QFontMetrics(self._verdict_font)
        return _DIGIT_HEIGHT + _GAP + figure.height() + verdict.height()

    def verdict(self) -> str:
        """Says "✓ right", "✗ wrong, is 7", or nothing where the truth is not known."""
        if self._digit is None or self._truth is None:
            return ""
        return "✓ right" if self._digit == self._truth else f"✗ wrong, is {self._truth}"

    def describe(self) -> None:
        """Tells assistive programs what is shown."""
        if self._digit is None:
            self.setAccessibleDescription("No answer yet")
        else:
            self.setAccessibleDescription(f"{self._digit}, {self._probability} {self.verdict()}".rstrip())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the digit, its probability and the verdict."""
        del event
        palette = theme.current()
        painter = QPainter(self)
        digit, figure, verdict = self._areas()
        centre = Qt.AlignmentFlag.AlignHCenter if self._stacked else Qt.AlignmentFlag.AlignLeft
        if self._digit is None:
            painter.setPen(QColor(palette.muted))
            painter.drawText(self.rect(), centre | Qt.AlignmentFlag.AlignVCenter, "Draw a digit")
            return
        painter.setPen(QColor(palette.text))
        painter.setFont(self._digit_font)
        painter.drawText(digit, Qt.AlignmentFlag.AlignCenter, str(self._digit))
        painter.setFont(self._figure_font)
        painter.drawText(figure, centre | Qt.AlignmentFlag.AlignVCenter, self._probability)
        if text := self.verdict():
            is_right = self._digit == self._truth
            painter.setPen(QColor(palette.good if is_right else palette.bad))
            painter.setFont(self._verdict_font)
            painter.drawText(verdict, centre | Qt.AlignmentFlag.AlignVCenter, text)

    def _areas(self) -> tuple[QRect, QRect, QRect]:
        """Where the digit, the probability and the verdict go."""
        digit_width = QFontMetrics(self._digit_font).horizontalAdvance("0")
        figure_height = QFontMetrics(self._figure_font).height()
        verdict_height = QFontMetrics(self._verdict_font).height()
        if self._stacked:
            width = self.width()
            digit = QRect(0, 0, width, _DIGIT_HEIGHT + _GAP)
            figure = QRect(0, digit.bottom() + 1, width, figure_height)
            return digit, figure, QRect(0, figure.bottom() + 1, width, verdict_height)
        digit = QRect(0, 0, digit_width, self.height())
        top = (self.height() - figure_height - verdict_height) // 2
        left = digit_width + 2 * _GAP
        figure = QRect(left, top, self.width() - left, figure_height)
        return digit, figure, QRect(left, figure.bottom() + 1, self.width() - left, verdict_height)

    def _measure(self) -> None:
        digit = QFontMetrics(self._digit_font).horizontalAdvance("0")
        figure, verdict = QFontMetrics(self._figure_font), QFontMetrics(self._verdict_font)
        width = max(figure.horizontalAdvance(">99.9 %"), verdict.horizontalAdvance("✗ wrong, is 0"))
        if self._stacked:
            size = QSize(max(digit, width), self.stacked_height())
        else:
            size = QSize(digit + 2 * _GAP + width, _DIGIT_HEIGHT + _GAP)
        self.setFixedSize(size)


def _font_of_height(base: QFont, height_px: int) -> QFont:
    """A font whose digits are `height_px` high."""
    font = theme.tabular(base)
    font.setWeight(QFont.Weight.DemiBold)
    font.setPixelSize(100)
    drawn = QFontMetrics(font).tightBoundingRect("0").height()
    font.setPixelSize(round(100 * height_px / max(drawn, 1)))
    return font
