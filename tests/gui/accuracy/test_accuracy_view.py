"""The Accuracy tab in a session: it follows what runs, shows what was kept, and puts images on the pad."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from mnist_bench.base.errors import InputError
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.gui.accuracy.view import AccuracyView
from mnist_bench.session.jobs import Task
from mnist_bench.session.session import Session
from tests.odd_engines import OddEngines, digits_to_read, image_of
from tests.sessions import MakeSession, heard


@pytest.fixture
def session(make_session: MakeSession) -> Session:
    """Its second backend reads every digit wrongly."""
    return make_session(OddEngines(qnnpack_int8=("--off-by", "1")))


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> AccuracyView:
    view = AccuracyView(session)
    qtbot.addWidget(view)
    view.resize(1280, 500)
    view.show()
    return view


@pytest.fixture
def fronts(view: AccuracyView) -> list[None]:
    """Grows by one each time that the tab wants to be in front."""
    fronts: list[None] = []
    view.wanted.connect(lambda: fronts.append(None))
    return fronts


@pytest.fixture
def data(tmp_path: Path) -> Path:
    digits = digits_to_read(100)
    np.savez(tmp_path / "digits.npz", images=digits.images, labels=digits.labels)
    return tmp_path / "digits.npz"


def evaluate(qtbot: QtBot, session: Session, view: AccuracyView, data: Path) -> None:
    """Wait until both backends have read all, and the result is kept."""
    kept = len(session.results.rows.rows)
    session.evaluations.evaluate_path(data)
    qtbot.waitUntil(lambda: len(session.results.rows.rows) == kept + 1, timeout=20_000)
    qtbot.waitUntil(lambda: len(backends(view)) == 2)


def backends(view: AccuracyView) -> list[str]:
    """Those of which there are findings."""
    return [] if view.findings is None else [found.title for found in view.findings.backends]


def accuracies(view: AccuracyView) -> list[str]:
    return [cells[1].partition(" (")[0] for cells in view.table.cells()]


def test_an_evaluation_comes_to_the_front_once_and_an_error_goes_on_the_pad(
    qtbot: QtBot, session: Session, view: AccuracyView, fronts: list[None], data: Path
) -> None:
    evaluate(qtbot, session, view, data)
    assert len(fronts) == 1
    assert accuracies(view) == ["100.00 %", "0.00 %"]
    said = heard(session.message)
    view.views.buttons["Errors"].click()
    view.views.gallery.images.chosen.emit(7)
    assert (session.pad.current().label, said) == (7, ["On the pad: digits.npz, number 7."])


def test_another_baseline_turns_the_comparison_round(
    qtbot: QtBot, session: Session, view: AccuracyView, data: Path
) -> None:
    evaluate(qtbot, session, view, data)
    same_digit = 5
    assert [cells[same_digit] for cells in view.table.cells()] == ["baseline", "0.00 %"]
    with qtbot.waitSignal(view.shown):
        session.live.set_baseline("qnnpack-int8")
    assert [cells[same_digit] for cells in view.table.cells()] == ["0.00 %", "baseline"]


def test_a_kept_one_is_shown_as_it_was_and_comes_to_the_front(
    qtbot: QtBot, session: Session, view: AccuracyView, fronts: list[None], data: Path
) -> None:
    evaluate(qtbot, session, view, data)
    before = view.table.text()
    session.results.load_ids(list(session.results.rows.rows), session.results.show)
    qtbot.waitUntil(lambda: len(fronts) == 2 and len(backends(view)) == 2)
    assert view.table.text() == before
    assert view.heading.line().endswith("on digits.npz: 100 images")


def test_digits_in_another_order_can_be_evaluated_so(
    qtbot: QtBot, session: Session, view: AccuracyView, data: Path, tmp_path: Path
) -> None:
    evaluate(qtbot, session, view, data)
    assert not view.order_button.isVisible()
    digits = digits_to_read(100)
    np.savez(tmp_path / "turned.npz", images=digits.images[:, ::-1, ::-1], labels=digits.labels)
    evaluate(qtbot, session, view, tmp_path / "turned.npz")
    assert view.order_reason.line().startswith("These digits look rotated-180: read so, 100 of 100 are right")
    view.resize(760, 500)  # less than a tab has in a window of 1280
    assert not view.order_reason.is_cut()
    assert view.order_button.isVisible()
    qtbot.waitUntil(lambda: not session.jobs.is_busy)
    view.order_button.click()
    qtbot.waitUntil(lambda: accuracies(view) == ["100.00 %", "0.00 %"], timeout=20_000)
    assert not view.order_button.isVisible()
    assert view.heading.line().endswith("on turned.npz, read rotated-180: 100 images")


def test_what_was_left_out_is_in_the_heading_however_narrow(
    qtbot: QtBot, session: Session, view: AccuracyView, tmp_path: Path
) -> None:
    (tmp_path / "3").mkdir()
    Image.fromarray(image_of(3)).save(tmp_path / "3" / "a.png")
    (tmp_path / "3" / "b.png").write_bytes(b"no picture")
    evaluate(qtbot, session, view, tmp_path)
    assert ": 1 image; 1 of 2 pictures; 1 left out: 3/b.png (" in view.heading.line()
    brief = f"{session.networks.chosen} on {tmp_path.name}: 1 image, 1 left out"
    view.heading.resize(view.heading.fontMetrics().horizontalAdvance(brief) + 1, 20)
    assert not view.heading.is_cut()


def test_a_misread_picture_goes_by_the_name_of_its_file(
    qtbot: QtBot, session: Session, view: AccuracyView, tmp_path: Path
) -> None:
    for digit in (3, 5):
        (tmp_path / str(digit)).mkdir()
        Image.fromarray(image_of(digit)).save(tmp_path / str(digit) / "a&b.png")
    evaluate(qtbot, session, view, tmp_path)
    view.views.buttons["Errors"].click()
    tip = view.views.gallery.images.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("Image 1, 5/a&b.png: a 5\n")
    said = heard(session.message)
    view.views.gallery.images.chosen.emit(1)
    assert said == [f"On the pad: {tmp_path.name}, 5/a&b.png."]


def test_while_the_first_digits_are_read_it_says_so(qtbot: QtBot, session: Session, view: AccuracyView) -> None:
    read = threading.Event()

    def read_slowly(_task: Task) -> LabelledDigits:
        assert read.wait(20)
        raise InputError("The digits are gone.")

    before = view.empty.text()
    assert session.evaluations.evaluate(read_slowly, "tiny")
    assert view.empty.text() == "The digits are being read …"
    read.set()
    qtbot.waitUntil(lambda: view.empty.text() == before)


def test_kept_ones_of_the_same_digits_are_compared_with_the_first_baseline(
    qtbot: QtBot, session: Session, view: AccuracyView, data: Path
) -> None:
    for _ in range(2):
        evaluate(qtbot, session, view, data)
    session.results.load_ids(list(session.results.rows.rows), session.results.show)
    qtbot.waitUntil(lambda: len(backends(view)) == 4)
    assert backends(view) == ["#1 PyTorch fp32", "#1 QNNPACK int8", "#2 PyTorch fp32", "#2 QNNPACK int8"]
    assert [cells[5] for cells in view.table.cells()] == ["baseline", "0.00 %", "100.00 %", "0.00 %"]


def test_one_whose_digits_are_gone_says_so_and_leaves_what_is_shown(
    qtbot: QtBot, session: Session, view: AccuracyView, fronts: list[None], data: Path
) -> None:
    evaluate(qtbot, session, view, data)
    failed = heard(session.failed)
    data.unlink()
    session.results.load_ids(list(session.results.rows.rows), session.results.show)
    qtbot.waitUntil(lambda: bool(failed))
    assert "cannot be shown again" in str(failed[0])
    assert accuracies(view) == ["100.00 %", "0.00 %"]
    assert len(fronts) == 1
