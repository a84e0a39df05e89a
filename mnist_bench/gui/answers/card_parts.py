"""What stands on a card besides the answer: why there is none, times, and details of the backend."""

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QPushButton, QWidget

from mnist_bench.base import words
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.buttons import push_button
from mnist_bench.gui.kit.containers import grid, hbox, vbox
from mnist_bench.gui.kit.text import Markup, TextBlock, TextLine, copy_text, table_tip
from mnist_bench.session.backend_state import Answer, BackendState, Status, Waiting
from mnist_bench.session.failure import Failure

WHY_THEY_DIFFER = Markup(
    "<p><b>Live</b> times are of a single inference, the one for your last pen movement: the processor has done other"
    " work since the previous one, so its caches are cold and its clock may be low.</p>"
    "<p><b>100 runs</b> read the same image a hundred times in a row, warm, and show the median.</p>"
    "<p>Both are correct. For a small network they can differ tenfold, because Python's overhead for each layer is also"
    " paid with cold caches.</p>"
)
_COMPUTE = Markup(f"<p>Compute: inside the runner, from the image's bytes to the ten logits.</p>{WHY_THEY_DIFFER}")
_ROUND_TRIP = Markup(f"<p>Round trip: from sending the request to receiving the answer.</p>{WHY_THEY_DIFFER}")


class CardMessage(QWidget):
    """What a card says when it has no answer: a heading, a sentence, advice, and the buttons that help."""

    def __init__(self, retry: SignalInstance, quantize: SignalInstance) -> None:
        super().__init__()
        self._details = ""
        self._heading = TextLine(role="heading")
        self._words = TextBlock()
        tip = "Quantize to int8, in a new file"
        self.quantize_button = push_button("Quantize", quantize, tip=tip, role="chip")
        self.retry_button = push_button("Try again", retry, role="chip")
        self.copy_button = push_button("Copy details", lambda: copy_text(self._details), role="chip")
        gap = theme.GRID // 2
        buttons = hbox(self.quantize_button, self.retry_button, self.copy_button, 1, spacing=gap)
        self.setLayout(vbox(self._heading, (self._words, 1), buttons, spacing=gap, margins=(0, gap, 0, 0)))

    def show_status(self, state: BackendState) -> None:
        """Says that the backend is off or starting; nothing of one that works."""
        told = {
            Status.OFF: ("Off", "This backend has not been started."),
            Status.STARTING: ("Starting …", state.backend.start_words),
        }
        self._show(*told.get(state.status, ("", "")), role="muted")

    def show_waiting(self, waiting: Waiting) -> None:
        """Says what its device is about; nothing has to be pressed for it to come back."""
        self._show(f"○ {waiting.headline}", f"{waiting.sentence} {waiting.advice}", role="warning")

    def show_failure(self, failure: Failure, *, can_quantize: bool) -> None:
        """Says why there is no answer; "Quantize" is offered where that would help."""
        text, self._details = f"{failure.sentence} {failure.advice}", failure.details
        if can_quantize:
            self._show("Not quantized", text, self.quantize_button, role="warning")
        else:
            self._show("⚠ Cannot run", text, self.retry_button, self.copy_button, role="bad")

    def text(self) -> str:
        """All it says."""
        return f"{self._heading.line()} {self._words.text()}"

    def _show(self, heading: str, text: str, *buttons: QPushButton, role: str) -> None:
        self._heading.show_text(heading)
        theme.set_role(self._heading, role)
        self._words.show_text(text.strip())
        for button in (self.quantize_button, self.retry_button, self.copy_button):
            button.setVisible(button in buttons)


class CardTimes(QWidget):
    """Compute and round trip, and below them what a hundred runs have shown, once there were some."""

    def __init__(self) -> None:
        super().__init__()
        self.compute, self.round_trip, self.repeated = _figure(), _figure(), _figure()
        self.ratio = TextLine("")
        self._round_trip_caption = _caption("round trip", _ROUND_TRIP)
        self._repeated_caption = _caption("100 runs", WHY_THEY_DIFFER)
        table = grid(self, theme.GRID // 2, 1)
        table.setColumnMinimumWidth(2, theme.GRID)
        table.setColumnStretch(5, 1)
        table.addWidget(_caption("compute", _COMPUTE), 0, 0)
        table.addWidget(self.compute, 0, 1)
        table.addWidget(self._round_trip_caption, 0, 3)
        table.addWidget(self.round_trip, 0, 4)
        table.addWidget(self._repeated_caption, 1, 0)
        table.addWidget(self.repeated, 1, 1)
        table.addWidget(self.ratio, 1, 3, 1, 3)
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
    return TextLine(words.NO_FIGURE, widest="1,000 µs", right=True)


def _caption(text: str, tip: str) -> TextLine:
    caption = TextLine("", role="caption", widest=text)
    caption.show_text(text, tip=tip)
    return caption


def detail_line(state: BackendState) -> str:
    """Mode, threads, the size of the network, the runner's peak memory."""
    if state.loaded is None:
        return state.backend.mode_words
    peak = f" · peak {words.size(state.peak_memory_bytes)}" if state.peak_memory_bytes else ""  # 0: it is not known
    return f"{state.backend.mode_words} · {words.size(state.loaded.network_bytes)}{peak}"


def detail_tip(state: BackendState) -> Markup:
    """The same and all else that is known of it, as a small table."""
    rows = [("Backend", state.id), ("Mode", state.backend.mode_words), ("Network", state.network)]
    if state.loaded is not None:
        rows += [
            ("Parameters", words.size(state.loaded.network_bytes)),
            ("Loaded in", words.duration(state.loaded.load_ns)),
        ]
    if state.peak_memory_bytes:
        rows.append(("Peak memory", f"{words.size(state.peak_memory_bytes)}, the whole runner"))
    if state.info is not None:
        rows += [("Runner", f"{state.info.program} {state.info.version}"), *state.info.facts.items()]
    return table_tip(state.backend.title, rows)
