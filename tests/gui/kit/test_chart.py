"""The frame of charts: when it draws, what it keeps, its legend, its axes, and what the pointer finds."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.chart import Axis, Chart, Drawn, Entry, Panel, duration_axis, ratio_axis, share_axis
from mnist_bench.gui.kit.palette import backend_style, of_run
from mnist_bench.gui.kit.plot import ChartFrame, Plot
from mnist_bench.session.session import Session
from tests.gui.answering import Answers
from tests.gui.hearing import topic

PANEL = Panel("Times", duration_axis("compute"), share_axis("share"), zooms=True)


class Shown(Chart):
    """A chart of two lines that counts how often it is drawn."""

    def __init__(self, session: Session, panel: Panel = PANEL, rest_ms: int = 0, longest_ms: int = 0) -> None:
        self.drawn = 0
        self.titles = ["Alpha", "Beta"]
        super().__init__(
            session,
            [panel],
            self._draw_lines,
            lambda: b"a,b\n",
            title="Times",
            file_name="times",
            rest_ms=rest_ms,
            longest_ms=longest_ms,
        )

    def _draw_lines(self, plots: Sequence[Plot]) -> Drawn | None:
        self.drawn += 1
        (plot,) = plots
        for number, title in enumerate(self.titles):
            plot.line(title, [2.0, 3.0, 4.0], [0.1, 0.5, 0.9 - number / 10], backend_style(number), title=title)
        plot.span((2, 4), (0, 1))
        entries = tuple(Entry(backend_style(number), title) for number, title in enumerate(self.titles))
        return Drawn(entries) if self.titles else None


Make = Callable[..., Shown]


@pytest.fixture
def make(qtbot: QtBot, session: Session) -> Make:
    def chart(*arguments: object, **more: int) -> Shown:
        made = Shown(session, *arguments, **more)  # type: ignore[arg-type]
        qtbot.addWidget(made)
        made.resize(500, 300)
        made.begin()
        qtbot.waitUntil(lambda: made.frame is not None, timeout=20_000)
        made.show()
        return made

    return chart


def frame_of(chart: Chart) -> ChartFrame:
    assert chart.frame is not None
    return chart.frame


def plot_of(chart: Chart) -> Plot:
    return frame_of(chart).plots[0]


def test_many_changes_are_drawn_once_and_none_while_it_is_hidden(qtbot: QtBot, make: Make) -> None:
    chart = make()
    qtbot.waitUntil(lambda: chart.drawn == 1)
    for _ in range(10):
        chart.refresh()
    qtbot.waitUntil(lambda: chart.drawn == 2)
    chart.hide()
    chart.refresh()
    QApplication.processEvents()
    assert chart.drawn == 2
    chart.show()
    qtbot.waitUntil(lambda: chart.drawn == 3)


def test_changes_that_never_rest_are_drawn_now_and_then(qtbot: QtBot, make: Make) -> None:
    chart = make(rest_ms=10_000, longest_ms=30)
    chart.refresh()
    qtbot.waitUntil(lambda: chart.drawn > 0)


def test_what_is_drawn_again_is_the_same_item_and_what_is_not_goes(qtbot: QtBot, make: Make) -> None:
    chart = make()
    chart.redraw()
    before = set(plot_of(chart).listDataItems()) | set(plot_of(chart).plotItem.items)
    chart.redraw()
    assert set(plot_of(chart).plotItem.items) == before
    chart.titles = ["Beta"]
    chart.redraw()
    assert len(plot_of(chart).plotItem.items) == 1
    assert chart.accessibleDescription() == "Beta"


def test_until_there_is_something_nothing_can_be_exported(qtbot: QtBot, make: Make) -> None:
    chart = make()
    chart.titles = []
    chart.redraw()
    assert not chart.export_action.isEnabled()
    assert not frame_of(chart).isVisible()
    chart.titles = ["Alpha"]
    chart.redraw()
    assert chart.export_action.isEnabled()
    assert frame_of(chart).isVisible()


def test_the_pointer_finds_the_nearest_value(make: Make) -> None:
    chart = make()
    chart.redraw()
    QApplication.processEvents()
    plot = plot_of(chart)
    assert plot.told_at(3.001, 0.49) == "Alpha\ncompute: 1.00 µs\nshare: 50 %"
    assert plot.told_at(4, 0.79) == "Beta\ncompute: 10.0 µs\nshare: 80 %"
    assert plot.told_at(2.5, 0.9) == ""


def test_zooming_stays_until_a_double_click_shows_all_again(qtbot: QtBot, make: Make) -> None:
    chart = make()
    chart.redraw()
    plot = plot_of(chart)
    plot.getViewBox().setXRange(3, 3.2, padding=0)
    plot.getViewBox().sigRangeChangedManually.emit([True, False])
    chart.redraw()
    assert plot.getViewBox().viewRange()[0] == pytest.approx([3, 3.2])
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: plot.getViewBox().viewRange()[0] == pytest.approx([2, 4], abs=0.02))


@pytest.mark.parametrize("size", [(220, 90), (400, 140), (1200, 700)])
@pytest.mark.parametrize("low", [1e-4, 0.05, 0.3, 0.97])
def test_ticks_are_there_and_do_not_touch_whatever_the_room(make: Make, low: float, size: tuple[int, int]) -> None:
    """Below 0.25 x there once were none."""
    chart = make(Panel("Ratios", ratio_axis("ratio"), duration_axis("compute")))
    chart.resize(*size)
    chart.redraw()
    QApplication.processEvents()
    plot = plot_of(chart)
    axis = plot.getAxis("bottom")
    start, end = np.log10(low), np.log10(1.1)
    ((_, places),) = axis.tickValues(start, end, plot.width())
    texts = axis.tickStrings(places, 1.0, 1.0)
    assert len(places) >= (2 if size[0] > 300 else 1)
    metrics = QFontMetrics(axis.font())
    pixels = (np.array(places) - start) / (end - start) * plot.width()
    for (left, text), (right, other) in zip(zip(pixels, texts), zip(pixels[1:], texts[1:])):  # noqa: B905
        assert right - left > (metrics.horizontalAdvance(text) + metrics.horizontalAdvance(other)) / 2


@pytest.fixture
def large_text(themed: QApplication) -> Iterator[None]:
    theme.apply(themed, theme.SchemeChoice.LIGHT, 150)
    yield
    theme.apply(themed, theme.SchemeChoice.LIGHT)


@pytest.mark.usefixtures("large_text")
@pytest.mark.parametrize("height", [60, 110, 300])
@pytest.mark.parametrize("span", [(4.0, 4.02), (4.2, 6.1), (2.0, 9.0)])
def test_labels_of_the_left_axis_do_not_overprint(make: Make, span: tuple[float, float], height: int) -> None:
    chart = make(Panel("Times", Axis("image"), duration_axis("compute")))
    chart.resize(400, height)
    chart.redraw()
    plot = plot_of(chart)
    plot.span((0.0, 10.0), span)
    QApplication.processEvents()
    painter = QPainter(painted := QImage(400, 300, QImage.Format.Format_RGB32))
    painter.setFont(QFont(QApplication.font(), painted))
    _line, _ticks, texts = plot.getAxis("left").generateDrawSpecs(painter)
    painter.end()
    assert texts
    areas = sorted((area for area, _flags, _text in texts), key=lambda area: area.top())
    assert all(upper.bottom() <= lower.top() for upper, lower in pairwise(areas))


@pytest.mark.parametrize("names", [2, 6])
def test_rows_are_never_thinner_than_a_line_and_names_never_elided_to_nothing(make: Make, names: int) -> None:
    chart = make(Panel("Rows", ratio_axis("ratio"), None))
    chart.resize(260, 120)
    chart.redraw()
    plot = plot_of(chart)
    plot.rows([f"#{number} A backend of a long name on a phone" for number in range(names)])
    assert plot.minimumHeight() > names * plot.fontMetrics().height()
    shown = plot.getAxis("left").tickStrings([0.0, 1.0], 1.0, 1.0)
    assert [text[:2] for text in shown] == ["#0", "#1"]
    assert all(text.endswith("phone") for text in shown)


@pytest.mark.parametrize("width", [120, 300, 900])
def test_a_legend_has_all_entries_in_the_room_there_is(make: Make, width: int) -> None:
    chart = make()
    chart.titles = [f"Backend number {number}" for number in range(6)]
    chart.resize(width, 400)
    chart.redraw()
    QApplication.processEvents()
    legend = frame_of(chart).legend
    widest = legend.fontMetrics().horizontalAdvance("Backend number 5")
    columns = -(-6 * legend.fontMetrics().height() // legend.height())
    assert columns == 1 or legend.width() // columns > widest
    assert legend.height() >= 6 // 6 * legend.fontMetrics().height()


def test_it_follows_light_and_dark(make: Make, themed: QApplication) -> None:
    chart = make()
    for choice in (theme.SchemeChoice.DARK, theme.SchemeChoice.LIGHT):
        theme.apply(themed, choice)
        assert plot_of(chart).backgroundBrush().color().name() == theme.current().surface


def test_a_picture_is_drawn_at_its_own_size_with_legend_and_axes(
    qtbot: QtBot, session: Session, make: Make, answers: Answers, tmp_path: Path
) -> None:
    """It once was a copy of the widget."""
    answers.path, answers.size = tmp_path / "times.png", (1600, 900)
    chart = make()
    chart.resize(200, 100)
    chart.redraw()
    with qtbot.waitSignal(topic(session.message)):
        chart.export()
    image = QImage(str(tmp_path / "times.png"))
    assert (image.width(), image.height()) == (1600, 900)
    line = backend_style(0).color.lower()
    coloured = [x for x in range(1600) if any(image.pixelColor(x, y).name() == line for y in range(100, 860, 4))]
    assert coloured[-1] - coloured[0] > 1200
    answers.path = tmp_path / "times.svg"
    with qtbot.waitSignal(topic(session.message)):
        chart.export()
    written = (tmp_path / "times.svg").read_text()
    assert all(f">{text}" in written for text in ("Times", "Alpha", "Beta", "1 µs", "10 µs", "0 %", "100 %"))


def test_the_pointer_shows_what_it_finds(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("mnist_bench.gui.kit.plot.show_tip", lambda _where, text, _widget: shown.append(text))
    chart = make()
    chart.redraw()
    QApplication.processEvents()
    plot = plot_of(chart)
    place = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(3, 0.5)))
    nothing, none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    where = plot.viewport().mapToGlobal(place).toPointF()
    move = QMouseEvent(QEvent.Type.MouseMove, place.toPointF(), where, nothing, nothing, none)
    QApplication.sendEvent(plot.viewport(), move)
    assert shown[-1].startswith("Alpha")


def test_runs_of_a_backend_share_its_colour_and_differ_in_mark_or_line() -> None:
    style = backend_style(2)
    runs = [of_run(style, number) for number in range(4)]
    assert {run.color for run in runs} == {style.color}
    assert {(run.marker, run.line) for run in runs} == {(style.marker, style.line)}
    assert len({(run.is_filled, run.width) for run in runs}) == 4


def test_a_chart_that_is_shown_follows_the_size_of_the_text(make: Make, qtbot: QtBot, themed: QApplication) -> None:
    chart = make()
    legend, plot = frame_of(chart).legend, plot_of(chart)
    qtbot.waitUntil(lambda: legend.height() > 0)
    before = legend.height()
    theme.apply(themed, theme.SchemeChoice.LIGHT, 150)
    size = f"{plot.font().pointSizeF():.1f}pt"
    qtbot.waitUntil(lambda: before < legend.height() >= legend.fontMetrics().height())
    qtbot.waitUntil(lambda: plot.getAxis("bottom").labelStyle["font-size"] == size)
    qtbot.waitUntil(lambda: plot.getAxis("left").width() > plot.fontMetrics().horizontalAdvance("0000 µs"))
