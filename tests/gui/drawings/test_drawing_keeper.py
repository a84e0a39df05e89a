"""Which drawings are kept."""

from mnist_bench.gui.drawings.drawing_keeper import DrawingKeeper

from mnist_bench.digits.drawing import Drawing

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
    assert finished.drawing == whole
    assert finished.label == 7


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
    assert finished.label == 7


def test_nothing_is_kept_twice() -> None:
    keeper = DrawingKeeper()
    drawn(keeper)
    assert keeper.finish() is not None
    assert keeper.finish() is None
