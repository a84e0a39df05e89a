"""The whole window over the test phones, and over phones that a test scripts."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.devices.access import DeviceAccess
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.access import PhoneAccess
from mnist_bench.devices.phone.remembered import remember
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.window import MainWindow
from mnist_bench.session.backend_state import Status
from mnist_bench.session.session import Session
from tests.devices.phone.told import CONDITION, FACTS
from tests.gui.devices.scripted_window import MakeWindow, PhoneEngines, devices_view
from tests.gui.devices.window_bench import Bench, MakeBench
from tests.gui.scripted_phones import PIXEL, ScriptedPhones
from tests.phone.virtual_phone import VirtualPhone

SETTLED = (Status.READY, Status.FAILED, Status.WAITING)


@pytest.fixture
def make_bench(qtbot: QtBot, themed: QApplication) -> Iterator[MakeBench]:
    """Opens a window whose phones are those of the test's adb server; `ready` waits for their cards."""
    made: list[Bench] = []

    def make(*backends: str, ready: bool = True, access: DeviceAccess | None = None) -> Bench:
        bench = Bench(qtbot, backends, access or PhoneAccess())
        made.append(bench)
        for backend in backends:
            if ready:
                bench.wait_for(backend, Status.READY)
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
def second_plugged_in(second_phone: VirtualPhone) -> VirtualPhone:
    """Another one."""
    remember(second_phone.serial)
    return second_phone


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

    def make(*backends: str, phones: ScriptedPhones = phones, on_devices_tab: bool = False) -> MainWindow:
        session = Session(make_engine=engines, access={"android": phones})
        if backends:
            session.live.choose([find_backend(text, {}) for text in backends])
        window = MainWindow(session)
        windows.append(window)
        qtbot.addWidget(window)
        window.painted.connect(window.begin)
        window.show()
        qtbot.waitUntil(
            lambda: window.tabs.is_complete and all(state.status in SETTLED for state in session.live.backends),
            timeout=20_000,
        )
        qtbot.waitUntil(lambda: phones.ids() <= {state.id for state in session.devices.states})
        if on_devices_tab:
            window.tabs.setCurrentWidget(devices_view(window))
        return window

    yield make
    for window in windows:
        window.close()
