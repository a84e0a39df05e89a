"""The pad: what is drawn and put there, with undo and redo, and what the network sees of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.curves import MANY_POINTS
from mnist_bench.digits.drawing import Drawing, Stroke
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.rendering import Curve, curve_of, render_curve
from mnist_bench.session.inbox import Inbox, Topic
from mnist_bench.session.pad_content import DEFAULT_PEN, PAD_UNITS, PadContent, PadHistory

MIN_PEN: Final = 8.0
MAX_PEN: Final = 40.0
_STROKE: Final = "stroke"
_PEN_STEP: Final = "pen width"
_MAY_MOVE: Final = 3  # points at the end of the stroke under the pen
_TOO_MUCH = "Clear the pad to continue."


@dataclass(frozen=True, slots=True, eq=False)
class PadDigit:
    """The pad at one moment, the stroke under the pen included.

    Attributes:
        drawing: the strokes, in a square of 280 x 280 pad units; None for a picture and for an empty pad.
        pixels: uint8 (28, 28), what the network sees; None for an empty pad.
        label: the digit that it really is, where somebody said so.
        moved_at_ns: `time.perf_counter_ns()` when the movement arrived.
    """

    drawing: Drawing | None
    pixels: NDArray[np.uint8] | None
    label: int | None
    moved_at_ns: int


class Pad:
    """What is drawn and put here, with undo.

    Attributes:
        digit: what is on the pad, as it was told last.
        pen_width: the person's pen, in pad units (the pad is 280 wide).
        history: what undo and redo would do; only the pad changes it.

    Topics:
        changed: PadDigit, when a stroke begins, and once per turn of the session's thread in which the pad changed.
        put: PadContent, when something else than a growing stroke is on the pad: a step, an undo, another pen.
        labelled: what the person said that the digit is; None if that was taken back.
        broken_off: the stroke under the pen cannot go on: its view lets go of it.
        message: a sentence for the status bar; empty where the last one does not hold any more.
        failed: why something could not be put on the pad.
    """

    def __init__(self, inbox: Inbox) -> None:
        self.changed: Topic[PadDigit] = Topic()
        self.put: Topic[PadContent] = Topic()
        self.labelled: Topic[int | None] = Topic()
        self.broken_off: Topic[None] = Topic()
        self.message: Topic[str] = Topic()
        self.failed: Topic[Exception] = Topic()
        self.pen_width = DEFAULT_PEN
        self.digit = PadDigit(None, None, None, time.perf_counter_ns())
        self._inbox = inbox
        self.history = PadHistory()
        self._stroke: Stroke = ()
        self._settled: tuple[tuple[Stroke, ...], int, Curve] | None = None  # finished strokes, points, what they leave
        self._moved_at_ns: int | None = None  # of the first movement that is not rendered yet
        self._is_told = True

    @property
    def content(self) -> PadContent:
        """What is on the pad, without the stroke under the pen."""
        return self.history.content

    # Drawing.

    def draw(self, stroke: Stroke) -> None:
        """The stroke under the pen, so far."""
        begins = not self._stroke
        self._stroke = stroke
        self._touch()
        if begins:
            self._tell()  # so that whoever listens always sees a stroke begin

    def end_stroke(self, stroke: Stroke) -> None:
        """The pen is lifted behind this stroke."""
        self._stroke = ()
        self._try(lambda: self.content.with_stroke(stroke), _STROKE, self._cannot_grow)

    def break_off(self) -> None:
        """The stroke under the pen does not count."""
        self._stroke = ()
        self._touch()

    def undo(self) -> None:
        """Take the last step back."""
        self.history.undo()
        self._show()
        self.message.publish("")

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.history.redo()
        self._show()
        self.message.publish("")

    def clear(self) -> None:
        """Empty the pad."""
        if not self.content.is_empty:
            self._put(PadContent(pen_width=self.pen_width), "clear")

    def choose_pen(self, width: float) -> None:
        """Draw with this pen, in pad units; it holds for all of a drawing: one that is on the pad changes, too, as one
        step for undo.
        """
        self.pen_width = min(max(width, MIN_PEN), MAX_PEN)
        content = replace(self.content, pen_width=self.pen_width)
        if not content.strokes or self.history.undo_name == _PEN_STEP:
            self.history.amend(content)
        elif content.pen_width != self.content.pen_width:
            self.history.put(content, _PEN_STEP)
        self._show()

    # Putting something there.

    def put_drawing(self, drawing: Drawing, how: str = "open") -> None:
        """Put a drawing of any size on the pad, or tell by `failed` why not; undo brings back what was there."""
        if drawing.is_empty:
            self._put(PadContent(pen_width=self.pen_width), how)
        else:
            self._try(lambda: PadContent.of_drawing(drawing), how, self.failed.publish)

    def put_image(self, digit: DigitImage, how: str = "open") -> None:
        """Put a drawing or a picture on the pad, with its label; its name is said, and what is odd about a picture."""
        made = PadContent.of_digit
        said = " ".join(filter(None, (f"On the pad: {digit.name}." if digit.name else "", digit.remark)))
        if self._try(lambda: made(digit, self.pen_width), how, self.failed.publish) and said:
            self.message.publish(said)

    def put_content(self, content: PadContent, how: str = "open", name: str = "") -> None:
        """Put there what `PadContent.of_digit` made; its name is said."""
        self._put(content, how)
        if name:
            self.message.publish(f"On the pad: {name}.")

    def label(self, label: int | None) -> None:
        """Say what the digit on the pad really is; the same digit again takes it back."""
        if not self.content.has_digit:
            is_blank = self.content.is_empty
            self.message.publish("Draw a digit first, then label it." if is_blank else "There is no digit to label.")
            return
        if label == self.content.label:
            label = None
        self.history.amend(replace(self.content, label=label))
        drawing = self.current().drawing
        self.digit = replace(self.digit, label=label, drawing=drawing and replace(drawing, label=label))
        self.labelled.publish(label)

    def current(self) -> PadDigit:
        """What is on the pad now, the stroke under the pen included."""
        self._render()
        return self.digit

    # Inside.

    def _try(self, make: Callable[[], PadContent], how: str, failed: Callable[[InputError], object]) -> bool:
        try:
            content = make()
            _ = content.drawing  # the limits of a drawing are checked where one is made
        except InputError as error:
            self._show()
            failed(error)
            return False
        self._put(content, how)
        return True

    def _put(self, content: PadContent, how: str) -> None:
        if how != _STROKE:
            self._tell()  # so that whoever keeps drawings sees the whole of what goes now
        self.history.put(content, how)
        self._show()

    def _show(self) -> None:
        self._stroke = ()
        self.put.publish(self.content)
        self._touch()

    def _cannot_grow(self, error: InputError) -> None:
        self.message.publish(f"{error.message} {_TOO_MUCH}")

    def _touch(self) -> None:
        if self._moved_at_ns is None:
            self._moved_at_ns = time.perf_counter_ns()
        if self._is_told:
            self._is_told = False
            self._inbox.post(self._tell)

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            self._render()
            self.changed.publish(self.digit)

    def _render(self) -> None:
        """Bring `digit` up to date: about 1 ms, so it is done here and not on a thread of its own."""
        if self._moved_at_ns is None:
            return
        content, moved_at_ns = self.content, self._moved_at_ns
        self._moved_at_ns = None
        try:
            drawing = (content.with_stroke(self._stroke) if self._stroke else content).drawing
        except InputError as error:
            self.broken_off.publish(None)
            self._cannot_grow(error)
            return
        if drawing is not None and drawing == self.digit.drawing:
            pixels = self.digit.pixels
        else:
            pixels = self._seen_under_pen() if self._stroke else content.pixels
        self.digit = PadDigit(drawing, pixels, content.label, moved_at_ns)

    def _seen_under_pen(self) -> NDArray[np.uint8]:
        """What the network sees of all strokes. Of very many points, those that stay are not looked at every time."""
        strokes, width = self.content.strokes, self.content.pen_width
        stay = (len(self._stroke) - _MAY_MOVE) // MANY_POINTS * MANY_POINTS
        if stay <= 0 and sum(map(len, strokes)) <= MANY_POINTS:
            return render_curve(curve_of((*strokes, self._stroke)), width, PAD_UNITS)
        stay = max(stay, 0)
        if self._settled is None or self._settled[0] is not strokes or self._settled[1] != stay:
            self._settled = (strokes, stay, curve_of((*strokes, self._stroke[:stay])))
        rest = curve_of((self._stroke[max(stay - 1, 0) :],))
        return render_curve(self._settled[2].with_more(rest), width, PAD_UNITS)
