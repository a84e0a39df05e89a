"""The picture on the pad: turned, cropped, its digits picked, each a step that undo takes back."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_bench.base.errors import InputError
from mnist_bench.digits.picture_view import Box, PictureView
from mnist_bench.digits.pictures import DigitImage, read_picture
from mnist_bench.session.pictures import hints
from mnist_bench.session.session import Session
from tests.digit_pictures import picture_of, sample_of
from tests.sessions import MakeSession


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    return make_session(ready=False)


def view_of(session: Session) -> PictureView:
    view = session.pad.content.view
    assert view is not None
    return view


def wait(session: Session) -> None:
    assert session.inbox.wait_until(lambda: not session.reader.is_busy, 20)


def seen(session: Session) -> NDArray[np.uint8]:
    pixels = session.pad.current().pixels
    assert pixels is not None
    return pixels


def likeness(pixels: NDArray[np.uint8], label: int) -> float:
    return float(np.corrcoef(pixels.ravel(), sample_of(label).ravel())[0, 1])


def test_each_of_several_digits_can_be_picked(session: Session) -> None:
    said: list[str] = []
    session.message.subscribe(said.append)
    session.pad.put_image(read_picture(picture_of(4, 0, 7)))
    assert said[-1].startswith("The picture shows 3 separate digits; the largest was read.")
    for number, label in enumerate((4, 0, 7)):
        session.pictures.pick(number)
        wait(session)
        assert likeness(seen(session), label) > 0.9
        assert view_of(session).picked == number
    session.pictures.pick(3)
    wait(session)
    assert view_of(session).picked == 2


def test_quick_turns_add_up_and_undo_takes_each_step_back(session: Session) -> None:
    session.pad.put_image(read_picture(picture_of(7)))
    upright = seen(session)
    for _ in range(3):
        session.pictures.turn(1)
    wait(session)
    assert view_of(session).quarters == 3
    assert session.pad.history.undo_name == "turn"
    session.pictures.turn(1)
    wait(session)
    assert np.array_equal(seen(session), upright)
    session.pad.undo()
    assert view_of(session).quarters == 3
    session.pad.undo()
    assert view_of(session).quarters == 0


def test_a_crop_leaves_one_digit_and_the_whole_comes_back(session: Session) -> None:
    session.pad.put_image(read_picture(picture_of(4, 0, 7)))
    session.pictures.crop(view_of(session).digits[2].grown(8))
    wait(session)
    assert len(view_of(session).digits) == 1
    assert likeness(seen(session), 7) > 0.9
    session.pictures.show_whole()
    wait(session)
    assert len(view_of(session).digits) == 3


def test_a_part_without_a_digit_has_no_answer_and_is_undone(session: Session) -> None:
    said: list[str] = []
    session.message.subscribe(said.append)
    session.pad.put_image(read_picture(picture_of(7, width=200)))
    session.pictures.crop(Box(230, 10, 390, 190))
    wait(session)
    assert session.pad.current().pixels is None
    assert not session.pad.content.is_empty
    assert hints(view_of(session))[0] == "No digit here: show the whole picture"
    session.pad.label(3)
    assert session.pad.content.label is None
    assert said.pop() == "There is no digit to label."
    assert said[-1] == "On the pad: the cropped picture. No digit was found in the picture."
    session.pad.undo()
    assert said[-1] == "", "it was about what is not there any more"
    assert likeness(seen(session), 7) > 0.9


def test_a_label_stays_with_its_digit(session: Session) -> None:
    session.pad.put_image(read_picture(picture_of(4, 7)))
    session.pad.label(4)
    session.pictures.turn(2)
    wait(session)
    assert session.pad.content.label == 4
    session.pictures.pick(1 - view_of(session).picked)
    wait(session)
    assert session.pad.content.label is None


def test_the_picked_digit_stays_picked_with_its_label_and_another_does_not_get_it(session: Session) -> None:
    session.pad.put_image(read_picture(picture_of(4, 0, 7)))
    session.pictures.pick(2)
    wait(session)
    session.pad.label(7)
    session.pictures.turn(1)
    session.pictures.turn(1)
    wait(session)
    session.pictures.show_whole()
    wait(session)
    assert likeness(seen(session), 7) > 0.9
    assert session.pad.content.label == 7
    session.pictures.crop(view_of(session).digits[0].grown(8))
    wait(session)
    assert likeness(seen(session), 4) > 0.9
    assert session.pad.content.label is None


def test_something_else_on_the_pad_ends_what_is_still_being_read(session: Session) -> None:
    session.pad.put_image(read_picture(picture_of(7)))
    session.pictures.turn(1)
    session.pad.undo()
    wait(session)
    assert session.pad.content.is_empty
    session.pad.redo()
    session.pictures.turn(1)
    wait(session)
    assert view_of(session).quarters == 1, "what was given up does not count"


def test_a_stroke_on_a_cleared_picture_is_a_drawing(session: Session) -> None:
    session.pad.put_image(read_picture(picture_of(7)))
    session.pad.clear()
    session.pad.end_stroke(((40.0, 40.0), (200.0, 40.0)))
    assert session.pad.content.view is None
    session.pictures.turn(1)
    assert not session.reader.is_busy
    session.pad.undo()
    session.pad.undo()
    assert view_of(session).quarters == 0


def test_what_cannot_be_read_again_is_told_and_loses_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[Exception] = []
    session.failed.subscribe(failures.append)
    session.pad.put_image(read_picture(picture_of(7)))

    def fail(view: PictureView) -> DigitImage:
        raise InputError("No memory.")

    monkeypatch.setattr("mnist_bench.session.pictures.read_view", fail)
    session.pictures.turn(1)
    wait(session)
    monkeypatch.undo()
    assert str(failures[0]) == "No memory."
    assert view_of(session).quarters == 0
    session.pictures.turn(1)
    wait(session)
    assert view_of(session).quarters == 1, "what failed does not count"


def test_undo_keeps_only_so_many_pictures(session: Session) -> None:
    """Each takes megabytes; 500 steps of them would be gigabytes."""
    digit = read_picture(picture_of(7))
    assert digit.view is not None
    for _ in range(30):
        copy = PictureView(digit.view.planes.copy(), digits=digit.view.digits)
        session.pad.put_image(DigitImage(digit.pixels, None, None, "", copy))
    kept = 0
    while session.pad.history.undo_name:
        kept += session.pad.content.view is not None
        session.pad.undo()
    assert kept == 20
