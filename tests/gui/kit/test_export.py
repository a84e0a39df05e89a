"""Views saved as pictures and figures."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.export import ExportDialog, Wanted, ask_where, export
from mnist_bench.gui.kit.text import Label
from mnist_bench.session.session import Session
from tests.gui.answering import Answers
from tests.sessions import heard


class Asked:
    """What came of an export; what is drawn is one word."""

    def __init__(self, session: Session, parent: QWidget, answers: Answers) -> None:
        self._session, self._parent = session, parent
        self.answers = answers
        self.told, self.failed = heard(session.message), heard(session.failed)

    def export(self, qtbot: QtBot, ending: str = ".png") -> None:
        wanted, before = Wanted("A chart <of> its own", ending=ending, file_name="a"), len(self.told)
        export(self._session, self._parent, wanted, lambda: Label("reliability"), figures)
        if self.answers.path:
            qtbot.waitUntil(lambda: len(self.told) > before or bool(self.failed))


@pytest.fixture
def asked(session: Session, parent: QWidget, answers: Answers) -> Asked:
    return Asked(session, parent, answers)


@pytest.fixture
def parent(qtbot: QtBot, themed: QApplication) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def figures() -> bytes:
    assert threading.current_thread() is not threading.main_thread()
    return b"bin,images\n"


def test_a_file_dialog_begins_in_the_folder_of_the_last_one(
    parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def get_save_file_name(_parent: QWidget, _title: str, there: str, kinds: str) -> tuple[str, str]:
        asked.append(Path(there))
        return str(tmp_path / "chosen"), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", get_save_file_name)
    QFileDialog().setDirectory(str(tmp_path))
    assert ask_where(parent, "Export", "chart.png", "Picture (*.png)") == str(tmp_path / "chosen.png")
    assert asked == [tmp_path / "chart.png"]
    assert not parent.findChildren(QFileDialog), "One that is never shown would stay for each file."


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("size", [(1600, 900), (640, 480)])
def test_a_picture_is_as_large_as_wanted_in_the_windows_colours(
    qtbot: QtBot, asked: Asked, tmp_path: Path, size: tuple[int, int]
) -> None:
    asked.answers.path, asked.answers.size = tmp_path / "chart.PNG", size
    asked.export(qtbot)
    assert asked.told == [f"Saved {tmp_path / 'chart.PNG'}."]
    image = QImage(str(tmp_path / "chart.PNG"))
    assert image.size() == QSize(*size)
    assert image.pixelColor(0, 0) == image.pixelColor(size[0] - 1, size[1] - 1) == QColor(theme.current().surface)


def test_text_is_as_large_beside_the_picture_whatever_its_size(qtbot: QtBot, asked: Asked, tmp_path: Path) -> None:
    shares = []
    for width in (800, 2400):
        asked.answers.path, asked.answers.size = tmp_path / f"{width}.png", (width, width // 2)
        asked.export(qtbot)
        image = QImage(str(tmp_path / f"{width}.png"))
        paper = image.pixelColor(0, 0)
        rows = [y for y in range(image.height()) if any(image.pixelColor(x, y) != paper for x in range(width // 2))]
        shares.append((rows[-1] - rows[0]) / image.height())
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


def test_an_svg_has_text_as_text_and_its_title(qtbot: QtBot, asked: Asked, tmp_path: Path) -> None:
    asked.answers.path, asked.answers.size = tmp_path / "chart.svg", (1600, 900)
    asked.export(qtbot, ".svg")
    written = (tmp_path / "chart.svg").read_text()
    assert "reliability</text>" in written
    assert 'viewBox="0 0 800 450"' in written
    assert "<title>A chart &lt;of&gt; its own</title>" in written


def test_the_figures_are_made_and_written_off_the_windows_thread(qtbot: QtBot, asked: Asked, tmp_path: Path) -> None:
    asked.answers.path = tmp_path / "a.csv"
    asked.export(qtbot, ".csv")
    assert (tmp_path / "a.csv").read_bytes() == b"bin,images\n"


def test_who_gives_up_gets_no_file(qtbot: QtBot, asked: Asked) -> None:
    asked.export(qtbot)
    assert asked.answers.asked == [("a.png", "PNG picture (*.png)")]
    assert (asked.told, asked.failed) == ([], [])


def test_another_ending_is_refused_with_advice(qtbot: QtBot, asked: Asked, tmp_path: Path) -> None:
    asked.answers.path = tmp_path / "chart.pdf"
    asked.export(qtbot)
    assert "ends in .png" in asked.failed[0].advice
    assert not (tmp_path / "chart.pdf").exists()


def test_a_folder_that_is_not_there_is_told(qtbot: QtBot, asked: Asked, tmp_path: Path) -> None:
    asked.answers.path = tmp_path / "no such folder" / "chart.csv"
    asked.export(qtbot)
    assert isinstance(asked.failed[0], InputError)
    assert asked.told == []


def test_the_dialog_begins_with_what_fits_a_slide_and_tells_what_was_chosen(parent: QWidget) -> None:
    dialog = ExportDialog(parent, Wanted("Ratios"))
    assert dialog.wanted() == Wanted("Ratios", 1600, 900, ".png")
    dialog.show()
    room = dialog.fontMetrics().horizontalAdvance("Ratios: digits-cnn · SingleStream · 2026-11-28 05:06")
    assert dialog.title.width() > room
    dialog.title.setText("  Native against PyTorch ")
    dialog.pixels[0].setValue(1200)
    dialog.kind.setCurrentIndex(1)
    assert dialog.wanted() == Wanted("Native against PyTorch", 1200, 900, ".svg")
    dialog.kind.setCurrentIndex(2)
    assert not dialog.title.isEnabled()
    assert not dialog.pixels[1].isEnabled()
