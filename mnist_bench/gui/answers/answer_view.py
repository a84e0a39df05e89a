"""What a backend reads: the digit, large, with its probability and whether it is right, and a bar for each digit."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.palette import BackendStyle, mixed
from mnist_bench.session.backend_state import Answer

_LARGE = 64
_SMALL = 40
_GAP = 8
_DIGITS = 10
_BAR_GAP = 6
_HIGHEST_ROW = 44
_PALE = 0.4


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

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the digit, its probability and the verdict."""
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


class ProbabilityBars(QWidget):
    """A row for each digit: its label, its bar, its probability in per cent. The longest bar has the full colour.

    Attributes:
        texts: the figures of the ten rows, as shown.
    """

    def __init__(self, style: BackendStyle) -> None:
        super().__init__()
        self._style = style
        self.texts: list[str] = [""] * _DIGITS
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
        was = self._shares, self.texts, self._top
        self._shares, self.texts, self._top = shares, texts, top
        for row in range(_DIGITS):
            moved = abs(was[0][row] - shares[row]) * self.width() >= 0.25
            if moved or was[1][row] != texts[row] or (was[2] != top and row in (was[2], top)):
                self.update(self._row(row).toAlignedRect())

    def describe(self) -> None:
        """Tells assistive programs what is shown; not done for each movement of the pen."""
        said = [f"{digit}: {text} per cent" for digit, text in enumerate(self.texts) if text and text != "<0.1"]
        self.setAccessibleDescription(", ".join(said) or "No answer yet")

    def sizeHint(self) -> QSize:
        """Room for ten comfortable rows."""
        return QSize(220, _DIGITS * 18)

    def minimumSizeHint(self) -> QSize:
        """Room for ten rows that can still be read."""
        label, figure = _widths(QFontMetrics(self._row_font()))
        return QSize(label + figure + 2 * _BAR_GAP + 36, _DIGITS * self._least_row())

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
        left = label + _BAR_GAP
        width = self.width() - left - _BAR_GAP - figure
        for digit in range(_DIGITS):
            row = self._row(digit)
            if not event.region().intersects(row.toAlignedRect()):
                continue
            is_top = digit == self._top
            painter.setPen(text if is_top else muted)
            painter.drawText(QRectF(0, row.top(), left - _BAR_GAP, row.height()), _CENTRE_RIGHT, str(digit))
            painter.drawText(row, _CENTRE_RIGHT, self.texts[digit])
            thick = max(5.0, min(20.0, row.height() - 4))
            bar = QRectF(left, row.center().y() - thick / 2, width, thick)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(track)
            painter.drawRoundedRect(bar, 2, 2)
            if self.texts[digit] not in ("", "<0.1"):
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
