"""Which drawings are kept."""

from dataclasses import replace

import numpy as np

from mnist_bench.digits.drawing import Drawing
from mnist_bench.session.backend_state import Answer
from mnist_bench.session.kept_drawings import DrawingKeeper

SAMPLE = ((10.0, 10.0), (20.0, 20.0), (30.0, 10.0), (40.0, 40.0))


def drawing(*strokes: tuple[tuple[float, float], ...]) -> Drawing:
    return Drawing(280.0, 280.0, 20.0, tuple(strokes))


def drawn(keeper: DrawingKeeper, stroke: tuple[tuple[float, float], ...] = SAMPLE) -> Drawing:
    """Draws a stroke point by point, as a pen does."""
    for length in range(1, len(stroke) + 1):
        assert keeper.pad_changed(drawing(stroke[:length]), None) is None
    return drawing(stroke)


def test_a_drawing_is_finished_when_the_pad_is_cleared() -> None:
    keeper = DrawingKeeper()
    whole = drawn(keeper)
    keeper.label_changed(7)
    finished = keeper.pad_changed(None, None)
    assert finished is not None
    assert finished.drawing == replace(whole, label=7)


def test_a_drawing_is_finished_when_another_takes_its_place() -> None:
    keeper = DrawingKeeper()
    whole = drawn(keeper)
    finished = keeper.pad_changed(drawing(((200.0, 5.0), (1.0, 2.0))), 3)
    assert finished is not None
    assert finished.drawing == whole


def test_drawing_on_and_undo_do_not_finish_it() -> None:
    keeper = DrawingKeeper()
    drawn(keeper)
    assert keeper.pad_changed(drawing(SAMPLE, ((1.0, 1.0),)), None) is None
    assert keeper.pad_changed(drawing(SAMPLE), None) is None


def test_a_sample_that_was_only_looked_at_is_not_kept() -> None:
    keeper = DrawingKeeper()
    keeper.pad_changed(drawing(SAMPLE), 7)
    assert keeper.pad_changed(None, None) is None


def test_a_sample_that_was_drawn_on_is_kept() -> None:
    keeper = DrawingKeeper()
    keeper.pad_changed(drawing(SAMPLE), 7)
    keeper.pad_changed(drawing(SAMPLE, ((1.0, 1.0),)), 7)
    finished = keeper.finish()
    assert finished is not None
    assert finished.drawing.label == 7


def test_nothing_is_kept_twice() -> None:
    keeper = DrawingKeeper()
    drawn(keeper)
    assert keeper.finish() is not None
    assert keeper.finish() is None


def answer(digit: int) -> Answer:
    return Answer(1, digit, np.zeros(10, np.float32), np.full(10, 0.1, np.float32), 1000, 2000)


def answers(keeper: DrawingKeeper) -> dict[str, int]:
    """What is kept with the drawing that is finished now."""
    finished = keeper.finish()
    assert finished is not None
    return {title: one.digit for title, one in finished.answers.items()}


def test_answers_are_kept_with_it_the_last_of_each_backend() -> None:
    keeper = DrawingKeeper()
    drawn(keeper)
    keeper.answered("A", answer(3))
    keeper.answered("B", answer(8))
    keeper.answered("A", answer(5))
    assert answers(keeper) == {"A": 5, "B": 8}


def test_answers_to_what_it_was_before_are_not_kept() -> None:
    keeper = DrawingKeeper()
    drawn(keeper)
    keeper.answered("A", answer(3))
    keeper.answered("B", answer(3))
    keeper.pad_changed(drawing(SAMPLE, ((1.0, 1.0),)), None)
    keeper.answered("A", answer(5))
    assert answers(keeper) == {"A": 5}


def test_answers_of_backends_that_were_removed_are_not_kept() -> None:
    keeper = DrawingKeeper()
    drawn(keeper)
    keeper.answered("A", answer(3))
    keeper.answered("B", answer(8))
    keeper.keep_answers_of(["B", "C"])
    assert answers(keeper) == {"B": 8}


def test_an_answer_that_comes_after_the_end_belongs_to_no_drawing() -> None:
    keeper = DrawingKeeper()
    drawn(keeper)
    assert keeper.pad_changed(None, None) is not None
    keeper.answered("A", answer(3))
    drawn(keeper)
    assert answers(keeper) == {}
