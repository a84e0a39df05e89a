"""What the pad holds, strokes or a picture, and the steps that undo and redo go through."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_bench.digits.drawing import Drawing, Stroke
from mnist_bench.digits.picture_view import PictureView
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.digits.rendering import render_drawing

PAD_UNITS: Final = 280.0
"""The pad's side: strokes are kept in these units, whatever the pad's size on the screen."""
DEFAULT_PEN: Final = 20.0
"""Pad units: 7 % of the pad, the same stroke width as most of MNIST's digits."""
_MAX_STEPS: Final = 500
_MAX_PICTURES: Final = 20
"""Opened pictures that undo brings back as they were, of up to 5 MB each; of older ones it has the digit image."""


@dataclass(frozen=True, eq=False)
class PadContent:
    """What is on the pad: strokes, or a picture, or nothing.

    What is made of it is made once, on whichever thread asks first: of many strokes it takes a while.

    Attributes:
        strokes: in pad units; empty if there is a picture.
        pen_width: pad units, of every stroke.
        picture: uint8 (28, 28), or None.
        label: the digit that it really is, if known.
        view: the opened picture that `picture` was made of, if any; without `picture`, no digit was found in it.
    """

    strokes: tuple[Stroke, ...] = ()
    pen_width: float = DEFAULT_PEN
    picture: NDArray[np.uint8] | None = None
    label: int | None = None
    view: PictureView | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the pad is blank."""
        return not self.has_digit and self.view is None

    @property
    def has_digit(self) -> bool:
        """Whether there is something for a network to see."""
        return bool(self.strokes) or self.picture is not None

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
        if not self.strokes:
            return PadContent(strokes=(stroke,), pen_width=self.pen_width)
        return replace(self, strokes=(*self.strokes, stroke))

    @classmethod
    def of_drawing(cls, drawing: Drawing) -> "PadContent":
        """A drawing of any size, brought to the pad's units and without empty strokes; if not square, it is centred.

        With what the network sees of it: of very many points it takes a tenth of a second, and is not for the window's
        thread. InputError where at the pad's size it is no drawing any more.
        """
        scale = PAD_UNITS / max(drawing.width, drawing.height)
        left = (PAD_UNITS - drawing.width * scale) / 2
        top = (PAD_UNITS - drawing.height * scale) / 2
        strokes = tuple(stroke for stroke in drawing.strokes if stroke)
        if (scale, left, top) != (1.0, 0.0, 0.0):
            strokes = tuple(tuple((x * scale + left, y * scale + top) for x, y in stroke) for stroke in strokes)
        content = cls(strokes, drawing.pen_width * scale, label=drawing.label)
        _ = content.drawing, content.pixels
        return content

    @classmethod
    def of_digit(cls, digit: DigitImage, pen_width: float = DEFAULT_PEN) -> "PadContent":
        """A drawing (as `of_drawing`) or a picture, with its label; `pen_width` is of the next drawing."""
        if digit.drawing is None:
            pixels = digit.pixels if digit.pixels.any() else None
            return cls((), pen_width, pixels, digit.label, digit.view)
        return cls.of_drawing(replace(digit.drawing, label=digit.label))


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
        self._let_old_pictures_go()

    def amend(self, content: PadContent) -> None:
        """Replace what is shown without a step: for the label, and for a step that goes on."""
        self._steps[self._at] = (content, self._steps[self._at][1])

    def undo(self) -> None:
        """One step back, if there is one."""
        self._at = max(0, self._at - 1)

    def redo(self) -> None:
        """One step forward again, if one was taken back."""
        self._at = min(len(self._steps) - 1, self._at + 1)

    def _let_old_pictures_go(self) -> None:
        newest: set[int] = set()
        for at in reversed(range(len(self._steps))):
            content, name = self._steps[at]
            if content.view is not None:
                newest.add(id(content.view.planes))
                if len(newest) > _MAX_PICTURES:
                    self._steps[at] = (replace(content, view=None), name)
