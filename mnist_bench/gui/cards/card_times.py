"""The times on a card: live ones of the last drawing, and the median of the same image run a hundred times."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import tool_button
from mnist_bench.gui.kit.text_line import TextLine

WHY_THEY_DIFFER = (
    "<p><b>Live</b> times are of the one inference for your last movement of the pen: the processor has done other"
    " things since the one before, so its caches are cold and its clock may be low.</p>"
    "<p><b>× 100</b> runs the same image a hundred times in a row, warm, and shows the median.</p>"
    "<p>Both are true. For a small network they can differ tenfold, because Python's cost for each layer, too, is paid"
    " from cold caches.</p>"
)
_COMPUTE = "Compute: inside the runner, from the image's bytes to the ten logits."
_ROUND_TRIP = "Round trip: from the question to its answer, with the way to the runner and back."


class CardTimes(QWidget):
    """Compute and round trip, with the button that runs the image a hundred times.

    Signals:
        repeat_requested: the person pressed "× 100".
    """

    repeat_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.compute = _figure()
        self.round_trip = _figure()
        self.repeated = _figure()
        self.repeat_button = tool_button("× 100", tip=WHY_THEY_DIFFER, role="chip")
        self.repeat_button.setAccessibleName("Run this image 100 times")
        self.repeat_button.clicked.connect(self.repeat_requested)
        self._ready = False
        self._has_image = False
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.GRID * 2)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(3, 1)
        grid.addWidget(_caption("compute", _COMPUTE), 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(_caption("round trip", _ROUND_TRIP), 0, 2, Qt.AlignmentFlag.AlignRight)
        live = _caption("live", WHY_THEY_DIFFER)
        grid.addWidget(live, 1, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.compute, 1, 1)
        grid.addWidget(self.round_trip, 1, 2)
        grid.addWidget(self.repeat_button, 2, 0, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.repeated, 2, 1)
        self._median = _caption("", WHY_THEY_DIFFER)
        grid.addWidget(self._median, 2, 2, Qt.AlignmentFlag.AlignLeft)

    def show_live(self, compute_ns: int | None, round_trip_ns: int | None) -> None:
        """Shows the times of the last inference; None where there is none."""
        for figure, value in ((self.compute, compute_ns), (self.round_trip, round_trip_ns)):
            figure.show_text(words.NO_FIGURE if value is None else words.duration(value))
        if self._has_image is not (compute_ns is not None):
            self._has_image = compute_ns is not None
            self._enable()

    def show_repeated(self, median_ns: int | None) -> None:
        """Shows the median of the hundred runs; None takes it away, for an image that is no longer shown."""
        self.repeated.show_text("" if median_ns is None else words.duration(median_ns), WHY_THEY_DIFFER)
        self._median.show_text("" if median_ns is None else "median", WHY_THEY_DIFFER)

    def set_ready(self, ready: bool) -> None:
        """Whether the backend can take the hundred runs now."""
        self._ready = ready
        self._enable()

    def _enable(self) -> None:
        self.repeat_button.setEnabled(self._ready and self._has_image)


def _figure() -> TextLine:
    figure = TextLine(words.NO_FIGURE, widest="1,000 µs")
    figure.setAlignment(_RIGHT)
    return figure


def _caption(text: str, tip: str) -> TextLine:
    caption = TextLine("", role="caption", widest=text or "median")
    caption.show_text(text, f"<p>{tip}</p>")
    caption.setAlignment(_RIGHT)
    return caption


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
