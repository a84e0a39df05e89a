"""The table that every view uses: order, selection, widths, colours, copies."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.columns import Column, numbers
from mnist_bench.gui.kit.containers import vbox
from mnist_bench.gui.kit.palette import backend_style
from mnist_bench.gui.kit.table import Table
from mnist_bench.session.session import Session
from tests.gui.answering import Answers
from tests.gui.hearing import topic

LONG = "A backend with a name that is far longer than any window is wide, " * 3


@dataclass(frozen=True)
class Row:
    id: str
    name: str
    time_ns: float | None = None
    ink: str = ""


A, B, C = Row("a", "Alpha", 30), Row("b", "Beta", 10), Row("c", "Gamma")
COLUMNS: tuple[Column[Row], ...] = (
    Column("Backend", lambda row: row.name, stretch=True, ink=lambda row: row.ink),
    numbers("Time", lambda row: row.time_ns, lambda value: f"{value:.1f} ns", "How long", unit="ns"),
    Column("Note", lambda _: "", optional=True),
)


@pytest.fixture
def make(qtbot: QtBot, session: Session) -> Callable[..., Table[Row]]:
    def table(*columns: Column[Row], width: int = 400) -> Table[Row]:
        made = Table(session, "Times", columns or COLUMNS, lambda row: row.id)
        qtbot.addWidget(made)
        made.show_rows([A, B, C])
        made.resize(width, 200)
        made.show()
        return made

    return table


def names(table: Table[Row]) -> list[str]:
    return [row.name for row in table.rows()]


def test_rows_keep_their_order_until_a_header_is_clicked_and_missing_numbers_come_first(
    make: Callable[..., Table[Row]],
) -> None:
    table = make()
    assert names(table) == ["Alpha", "Beta", "Gamma"]
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert names(table) == ["Gamma", "Beta", "Alpha"]
    table.show_rows([A, Row("b", "Beta", 90), C])
    assert names(table) == ["Gamma", "Alpha", "Beta"]
    table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert names(table) == ["Alpha", "Beta", "Gamma"]


def test_what_is_selected_stays_selected_while_rows_come_go_and_are_sorted(make: Callable[..., Table[Row]]) -> None:
    table = make()
    told: list[list[str]] = []
    table.select_row(1)
    table.rows_selected.connect(lambda: told.append([row.id for row in table.selected()]))
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    table.show_rows([Row("d", "Delta"), A, B, C])
    assert [row.id for row in table.selected()] == ["b"]
    table.show_rows([A, C])
    assert table.selected() == []
    assert told[-1] == []


def test_after_removing_the_selected_rows_the_next_one_is_selected(make: Callable[..., Table[Row]]) -> None:
    table = make()
    table.select_row(1)
    table.remove_selected(lambda selected: table.show_rows([row for row in table.rows() if row not in selected]))
    assert table.selected() == [C]


def test_columns_without_any_text_are_hidden_and_in_no_copy(make: Callable[..., Table[Row]]) -> None:
    table = make()
    assert table.isColumnHidden(2)
    assert table.cells()[0] == ["Alpha", "30.0 ns"]


def test_ctrl_c_copies_the_selected_rows_or_all_and_nobody_else_gets_the_key(
    make: Callable[..., Table[Row]], qtbot: QtBot
) -> None:
    table = make()
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Backend\tTime\nAlpha\t30.0 ns\nBeta\t10.0 ns\nGamma\t–"
    table.select_row(2)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Backend\tTime\nGamma\t–"


def test_the_tab_key_leads_to_a_row_that_can_be_seen(qtbot: QtBot, session: Session) -> None:
    window, before, table = QWidget(), QLineEdit(), Table(session, "Times", COLUMNS, lambda row: row.id)
    qtbot.addWidget(window)
    table.show_rows([A, B, C])
    window.setLayout(vbox(before, table))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    before.setFocus()
    assert not table.selected()
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert table.selected() == [A]
    table.select_row(2)
    before.setFocus()
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert table.selected() == [C]


def test_a_csv_file_has_the_numbers_themselves(make: Callable[..., Table[Row]]) -> None:
    assert make().to_csv().decode() == 'Backend,"Time, ns",Note\nAlpha,30,\nBeta,10,\nGamma,,\n'


def test_numbers_in_texts_are_sorted_by_their_values(make: Callable[..., Table[Row]]) -> None:
    texts = ["10–12 conv2d", "8.84e-04", "1,024 of 2", "9 of 10", "3–4 conv2d", "100", "no signal", "", "40.6 dB"]
    table = make(Column("Layer", lambda row: row.name))
    table.show_rows([Row(text, text) for text in texts])
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    ordered = ["", "8.84e-04", "3–4 conv2d", "9 of 10", "10–12 conv2d", "40.6 dB", "100", "1,024 of 2", "no signal"]
    assert names(table) == ordered


def test_fewer_columns_with_a_higher_header_take_their_place(make: Callable[..., Table[Row]]) -> None:
    table = make()
    table.show_all([Column("Output\nscale", lambda row: row.name)], [A])  # where Qt crashed
    assert table.cells() == [["Alpha"]]
    assert table.to_csv().decode() == "Output scale\nAlpha\n", "One line in a file"


def test_it_is_saved_as_csv_and_says_so_or_why_not(
    qtbot: QtBot, session: Session, answers: Answers, tmp_path: Path
) -> None:
    answers.path = tmp_path / "times.csv"
    table = Table(session, "Times, all of them", COLUMNS, lambda row: row.id)
    qtbot.addWidget(table)
    table.show_rows([A, B])
    with qtbot.waitSignal(topic(session.message)):
        table.save()
    assert (tmp_path / "times.csv").read_bytes() == table.to_csv()
    assert answers.asked == [("times.csv", "CSV (*.csv)")]
    answers.path = tmp_path / "none" / "times.csv"
    with qtbot.waitSignal(topic(session.failed)):
        table.save()


def test_enter_and_a_double_click_choose(make: Callable[..., Table[Row]], qtbot: QtBot) -> None:
    table = make()
    table.select_row(0)
    with qtbot.waitSignal(table.chosen):
        QTest.keyClick(table, Qt.Key.Key_Return)
    place = table.visualRect(table.model().index(1, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(table.chosen):
        QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert table.selected() == [B]


@pytest.mark.parametrize("width", [120, 300, 900])
def test_a_name_is_never_elided_to_nothing(make: Callable[..., Table[Row]], width: int) -> None:
    """With five columns of figures beside it the name once became an ellipsis."""
    figures: list[Column[Row]] = [
        numbers(f"Figure {number}", lambda _: 123_456.0, lambda value: f"{value:.1f} µs") for number in "12345"
    ]
    table = make(Column("Backend", lambda _: LONG, stretch=True), *figures, width=width)
    assert table.columnWidth(0) >= table.fontMetrics().averageCharWidth() * 14
    rest = sum(table.columnWidth(column) for column in range(1, 6))
    assert table.columnWidth(0) == max(table.viewport().width() - rest, table.columnWidth(0))
    for column in range(1, 6):
        assert table.columnWidth(column) > table.fontMetrics().horizontalAdvance("123456.0 µs")


def test_a_width_that_the_person_gave_is_remembered(make: Callable[..., Table[Row]]) -> None:
    table = make()
    drag(table, 1, 60)
    wide = table.columnWidth(1)
    table.show_rows([A, B])
    table.resize(500, 200)
    assert table.columnWidth(1) == wide
    assert make().columnWidth(1) == wide


@pytest.mark.parametrize("stored", ["nonsense", "[1]", '{"Time": "wide"}', '{"Time": -3}', '{"Time": 1000000}'])
def test_widths_that_cannot_be_read_do_not_matter(make: Callable[..., Table[Row]], stored: str) -> None:
    fitting = make().columnWidth(1)
    store = QSettings(QSettings.defaultFormat(), QSettings.Scope.UserScope, "mnist-bench", "mnist-bench")
    store.setValue("tables/Times", stored)
    assert make().columnWidth(1) == fitting


def drag(table: Table[Row], column: int, by: int) -> None:
    """Takes the edge of a header and moves it."""
    header = table.horizontalHeader()
    edge = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) - 1, header.height() // 2)
    QTest.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(header.viewport(), edge + QPoint(by, 0))
    QTest.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=edge + QPoint(by, 0))


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
def test_a_selected_row_keeps_its_colours(make: Callable[..., Table[Row]]) -> None:
    table = make()
    red = QPixmap(16, 16)
    red.fill(QColor("red"))
    table.show_all(
        [
            Column("Backend", lambda _: "████", ink=lambda _: "good"),
            Column("Mark", lambda _: "", marker=lambda _: backend_style(1)),
            Column("Picture", lambda _: "", picture=lambda _: red),
        ],
        table.rows(),
    )
    table.clearSelection()
    wanted = (theme.current().good, backend_style(1).color.lower(), "#ff0000")
    for row in range(2):
        table.select_row(1)
        found = [colors(table, row, column) for column in range(3)]
        assert all(color in seen for color, seen in zip(wanted, found, strict=True)), row


def colors(table: Table[Row], row: int, column: int) -> set[str]:
    """The colours of a cell's pixels."""
    image = QImage(table.viewport().size(), QImage.Format.Format_RGB32)
    table.viewport().render(image)
    area = table.visualRect(table.model().index(row, column))
    return {
        image.pixelColor(x, y).name()
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.bottom())
    }


def test_tags_in_what_others_wrote_are_shown_as_they_are(make: Callable[..., Table[Row]]) -> None:
    table = make(Column("<b>Title</b>", lambda _: "<b>Pixel</b>", "<i>about</i>", stretch=True))
    tip = table.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    header = table.model().headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;Pixel&lt;/b&gt;" in tip
    assert "&lt;i&gt;" in header


def test_a_column_that_appears_has_the_width_of_its_contents(make: Callable[..., Table[Row]]) -> None:
    table = make(Column("Backend", lambda row: row.name), Column("Note", lambda row: row.ink, optional=True))
    table.show_rows([Row("a", "Alpha", ink=LONG), B])
    assert table.columnWidth(1) > table.fontMetrics().horizontalAdvance(LONG)
    again = make(Column("Note", lambda row: row.ink))
    assert again.columnWidth(0) < 100
