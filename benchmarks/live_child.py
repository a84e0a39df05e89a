"""A child with the real window: a pen moves over the pad, and each movement's way to the cards is timed.

Answers each line {"drawings": n} on standard input with {"shown_ms": [...], "painted_ms": [...], "peak_memory_bytes",
"modules"}: for each movement the time until every card shows an answer to a drawing that holds it, and until that
is painted.
"""

import json
import sys
import threading
import time
from time import perf_counter_ns

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from benchmarks.pictures import pen_path, sample_drawings
from benchmarks.window_child import ProbedWindow, open_window, own_peak_memory_bytes, rest, wait_for
from mnist_bench.digits.drawing import Drawing
from mnist_bench.session.pad import PadDigit

_RATE_HZ = 60
_STEP = 6.0  # pad units between two movements: a digit in about a second and a half
_PAUSE_S = 0.5  # between two drawings

_MOVEMENTS = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove)

PenEvent = tuple[QEvent.Type, QPointF]


class Stopwatch(QObject):
    """Follows each movement from the moment when it was sent to the cards.

    Movements are known by their number: the pad handles them in their order.
    """

    def __init__(self, window: ProbedWindow) -> None:
        super().__init__()
        self.sent_ns: list[int] = []
        self.shown_ns: list[int] = []
        self.painted_ns: list[int] = []
        self._window = window
        self._handled = 0  # by the pad
        self._held: dict[int, int] = {}  # how many movements a drawing holds, by its time
        window.pad.pad.installEventFilter(self)
        window.session.pad.changed.subscribe(self._remember)
        window.session.live.answered.subscribe(self._shown)
        window.repainted.connect(self._painted)

    def forget(self) -> None:
        """Begin again with movement 0."""
        for times in (self.sent_ns, self.shown_ns, self.painted_ns, self._held):
            times.clear()
        self._handled = 0

    def eventFilter(self, _pad: QObject, event: QEvent) -> bool:
        """Count a movement just before the pad takes it."""
        self._handled += event.type() in _MOVEMENTS
        return False

    def _remember(self, digit: PadDigit) -> None:
        self._held[digit.moved_at_ns] = self._handled

    def _shown(self, _answer: object) -> None:
        newest = [state.answer for state in self._window.session.live.backends]
        held = min((self._held.get(answer.moved_at_ns, 0) if answer else 0) for answer in newest)
        self.shown_ns += [perf_counter_ns()] * (held - len(self.shown_ns))

    def _painted(self, at_ns: int) -> None:
        self.painted_ns += [at_ns] * (len(self.shown_ns) - len(self.painted_ns))


def draw(window: ProbedWindow, stopwatch: Stopwatch, drawing: Drawing) -> tuple[list[float], list[float]]:
    """Draw it with the mouse; each movement's time in ms until it is shown, and until it is painted."""
    window.session.pad.clear()
    rest(_PAUSE_S)
    stopwatch.forget()
    events = _pen_events(window, drawing)
    # From a thread: the movements come when they come, however busy the window is, and wait for it as real ones do.
    pen = threading.Thread(target=_send, args=(window, events, stopwatch.sent_ns))
    pen.start()
    moves = sum(kind in _MOVEMENTS for kind, _ in events)
    wait_for(window.repainted, lambda: len(stopwatch.painted_ns) == moves, len(events) / _RATE_HZ + 10)
    pen.join()
    sent = stopwatch.sent_ns
    shown = [(end - start) / 1e6 for start, end in zip(sent, stopwatch.shown_ns, strict=True)]
    painted = [(end - start) / 1e6 for start, end in zip(sent, stopwatch.painted_ns, strict=True)]
    return shown, painted


def _pen_events(window: ProbedWindow, drawing: Drawing) -> list[PenEvent]:
    """Presses, moves and releases, at positions in the window."""
    pad = window.pad.pad
    square = pad.square()
    corner = QPointF(pad.mapTo(window, QPoint(0, 0))) + square.topLeft()
    scale = square.width() / drawing.width
    events: list[PenEvent] = []
    for stroke in drawing.strokes:
        at = [corner + QPointF(x, y) * scale for x, y in pen_path(stroke, _STEP * drawing.width / 280)]
        events.append((QEvent.Type.MouseButtonPress, at[0]))
        events += [(QEvent.Type.MouseMove, point) for point in at[1:]]
        events.append((QEvent.Type.MouseButtonRelease, at[-1]))
    return events


def _send(window: ProbedWindow, events: list[PenEvent], sent_ns: list[int]) -> None:
    """Post the events to the window's own surface, where the system's arrive too, at a steady rate."""
    surface = window.windowHandle()
    start = time.perf_counter()
    for index, (kind, at) in enumerate(events):
        time.sleep(max(0.0, start + index / _RATE_HZ - time.perf_counter()))
        button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
        down = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, at, at, QPointF(surface.mapToGlobal(at)), button, down, Qt.KeyboardModifier.NoModifier
        )
        if kind in _MOVEMENTS:
            sent_ns.append(perf_counter_ns())
        QCoreApplication.postEvent(surface, event)


def main() -> None:
    """Answer until the input ends."""
    samples = sample_drawings()
    with open_window() as window:
        stopwatch = Stopwatch(window)
        draw(window, stopwatch, samples[0])  # the first is not counted
        for line in sys.stdin:
            shown: list[float] = []
            painted: list[float] = []
            for number in range(json.loads(line)["drawings"]):
                for times, more in zip(
                    (shown, painted), draw(window, stopwatch, samples[number % len(samples)]), strict=True
                ):
                    times += more
            memory = own_peak_memory_bytes()
            answer = {
                "shown_ms": shown,
                "painted_ms": painted,
                "peak_memory_bytes": memory,
                "modules": sorted(sys.modules),
            }
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
