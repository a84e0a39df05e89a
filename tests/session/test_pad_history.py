import numpy as np
import pytest

from mnist_bench.digits.drawing import Drawing
from mnist_bench.session.pad_content import PAD_UNITS, PadContent, PadHistory

LINE = ((10.0, 10.0), (50.0, 50.0))
DOT = ((100.0, 100.0),)
PICTURE = np.full((28, 28), 7, np.uint8)


def test_undo_and_redo_walk_over_strokes_clear_and_pictures() -> None:
    history = PadHistory()
    history.put(history.content.with_stroke(LINE), "stroke")
    history.put(history.content.with_stroke(DOT), "stroke")
    history.put(PadContent(), "clear")
    history.put(PadContent(picture=PICTURE, label=3), "paste")

    history.undo()
    assert history.content.is_empty
    assert (history.undo_name, history.redo_name) == ("clear", "paste")
    history.undo()
    assert history.content.strokes == (LINE, DOT)
    history.undo()
    assert len(history.content.strokes) == 1
    for _ in range(3):
        history.redo()
    assert history.content.picture is PICTURE
    assert history.content.label == 3


def test_the_ends_of_the_history_stay_where_they_are() -> None:
    history = PadHistory()
    history.undo()
    assert history.content.is_empty
    assert (history.undo_name, history.redo_name) == ("", "")
    history.put(history.content.with_stroke(DOT), "stroke")
    history.redo()
    assert history.content.strokes == (DOT,)


def test_a_new_step_forgets_what_was_undone() -> None:
    history = PadHistory()
    history.put(history.content.with_stroke(LINE), "stroke")
    history.undo()
    history.put(history.content.with_stroke(DOT), "stroke")
    assert history.redo_name == ""
    assert history.content.strokes == (DOT,)


def test_a_label_is_no_step_of_its_own() -> None:
    history = PadHistory()
    history.put(PadContent(strokes=(LINE,)), "stroke")
    history.amend(PadContent(strokes=(LINE,), label=4))
    assert history.content.label == 4
    history.undo()
    assert history.content.is_empty


def test_a_long_day_does_not_grow_the_history_without_end() -> None:
    history = PadHistory()
    for number in range(3000):
        history.put(PadContent(label=number % 10), "open")
    steps = 0
    while history.undo_name:
        history.undo()
        steps += 1
    assert 100 <= steps <= 1000


def test_drawing_on_a_picture_starts_a_new_drawing() -> None:
    content = PadContent(picture=PICTURE, label=3).with_stroke(LINE)
    assert content.strokes == (LINE,)
    assert content.picture is None
    assert content.label is None


def test_a_stroke_keeps_the_label_of_the_drawing_that_it_completes() -> None:
    assert PadContent(strokes=(LINE,), label=4).with_stroke(DOT).label == 4


@pytest.mark.parametrize(
    ("width", "height", "point", "expected"),
    [
        (280, 280, (10, 20), (10, 20)),
        (28, 28, (14, 7), (140, 70)),
        (560, 280, (0, 0), (0, 70)),
        (100, 400, (100, 400), (175, 280)),
    ],
)
def test_a_drawing_of_any_size_fits_the_pad(
    width: float, height: float, point: tuple[float, float], expected: tuple[float, float]
) -> None:
    content = PadContent.of_drawing(Drawing(width, height, max(width, height) / 14, ((point,),), label=1))
    assert content.strokes[0][0] == pytest.approx(expected)
    assert content.pen_width == pytest.approx(20)
    drawing = content.drawing
    assert drawing is not None
    assert (drawing.width, drawing.height, drawing.label) == (PAD_UNITS, PAD_UNITS, 1)


@pytest.mark.parametrize("size", [280.0, 28.0])
def test_empty_strokes_of_a_file_do_not_come_onto_the_pad(size: float) -> None:
    content = PadContent.of_drawing(Drawing(size, size, 20.0, ((), LINE, ())))
    assert len(content.strokes) == 1
    assert content.strokes[0]
