"""The pad without a window: strokes, undo, labels, and what is told of it."""

import numpy as np
import pytest

from mnist_bench.digits.drawing import MAX_POINTS, Drawing
from mnist_bench.digits.pictures import DigitImage
from mnist_bench.session.inbox import Inbox
from mnist_bench.session.pad import Pad, PadDigit

STROKE = ((40.0, 40.0), (200.0, 40.0), (120.0, 240.0))


class Heard:
    """What a pad has told."""

    def __init__(self, pad: Pad) -> None:
        self.digits: list[PadDigit] = []
        self.labels: list[int | None] = []
        self.messages: list[str] = []
        pad.changed.subscribe(self.digits.append)
        pad.labelled.subscribe(self.labels.append)
        pad.message.subscribe(self.messages.append)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def pad(inbox: Inbox) -> Pad:
    return Pad(inbox)


def test_the_first_movement_is_told_at_once_and_the_others_once_a_turn(pad: Pad, inbox: Inbox) -> None:
    heard = Heard(pad)
    pad.draw(STROKE[:1])
    assert len(heard.digits) == 1
    pad.draw(STROKE[:2])
    pad.draw(STROKE)
    assert len(heard.digits) == 1
    inbox.drain()
    assert len(heard.digits) == 2
    drawing = heard.digits[-1].drawing
    assert drawing is not None
    assert drawing.strokes == (STROKE,)


def test_asking_for_the_pad_does_not_keep_the_change_from_those_who_listen(pad: Pad, inbox: Inbox) -> None:
    pad.end_stroke(STROKE)
    heard = Heard(pad)
    assert pad.current().pixels is not None
    inbox.drain()
    assert [digit.pixels is None for digit in heard.digits] == [False]


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_a_digit_looks_the_same_under_the_pen_and_after_it(pad: Pad, share: float) -> None:
    stroke = tuple((x * share, y * share) for x, y in STROKE)
    pad.draw(stroke)
    under_pen = pad.current().pixels
    pad.end_stroke(stroke)
    after = pad.current().pixels
    assert under_pen is not None
    assert after is not None
    np.testing.assert_array_equal(under_pen, after)


def test_undo_and_redo_go_through_what_was_there(pad: Pad, inbox: Inbox) -> None:
    pad.end_stroke(STROKE)
    pad.clear()
    assert pad.history.undo_name == "clear"
    pad.undo()
    assert pad.current().drawing is not None
    pad.undo()
    assert pad.current().drawing is None
    assert pad.history.redo_name == "stroke"
    pad.redo()
    assert pad.content.strokes == (STROKE,)


def test_a_label_is_taken_back_by_the_same_digit_and_travels_with_the_drawing(pad: Pad) -> None:
    heard = Heard(pad)
    pad.label(7)
    assert heard.messages == ["Draw a digit first, then label it."]
    pad.end_stroke(STROKE)
    pad.label(7)
    drawing = pad.digit.drawing
    assert drawing is not None
    assert (pad.digit.label, drawing.label) == (7, 7)
    pad.label(7)
    assert heard.labels == [7, None]


def test_another_pen_redraws_the_drawing_as_one_step(pad: Pad) -> None:
    pad.end_stroke(STROKE)
    pad.choose_pen(30.0)
    pad.choose_pen(1000.0)
    assert pad.pen_width == pad.content.pen_width == 40.0
    pad.undo()
    assert pad.content.pen_width == 20.0


def test_a_picture_is_replaced_by_the_first_stroke_on_it(pad: Pad) -> None:
    heard = Heard(pad)
    pixels = np.zeros((28, 28), np.uint8)
    pixels[5:20, 14] = 255
    pad.put_image(DigitImage(pixels, 1, None, "one.png"))
    assert heard.messages == ["On the pad: one.png."]
    current = pad.current()
    assert (current.drawing, current.label) == (None, 1)
    assert np.array_equal(current.pixels, pixels)  # type: ignore[arg-type]
    pad.end_stroke(STROKE)
    assert pad.current().drawing is not None


def test_a_stroke_over_the_limit_is_broken_off_and_said(pad: Pad, inbox: Inbox) -> None:
    heard = Heard(pad)
    broken: list[None] = []
    pad.broken_off.subscribe(broken.append)
    pad.draw(((10.0, 10.0),) * (MAX_POINTS + 1))
    assert broken == [None]
    assert heard.messages[-1].endswith("Clear the pad to continue.")
    pad.end_stroke(((10.0, 10.0),) * (MAX_POINTS + 1))
    assert pad.content.is_empty


def test_a_drawing_that_cannot_be_put_there_is_told(pad: Pad) -> None:
    failures: list[Exception] = []
    pad.failed.subscribe(failures.append)
    pad.put_drawing(Drawing(1.0, 1000.0, 0.001, (((0.5, 0.5), (0.5, 900.0)),), None))
    assert (len(failures) == 0) == (not pad.content.is_empty)
