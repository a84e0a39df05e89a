"""What is on the pad, strokes or a picture, with undo and redo, and what the network sees of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.curves import MANY_POINTS
from mnist_bench.digits.drawing import Drawing, Stroke
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.rendering import Curve, curve_of, render_curve, render_drawing
from mnist_bench.session.inbox import Inbox, Topic

PAD_UNITS: Final = 280.0
"""The pad's side: strokes are kept in these units, whatever the pad's size on the screen."""
DEFAULT_PEN: Final = 20.0
"""Pad units: 7 % of the pad, the same stroke width as most of MNIST's digits."""
MIN_PEN: Final = 8.0
MAX_PEN: Final = 40.0
_MAX_STEPS: Final = 500
_STROKE: Final = "stroke"
_PEN_STEP: Final = "pen width"
_MAY_MOVE: Final = 3  # points at the end of the stroke under the pen
_TOO_MUCH = "Clear the pad to continue."


@dataclass(frozen=True, eq=False)
class PadContent:
    """What is on the pad: strokes, or a picture, or nothing.

    What is made of it is made once, on whichever thread asks first: of many strokes it takes a while.

    Attributes:
        strokes: in pad units; empty if there is a picture.
        pen_width: pad units, of every stroke.
        picture: uint8 (28, 28), or None.
        label: the digit that it really is, if known.
    """

    strokes: tuple[Stroke, ...] = ()
    pen_width: float = DEFAULT_PEN
    picture: NDArray[np.uint8] | None = None
    label: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the pad is blank."""
        return not self.strokes and self.picture is None

    @cached_property
    def drawing(self) -> Drawing | None:
        """The strokes as a drawing; None if there are none. InputError where they are more than a drawing may have."""
        if not self.strokes:
            return None
        return Drawing(PAD_UNITS, PAD_UNITS, self.pen_width, self.strokes, self.label)

    @cached_property
    def pixels(self) -> NDArray[np.uint8] | None:
        """What the network sees, uint8 (28, 28); None for an empty pad."""
        return self.picture if self.drawing is None else render_drawing(self.drawing)

    def with_stroke(self, stroke: Stroke) -> "PadContent":
        """The same with one more stroke; on a picture, which cannot be drawn on, it starts a new drawing."""
        if self.picture is not None:
            return PadContent(strokes=(stroke,), pen_width=self.pen_width)
        return replace(self, strokes=(*self.strokes, stroke))

    @classmethod
    def of_drawing(cls, drawing: Drawing) -> "PadContent":
        """A drawing of any size, brought to the pad's units and without empty strokes; if not square, it is centred."""
        scale = PAD_UNITS / max(drawing.width, drawing.height)
        left = (PAD_UNITS - drawing.width * scale) / 2
        top = (PAD_UNITS - drawing.height * scale) / 2
        strokes = tuple(stroke for stroke in drawing.strokes if stroke)
        if (scale, left, top) != (1.0, 0.0, 0.0):
            strokes = tuple(tuple((x * scale + left, y * scale + top) for x, y in stroke) for stroke in strokes)
        return cls(strokes, drawing.pen_width * scale, label=drawing.label)

    @classmethod
    def of_digit(cls, digit: DigitImage, pen_width: float = DEFAULT_PEN) -> "PadContent":
        """A drawing or a picture with its label, and what the network sees of it; `pen_width` is of the next drawing.

        InputError where the drawing, at the pad's size, is none any more. Of very many points it takes a tenth of a
        second: not for the window's thread.
        """
        if digit.drawing is None:
            return cls((), pen_width, digit.pixels, digit.label)
        content = replace(cls.of_drawing(digit.drawing), label=digit.label)
        _ = content.drawing, content.pixels
        return content


class PadHistory:
    """The pad's contents in the order in which they came, and which of them is shown."""

    def __init__(self, content: PadContent | None = None) -> None:
        self._steps: list[tuple[PadContent, str]] = [(content or PadContent(), "")]
        self._at = 0

    @property
    def content(self) -> PadContent:
        """What is on the pad now."""
        return self._steps[self._at][0]

    @property
    def undo_name(self) -> str:
        """What undo would take back ("stroke", "clear", ...); empty if there is nothing."""
        return self._steps[self._at][1]

    @property
    def redo_name(self) -> str:
        """What redo would do again; empty if there is nothing."""
        return self._steps[self._at + 1][1] if self._at + 1 < len(self._steps) else ""

    def put(self, content: PadContent, name: str) -> None:
        """Show this from now on, as a step that undo takes back; what had been undone before is forgotten."""
        del self._steps[self._at + 1 :]
        self._steps.append((content, name))
        # The oldest steps go; the first one left has nothing before it to go back to.
        del self._steps[: max(0, len(self._steps) - _MAX_STEPS)]
        self._steps[0] = (self._steps[0][0], "")
        self._at = len(self._steps) - 1

    def amend(self, content: PadContent) -> None:
        """Replace what is shown without a step: for the label, and for a step that goes on."""
        self._steps[self._at] = (content, self._steps[self._at][1])

    def undo(self) -> None:
        """One step back, if there is one."""
        self._at = max(0, self._at - 1)

    def redo(self) -> None:
        """One step forward again, if one was taken back."""
        self._at = min(len(self._steps) - 1, self._at + 1)


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
        message: a sentence for the status bar.
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

    def redo(self) -> None:
        """Do again what was taken back last."""
        self.history.redo()
        self._show()

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
        """Put a drawing or a picture on the pad, with its label; its name is said."""
        made = PadContent.of_digit
        if self._try(lambda: made(digit, self.pen_width), how, self.failed.publish) and digit.name:
            self.message.publish(f"On the pad: {digit.name}.")

    def put_content(self, content: PadContent, how: str = "open", name: str = "") -> None:
        """Put there what `PadContent.of_digit` made; its name is said."""
        self._put(content, how)
        if name:
            self.message.publish(f"On the pad: {name}.")

    def label(self, label: int | None) -> None:
        """Say what the digit on the pad really is; the same digit again takes it back."""
        if self.content.is_empty:
            self.message.publish("Draw a digit first, then label it.")
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
            return render_curve(curve_of((*strokes, self._stroke)), width)
        stay = max(stay, 0)
        if self._settled is None or self._settled[0] is not strokes or self._settled[1] != stay:
            self._settled = (strokes, stay, curve_of((*strokes, self._stroke[:stay])))
        rest = curve_of((self._stroke[max(stay - 1, 0) :],))
        return render_curve(self._settled[2].with_more(rest), width)
