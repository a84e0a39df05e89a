"""The times on a card: live ones of the last drawing, and the median of a hundred runs of the same image."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.text import Markup
from mnist_bench.gui.kit.text_line import TextLine
from mnist_bench.session.answers import Answer

WHY_THEY_DIFFER = Markup(
    "<p><b>Live</b> times are of a single inference, the one for your last pen movement: the processor has done other"
    " work since the previous one, so its caches are cold and its clock may be low.</p>"
    "<p><b>× 100</b> runs the same image a hundred times in a row, warm, and shows the median.</p>"
    "<p>Both are correct. For a small network they can differ tenfold, because Python's overhead for each layer is also"
    " paid with cold caches.</p>"
)
_COMPUTE = Markup(f"<p>Compute: inside the runner, from the image's bytes to the ten logits.</p>{WHY_THEY_DIFFER}")
_ROUND_TRIP = Markup(f"<p>Round trip: from sending the request to receiving the answer.</p>{WHY_THEY_DIFFER}")


class CardTimes(QWidget):
    """Compute and round trip, and below them what a hundred runs have shown, once there were some."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.compute, self.round_trip, self.repeated = _figure(), _figure(), _figure()
        self.ratio = TextLine("")
        self._round_trip_caption = _caption("round trip", _ROUND_TRIP)
        self._repeated_caption = _caption("× 100", WHY_THEY_DIFFER)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID // 2)
        grid.setVerticalSpacing(1)
        grid.setColumnMinimumWidth(2, theme.GRID)
        grid.setColumnStretch(5, 1)
        grid.addWidget(_caption("compute", _COMPUTE), 0, 0)
        grid.addWidget(self.compute, 0, 1)
        grid.addWidget(self._round_trip_caption, 0, 3)
        grid.addWidget(self.round_trip, 0, 4)
        grid.addWidget(self._repeated_caption, 1, 0)
        grid.addWidget(self.repeated, 1, 1)
        grid.addWidget(self.ratio, 1, 3, 1, 3)
        self.show_repeated(None)

    def show_live(self, answer: Answer | None) -> None:
        """Shows the times of the last inference; None where there is none."""
        self.compute.show_text(words.NO_FIGURE if answer is None else words.duration(answer.compute_ns))
        self.round_trip.show_text(words.NO_FIGURE if answer is None else words.duration(answer.round_trip_ns))

    def show_repeated(self, median_ns: int | None, baseline_ns: int | None = None) -> None:
        """Shows the median of the hundred runs, and what share of the baseline's it is, where that is known.

        None takes it away, for an image that is no longer shown.
        """
        self.repeated.show_text("" if median_ns is None else words.duration(median_ns), tip=WHY_THEY_DIFFER)
        ratio = "" if not median_ns or not baseline_ns else words.ratio(median_ns / baseline_ns)
        self.ratio.show_text(f"{ratio} the baseline's" if ratio else "", ratio, tip="Below 1 is faster.")
        for widget in (self._repeated_caption, self.repeated, self.ratio):
            widget.setVisible(median_ns is not None)

    def set_narrow(self, narrow: bool) -> None:
        """Leaves out the round trip, which has no room on a narrow card."""
        self._round_trip_caption.setHidden(narrow)
        self.round_trip.setHidden(narrow)

    def full_width(self) -> int:
        """How many pixels of width compute and round trip need."""
        parts = (self.compute, self.round_trip, self._round_trip_caption, self._repeated_caption)
        return sum(part.sizeHint().width() for part in parts) + 6 * theme.GRID


def _figure() -> TextLine:
    figure = TextLine(words.NO_FIGURE, widest="1,000 µs")
    figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return figure


def _caption(text: str, tip: str) -> TextLine:
    caption = TextLine("", role="caption", widest=text)
    caption.show_text(text, tip=tip)
    return caption
