"""Drawings as long as they may be: the window stays live while they are opened, drawn, drawn on and undone."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_bench.digits.drawing import MAX_POINTS, Drawing, Stroke, save_drawing
from mnist_bench.digits.pictures import load_digit
from mnist_bench.gui.pad.pad_panel import PadPanel
from mnist_bench.session.session import Session
from tests.gui.heartbeat import BUSY_S, LIVE_S, Heartbeat
from tests.gui.pad.test_ink import painted

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def scattered(count: int, size: float = 280.0) -> Stroke:
    return tuple((x, y) for x, y in np.random.default_rng(count).uniform(0, size, (count, 2)).tolist())


def dense(count: int) -> Stroke:
    """A ring, with hardly any way from one point to the next."""
    turns = (math.tau * n / count for n in range(count))
    return tuple((140 + 90 * math.cos(turn), 140 + 90 * math.sin(turn)) for turn in turns)


DRAWINGS: dict[str, Callable[[], Drawing]] = {
    "scattered": lambda: Drawing(280, 280, 20, (scattered(MAX_POINTS),)),
    "dense": lambda: Drawing(280, 280, 20, (dense(MAX_POINTS),)),
    "few but long": lambda: Drawing(280, 280, 20, (scattered(1_000),)),
    "many strokes": lambda: Drawing(280, 280, 20, tuple(scattered(100) for _ in range(1_000))),
    "far outside": lambda: Drawing(280, 280, 20, (scattered(MAX_POINTS, 1e6),)),
    "a wide pen": lambda: Drawing(280, 280, 1e6, (scattered(MAX_POINTS),)),
    "a tiny pad": lambda: Drawing(1e-2, 1e-2, 1e-3, (scattered(MAX_POINTS, 1e-2),)),
}


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> PadPanel:
    panel = PadPanel(session)
    qtbot.addWidget(panel)
    panel.resize(QSize(400, 640))
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def beat(panel: PadPanel, qtbot: QtBot) -> Heartbeat:
    beat = Heartbeat(panel)
    qtbot.wait(50)  # the first picture of the window does not count
    beat.begin()
    return beat


@pytest.mark.parametrize("name", DRAWINGS)
def test_it_opens_is_drawn_on_and_undone_without_holding_up_the_window(
    panel: PadPanel, session: Session, beat: Heartbeat, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "long.json"
    drawing = DRAWINGS[name]()
    save_drawing(path, drawing)
    beat.begin()
    session.opening.open(lambda: load_digit(path), "open")
    qtbot.waitUntil(lambda: not panel.pad._content.is_empty, timeout=20_000)
    qtbot.waitUntil(lambda: panel.view.pixels is not None)
    assert list(map(len, session.pad.content.strokes)) == list(map(len, drawing.strokes))
    middle = panel.pad.rect().center()
    QTest.mousePress(panel.pad, LEFT, NONE, middle)
    for step in range(5):
        QTest.mouseMove(panel.pad, middle + QPoint(9 * step, 5))
        qtbot.wait(1)
    QTest.mouseRelease(panel.pad, LEFT, NONE, middle + QPoint(60, 9))
    session.pad.undo()
    qtbot.wait(20)
    session.pad.redo()
    qtbot.wait(20)
    assert beat.busiest_s < BUSY_S
    assert beat.longest_s < LIVE_S


def test_a_stroke_of_more_points_than_a_drawing_may_have_is_kept_as_far_as_it_may(
    panel: PadPanel, session: Session, beat: Heartbeat, qtbot: QtBot
) -> None:
    pad = panel.pad
    pad._press(pad.square().center(), -1)
    for x, y in scattered(MAX_POINTS - 10):
        pad._path.add((round(x, 2), round(y, 2)))
    while len(pad._path.points) < MAX_POINTS - 5:
        pad._path.points.append(pad._path.points[-9])
    for step in range(1, 9):
        beat.begin()
        pad._move(pad.square().center() + QPointF(9 * step, 7 * (step % 2)), -1)
        qtbot.wait(5)
        assert beat.busiest_s < BUSY_S or step == 1, "the first one here comes after thousands"
    beat.begin()
    pad._lift(pad.square().center(), -1)
    qtbot.wait(20)
    assert beat.busiest_s < BUSY_S
    assert beat.longest_s < LIVE_S
    assert list(map(len, session.pad.content.strokes)) == [MAX_POINTS]


def test_what_is_computed_looks_as_what_is_painted(panel: PadPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    from mnist_bench.gui.pad import ink

    stroke = dense(300)
    pictures = []
    for most in (10_000, 10):
        monkeypatch.setattr(ink, "_MANY_POINTS", most)
        made = ink.Ink()
        made.set_size(280, 1.0)
        made.set_strokes((stroke,), 20.0)
        pictures.append(painted(made, 280).astype(int))
    difference = np.abs(pictures[0] - pictures[1])
    assert difference.max() < 200
    assert difference.mean() < 1.5


def test_a_stroke_that_reaches_the_bound_of_a_drawing_is_kept_up_to_there(panel: PadPanel, session: Session) -> None:
    session.pad.put_drawing(Drawing(280, 280, 20, (dense(MAX_POINTS - 3),)))
    start = panel.pad.rect().center()
    QTest.mousePress(panel.pad, LEFT, NONE, start)
    for step in range(1, 9):
        QTest.mouseMove(panel.pad, start + QPoint(9 * step, 9 * step))
    QTest.mouseRelease(panel.pad, LEFT, NONE, start + QPoint(99, 99))
    assert list(map(len, session.pad.content.strokes)) == [MAX_POINTS - 3, 3]
