"""Text that others wrote is shown as it is, wherever the window shows text."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mnist_bench.gui.kit.containers import named
from mnist_bench.gui.kit.text import (
    Label,
    Markup,
    TextBlock,
    copy_text,
    message_box,
    plain_tip,
    set_tip,
    show_tip,
    table_tip,
)
from tests.gui.conftest import MakeWindow

GUI = Path(__file__).parents[3] / "mnist_bench" / "gui"
TAG = "<b>Pixel</b>"
GUESSING = {
    *(
        "QErrorMessage",
        "QGraphicsTextItem",
        "QLabel",
        "QProgressDialog",
        "QStaticText",
        "QTextBrowser",
        "QTextDocument",
    ),
    *("QTextEdit", "QToolTip", "QWhatsThis"),
    *("appendHtml", "insertHtml", "setHtml", "setMarkdown", "setDetailedText", "setInformativeText", "setTextFormat"),
    *("setStatusTip", "setToolTip", "setWhatsThis"),
    *("LabelItem", "LegendItem", "TextItem"),  # pyqtgraph's
}
"""What takes a text for rich, always or where it looks so."""


def test_tags_are_shown_and_mean_nothing(qtbot: QtBot, themed: QApplication) -> None:
    label = Label(TAG)
    qtbot.addWidget(label)
    assert (label.text(), label.textFormat()) == (TAG, Qt.TextFormat.PlainText)
    set_tip(label, TAG)
    block = TextBlock()
    qtbot.addWidget(block)
    block.show_text(TAG)
    for tip in (label.toolTip(), block.toolTip(), plain_tip(TAG), table_tip(TAG, [(TAG, TAG)])):
        assert "&lt;b&gt;Pixel&lt;/b&gt;" in tip
        assert TAG not in tip
    box = message_box(None, "Title", TAG)
    qtbot.addWidget(box)
    assert box.textFormat() is Qt.TextFormat.PlainText


def test_a_tip_is_only_changed_where_qt_would_see_tags_in_it() -> None:
    assert plain_tip("a < b,\nand c") == "a < b,\nand c"
    assert plain_tip(Markup(TAG)) == TAG


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_tip_that_is_shown_now_is_plain_too(qtbot: QtBot, themed: QApplication) -> None:
    label = Label("text")
    qtbot.addWidget(label)
    label.show()
    show_tip(label.mapToGlobal(QPoint(1, 1)), TAG, label)
    assert "&lt;b&gt;" in QToolTip.text()
    show_tip(QPoint(), "", label)


def test_what_is_copied_holds_nothing_that_a_terminal_obeys(themed: QApplication) -> None:
    copy_text("a\tb\x1b[2J\nc\u202e")
    assert QGuiApplication.clipboard().text() == "a\tb\\x1b[2J\nc\\u202e"


def guesses(source: str) -> Iterator[int]:
    """The lines where a text is given to what guesses whether it is rich, or takes it for rich."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in GUESSING:
                yield node.lineno
            case ast.Call(func=ast.Name(id="QMessageBox")):
                yield node.lineno


def test_nothing_outside_the_kit_guesses_whether_a_text_is_rich() -> None:
    found = [
        f"{path.relative_to(GUI)}:{line}"
        for path in GUI.rglob("*.py")
        if path != GUI / "kit" / "text.py"
        for line in guesses(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    source = "set_tip(a, x)\nQLabel(x)\na.setToolTip(x)\nQToolTip.showText(x)\nQMessageBox(x)"
    assert sorted(guesses(source)) == [2, 3, 4, 5]


def test_no_label_of_the_window_takes_its_text_for_rich_text(make_window: MakeWindow) -> None:
    window = make_window()
    rich = [label for label in window.findChildren(QLabel) if label.textFormat() is not Qt.TextFormat.PlainText]
    assert [label.text() or label.accessibleName() for label in rich] == []


def test_every_field_of_the_window_has_a_name(make_window: MakeWindow) -> None:
    window = make_window()
    kinds = (QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit)
    fields = [field for kind in kinds for field in window.findChildren(kind) if not is_a_part(field)]
    assert len(fields) > 15
    assert [
        (type(field).__name__, type(field.parent()).__name__) for field in fields if not field.accessibleName()
    ] == []


def is_a_part(field: QWidget) -> bool:
    """Whether it belongs to a field that has a name."""
    inside = isinstance(field.parentWidget(), QAbstractSpinBox | QComboBox)
    return inside or isinstance(field, QHeaderView | QScrollBar) or field.inherits("QComboBoxListView")


def test_a_named_field_has_a_label_that_leads_to_it(qtbot: QtBot, themed: QApplication) -> None:
    field = QLineEdit()
    pair = named("&Batch sizes", field)
    qtbot.addWidget(pair)
    (label,) = pair.findChildren(QLabel)
    assert label.buddy() is field
    assert field.accessibleName() == "Batch sizes"
