"""The whole window over the test phones, and over phones that a test scripts."""

from collections.abc import Iterator

import pytest
from mnist_bench.gui.cards.answers import CardState
from mnist_bench.gui.phones.access import PhoneAccess
from mnist_bench.gui.phones.fact_words import PhoneAbout
from mnist_bench.gui.settings import Settings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.remembered import remember
from mnist_bench.gui.window import MainWindow
from tests.gui.phones.bench import Bench, MakeBench
from tests.gui.phones.facts import CONDITION, FACTS
from tests.gui.phones.scripted_window import MakeWindow, PhoneEngines
from tests.gui.scripted_phones import PIXEL, ScriptedPhones
from tests.phone.virtual_phone import VirtualPhone


@pytest.fixture
def make_bench(qtbot: QtBot, themed: QApplication) -> Iterator[MakeBench]:
    """Opens a window whose phones are those of the test's adb server; `ready` waits for their cards."""
    made: list[Bench] = []

    def make(*backends: str, ready: bool = True, access: PhoneAccess | None = None) -> Bench:
        bench = Bench(qtbot, backends, access or PhoneAccess())
        made.append(bench)
        for backend in backends:
            if ready:
                bench.wait_for(backend, CardState.READY)
        bench.heartbeat.begin()
        return bench

    yield make
    for bench in made:
        bench.window.close()


@pytest.fixture
def plugged_in(phone: VirtualPhone) -> VirtualPhone:
    """A phone that adb is connected to, and connected to again whenever it is back."""
    remember(phone.serial)
    return phone


@pytest.fixture
def phones() -> ScriptedPhones:
    phones = ScriptedPhones(PIXEL)
    phones.abouts[PIXEL.serial] = PhoneAbout(FACTS, CONDITION, True)
    return phones


@pytest.fixture
def engines() -> PhoneEngines:
    return PhoneEngines()


@pytest.fixture
def make_window(
    qtbot: QtBot, themed: QApplication, phones: ScriptedPhones, engines: PhoneEngines
) -> Iterator[MakeWindow]:
    windows: list[MainWindow] = []

    def make(*backends: str, phones: ScriptedPhones = phones, on_phone_tab: bool = False) -> MainWindow:
        settings = Settings()
        if backends:
            settings.put("backends", backends)
        window = MainWindow(settings, make_engine=engines, phone_access=phones)
        windows.append(window)
        qtbot.addWidget(window)
        window.painted.connect(window.begin)
        if on_phone_tab:
            window.tabs.setCurrentWidget(window.phones.tab)
        window.show()
        settled = (CardState.READY, CardState.FAILED, CardState.PHONE_GONE)
        qtbot.waitUntil(
            lambda: window.is_complete and all(place.state in settled for place in window.live.places), timeout=20_000
        )
        return window

    yield make
    for window in windows:
        window.close()
