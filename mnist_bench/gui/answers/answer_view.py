"""The digit that a backend reads, large, with its probability and whether it is right."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.session.answers import Answer

_LARGE = 64
_SMALL = 40
_GAP = 8


class AnswerView(QWidget):
    """The answer in large, side by side; or, for a low card, one above the other and smaller (`compact`)."""

    def __init__(self) -> None:
        super().__init__()
        self._digit: int | None = None
        self._probability = ""
        self._truth: int | None = None
        self._compact = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Answer")
        self._make_fonts()

    def show_answer(self, answer: Answer | None) -> None:
        """Shows what the backend says; None for no answer."""
        digit = None if answer is None else answer.digit
        figure = "" if answer is None else words.probability(answer.probability)
        if (digit, figure) != (self._digit, self._probability):
            self._digit, self._probability = digit, figure
            self.update()

    def show_truth(self, truth: int | None) -> None:
        """Shows whether the answer is right, where that is known."""
        if truth != self._truth:
            self._truth = truth
            self.update()

    def set_compact(self, compact: bool) -> None:
        """Small, with the probability below the digit (True), or large, with the probability beside it."""
        if compact != self._compact:
            self._compact = compact
            self._make_fonts()

    def verdict(self) -> str:
        """Says "✓ right", "✗ wrong", or nothing where the truth is not known."""
        if self._digit is None or self._truth is None:
            return ""
        return "✓ right" if self._digit == self._truth else "✗ wrong"

    def describe(self) -> None:
        """Tells assistive programs what is shown."""
        if self._digit is None:
            self.setAccessibleDescription("No answer yet")
        else:
            self.setAccessibleDescription(f"{self._digit}, {self._probability} {self.verdict()}".rstrip())

    def size_when(self, *, compact: bool) -> QSize:
        """Room for whatever answer there may be."""
        figure, verdict = QFontMetrics(_figure_font(self.font(), compact)), QFontMetrics(_verdict_font(self.font()))
        width = max(figure.horizontalAdvance(">99.9 %"), verdict.horizontalAdvance("✗ wrong"))
        height = figure.height() + verdict.height()
        if compact:
            return QSize(width, _SMALL + _GAP + height)
        return QSize(self._width_of_digit() + width, max(_LARGE + _GAP, height))

    def sizeHint(self) -> QSize:
        """The size that it has now."""
        return self.size_when(compact=self._compact)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the size of the text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._make_fonts()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the digit, its probability and the verdict."""
        del event
        palette = theme.current()
        painter = QPainter(self)
        across = Qt.AlignmentFlag.AlignHCenter if self._compact else Qt.AlignmentFlag.AlignLeft
        if self._digit is not None:
            texts = (str(self._digit), self._probability, self.verdict())
            colors = (palette.text, palette.text, palette.good if self._digit == self._truth else palette.bad)
            for area, font, text, color in zip(self._areas(), self._fonts, texts, colors, strict=True):
                painter.setPen(QColor(color))
                painter.setFont(font)
                painter.drawText(area, across | Qt.AlignmentFlag.AlignVCenter, text)

    def _areas(self) -> tuple[QRect, QRect, QRect]:
        """Where the digit, the probability and the verdict go."""
        _, figure, verdict = (QFontMetrics(font) for font in self._fonts)
        if self._compact:
            left, top = 0, _SMALL + _GAP
            first = QRect(0, 0, self.width(), top)
        else:
            left = self._width_of_digit()
            top = (self.height() - figure.height() - verdict.height()) // 2
            first = QRect(0, 0, left, self.height())
        second = QRect(left, top, self.width() - left, figure.height())
        return first, second, QRect(left, second.bottom() + 1, self.width() - left, verdict.height())

    def _width_of_digit(self) -> int:
        return QFontMetrics(self._fonts[0]).horizontalAdvance("0") + 2 * _GAP

    def _make_fonts(self) -> None:
        """The fonts of the digit, the probability and the verdict."""
        self._fonts = (
            _font_of_height(self.font(), _SMALL if self._compact else _LARGE),
            _figure_font(self.font(), self._compact),
            _verdict_font(self.font()),
        )
        self.updateGeometry()
        self.update()


def _font_of_height(base: QFont, height_px: int) -> QFont:
    """A font whose digits are `height_px` high."""
    font = theme.tabular(base)
    font.setWeight(QFont.Weight.DemiBold)
    font.setPixelSize(100)
    drawn = QFontMetrics(font).tightBoundingRect("0").height()
    font.setPixelSize(round(100 * height_px / max(drawn, 1)))
    return font


def _figure_font(base: QFont, compact: bool) -> QFont:
    return theme.scaled(base, 1.2 if compact else 1.5)


def _verdict_font(base: QFont) -> QFont:
    return theme.scaled(base, 1.0, bold=True)
