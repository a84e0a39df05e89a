"""The window with a made-up engine kind on a made-up device: no view knows a kind by its name."""

import pytest
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.settings import Settings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.digits.samples import bundled_samples
from mnist_bench.gui.window import MainWindow
from tests.gui.scripted_phones import ScriptedPhones
from tests.made_up import Shelves

SHELVED = "abacus-fp32@shelf:top"


@pytest.fixture
def window(qtbot: QtBot, themed: QApplication, made_up: Shelves) -> MainWindow:
    """With one card for the abacus here and one for that on the shelf, which is not there yet."""
    made_up.gone.add("top")
    settings = Settings()
    settings.put("backends", ("abacus-int8:rods", SHELVED))
    settings.put("devices/titles", ("shelf:top\tTop shelf",))
    settings.put("model/chosen", "digits-mlp")
    window = MainWindow(settings, phone_access=ScriptedPhones())
    qtbot.addWidget(window)
    window.painted.connect(window.begin)
    window.show()
    return window


def test_its_card_waits_for_its_device_and_answers_once_that_is_there(
    qtbot: QtBot, window: MainWindow, made_up: Shelves
) -> None:
    here, shelved = window.live.places
    assert (here.card.title, shelved.card.title) == ("Abacus int8", "Top shelf · Abacus fp32")
    qtbot.waitUntil(lambda: shelved.state is CardState.PHONE_GONE, timeout=20_000)
    assert "Top shelf is gone." in shelved.card.message.text()
    made_up.gone.clear()
    qtbot.waitUntil(lambda: shelved.state is CardState.READY, timeout=20_000)
    drawing = next(sample.drawing for sample in bundled_samples() if sample.label == 7 and sample.drawing)
    window.pad.put_drawing(drawing)
    qtbot.waitUntil(lambda: all(place.newest is not None for place in (here, shelved)), timeout=20_000)
    assert shelved.newest is not None
    assert shelved.newest.digit == 7
    assert not window.phones.known, "no phone is made of it"
    window.close()
