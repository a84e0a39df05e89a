"""Every tab, with one to six backends, fits the windows and sizes of text that it is made for."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSplitter
from pytestqt.qtbot import QtBot

from mnist_bench.bench.results.result import Kind
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.access import as_seen
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.digits.kept import KeptDrawings
from mnist_bench.digits.pictures import read_picture
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.engines.backends import backends_on
from mnist_bench.engines.models import ImportReport
from mnist_bench.gui.accuracy.view import AccuracyView
from mnist_bench.gui.answers.view import AnswersView
from mnist_bench.gui.devices.view import DevicesView
from mnist_bench.gui.kit import theme
from mnist_bench.gui.kit.view import View
from mnist_bench.gui.latency.view import LatencyView
from mnist_bench.gui.network.view import NetworkView
from mnist_bench.gui.tabs import TABS
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.devices import DeviceState
from mnist_bench.session.networks import Imported
from tests.bench.layers.scripted import comparison, layers
from tests.comparisons import BACKENDS, SCALES, make_comparison
from tests.devices.phone.told import CONDITION, FACTS
from tests.digit_pictures import picture_of
from tests.gui.conftest import MakeWindow
from tests.gui.scripted_phones import PIXEL
from tests.gui.walking import faults, is_in_sight
from tests.odd_engines import digits_to_read

SIZES = ((100, 960, 600), (100, 1280, 720), (100, 1366, 700), (150, 1280, 720), (150, 1366, 700))
"""Text in per cent of the system's, and the window's content in pixels."""


@pytest.fixture
def full_window(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> Callable[[int], MainWindow]:
    """Makes a window with something on every tab, and an answer and a hundred runs of each of so many backends."""

    def make(backends: int) -> MainWindow:
        chosen = BACKENDS[:backends]
        for sample in bundled_samples()[:2]:
            assert sample.drawing is not None
            KeptDrawings().add(replace(sample.drawing, label=sample.label))
        window = make_window(backends=chosen)
        session = window.session
        session.results.keep(make_comparison(chosen, scales=SCALES[:backends]))
        analysed = [layers(one, (10, 20, 30), None if one == chosen[0] else (20.0, 30.0, 40.0)) for one in chosen]
        session.results.keep(comparison(*analysed))
        digits = digits_to_read(60)
        np.savez(tmp_path / "digits.npz", images=digits.images, labels=digits.labels)
        session.evaluations.evaluate_path(tmp_path / "digits.npz")
        QTest.mouseClick(window.pad.pad, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(
            lambda: len(session.results.rows.rows) == len(Kind) and not session.jobs.is_busy, timeout=20_000
        )
        qtbot.waitUntil(lambda: all(state.answer for state in session.live.backends))
        session.live.repeat()
        qtbot.waitUntil(lambda: all(state.repeated for state in session.live.backends), timeout=20_000)
        return window

    return make


def problems(window: MainWindow, width: int, height: int) -> list[str]:
    """What is wrong with the tab that is shown in a window of this size."""
    found = faults(window)
    if (window.width(), window.height()) != (width, height):
        found.append(f"the window needs {window.width()} x {window.height()}")
    if (side := window.pad.pad.square().width()) < 200:
        found.append(f"the pad is {side} pixels wide")
    if not is_in_sight(window.status, window):
        found.append("no status bar")
    answers = window.tabs.views["Answers"]
    assert isinstance(answers, AnswersView)
    for card in answers.cards.values() if answers.isVisible() else ():
        for part in (card.answer_view, card.bars):
            if not is_in_sight(part, window):
                found.append(f"{card.accessibleName()} without its {part.accessibleName()}")
    return found


@pytest.mark.parametrize(
    ("backends", "scheme"), [*((number, "light") for number in range(1, 7)), (2, "dark"), (6, "dark")]
)
def test_nothing_is_clipped_elided_or_scrolled(
    full_window: Callable[[int], MainWindow], themed: QApplication, backends: int, scheme: str
) -> None:
    found = walk(full_window(backends), themed, theme.SchemeChoice(scheme), [tab.name for tab in TABS])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", [(960, 600), (1280, 800)])
def test_every_divider_moves(qtbot: QtBot, full_window: Callable[[int], MainWindow], size: tuple[int, int]) -> None:
    window = full_window(6)
    window.resize(*size)
    moved: dict[str, int] = {}

    def dividers() -> list[QSplitter]:
        return [one for one in window.findChildren(QSplitter) if one.isVisible()]

    for name in ("Answers", "Latency", "Accuracy", "Layers", "Devices"):
        window.tabs.setCurrentIndex([tab.name for tab in TABS].index(name))
        qtbot.waitUntil(lambda: len(dividers()) == 2, timeout=20_000)
        for divider in dividers():
            sizes = divider.sizes()
            ends = []
            for wanted in ([sum(sizes), 0], [0, sum(sizes)]):
                divider.setSizes(wanted)
                ends.append(divider.sizes()[0])
            divider.setSizes(sizes)
            moved[divider.objectName()] = ends[0] - ends[1]
    assert len(moved) == 6
    assert min(moved.values()) >= 40, moved


@pytest.mark.parametrize("phone", [PIXEL, Phone(PIXEL.serial, PhoneState.UNAUTHORIZED)], ids=["ready", "locked"])
def test_a_phone_fits_the_devices_tab(make_window: MakeWindow, themed: QApplication, phone: Phone) -> None:
    window = make_window()
    view = window.tabs.views["Devices"]
    assert isinstance(view, DevicesView)
    seen = as_seen(phone)
    about = PhoneAbout(FACTS, CONDITION, True) if seen.is_ready else None
    state = DeviceState(seen, seen.device.title, backends_on(seen.device), about=about)
    view.show_devices([state])
    view.detail.show_device(state, can_work=True)
    found = walk(window, themed, theme.SchemeChoice.LIGHT, ["Devices"])
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_opened_picture_and_its_tools_fit(make_window: MakeWindow, themed: QApplication, scheme: str) -> None:
    window = make_window()
    digit = read_picture(picture_of(*range(10), *range(2)))
    assert digit.view is not None
    found = []
    for boxes in (digit.view.digits, digit.view.digits[:1], ()):
        window.session.pad.put_image(replace(digit, view=replace(digit.view, digits=boxes, picked=0)))
        found += walk(window, themed, theme.SchemeChoice(scheme), ["Answers"])
        assert window.pad.pad.opened.isVisible()
    assert not found, "\n".join(found)


IMPORTED = Imported(
    "/home/me/model.pth",
    "/home/me/.local/share/mnist-bench/models/model.safetensors",
    ImportReport(
        format="PyTorch state dict",
        operators=("flatten", "linear", "tanh", "linear", "sigmoid", "linear", "softmax"),
        normalisation={
            "name": "0.1307,0.3081",
            "digits": 200,
            "sentence": "Its input was taken to be (x/255 - 0.1307) / 0.3081 (mean): with it, the network reads 199 of "
            "200 digits. These digits cannot tell it from (x/255 - 0.5) / 0.5 (symmetric).",
        },
        guessed=("fc1; then tanh.", "fc2; then sigmoid."),
        guess=1,
        guesses=(
            {"number": 0, "words": "fc1; then relu. fc2; then relu.", "right": 197},
            {"number": 1, "words": "fc1; then tanh. fc2; then sigmoid.", "right": 199},
        ),
        notes=(
            "Dropout is left out: it changes nothing when a network is used.",
            "The normalisation is a 1 x 1 convolution in front of the network: 784 multiply-adds for one image.",
        ),
        calibration="calibrated on 200 digits; int8 reads 199 of 200 as fp32 does",
    ),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_imported_network_fits_its_sheet_and_its_tab(
    make_window: MakeWindow, themed: QApplication, scheme: str
) -> None:
    window = make_window()
    networks, report = window.session.networks, IMPORTED.report
    networks.chosen, networks.kept, networks.imports = IMPORTED.file, (IMPORTED.file,), {IMPORTED.file: IMPORTED}
    networks.notes = {
        "imported from": "model.pth",
        "format": report.format,
        "normalisation": "(x/255 - 0.1307) / 0.3081",
        "calibration": report.calibration,
        "guessed": " ".join(report.guessed),
    }
    networks.changed.publish(networks.chosen)
    found = []
    for percent, width, height in SIZES:
        theme.apply(themed, theme.SchemeChoice(scheme), percent)
        networks.imported.publish(IMPORTED)
        view = window.tabs.views["Network"]
        assert isinstance(view, NetworkView)
        assert view.sheet is not None
        for _ in range(20):
            QApplication.processEvents()
        wrong = faults(view.sheet)
        if view.sheet.width() > width or view.sheet.height() > height:
            wrong.append(f"it needs {view.sheet.width()} x {view.sheet.height()}")
        found += [f"the sheet, {width} x {height}, text {percent} %: {fault}" for fault in wrong]
        view.sheet.close()
    found += walk(window, themed, theme.SchemeChoice(scheme), ["Network"])
    assert not found, "\n".join(found)


def walk(window: MainWindow, app: QApplication, scheme: theme.SchemeChoice, tabs: Sequence[str]) -> list[str]:
    """What is wrong with these tabs at any of SIZES."""
    found = []
    names = [tab.name for tab in TABS]
    for percent, width, height in SIZES:
        theme.apply(app, scheme, percent)
        for name in tabs:
            window.tabs.setCurrentIndex(names.index(name))
            for choose in _parts_of(window.tabs.views[name]):
                choose()
                window.resize(width, height)
                for _ in range(20):  # layouts settle in several turns of the event loop
                    QApplication.processEvents()
                    if not (wrong := problems(window, width, height)):
                        break
                found += [f"{name}, {width} x {height}, text {percent} %: {fault}" for fault in wrong]
    theme.apply(app, theme.SchemeChoice.LIGHT)
    return list(dict.fromkeys(found))


def _parts_of(view: View) -> list[Callable[[], object]]:
    """What brings each part of a tab into sight, where not all are at once."""
    if isinstance(view, AccuracyView):
        return [button.click for button in view.views.buttons.values()]
    if isinstance(view, LatencyView):
        kind = view.shown.kind
        return [partial(kind.setCurrentIndex, number) for number in range(kind.count())]
    return [lambda: None]
