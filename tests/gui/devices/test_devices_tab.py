"""The Devices tab."""

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mnist_bench.base.processors import ProcessorLimits
from mnist_bench.devices.access import About, Readiness, SeenDevice
from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.access import as_seen
from mnist_bench.devices.phone.errors import NoAdb
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.devices.this_computer import THIS_COMPUTER
from mnist_bench.engines.backends import backends_on
from mnist_bench.gui.devices.dialogs import CONNECT, PAIR, AddressDialog
from mnist_bench.gui.devices.view import DevicesView
from mnist_bench.session.devices import DeviceState
from mnist_bench.session.failure import describe
from mnist_bench.session.this_computer import ComputerAbout
from tests.devices.phone.told import CONDITION, FACTS
from tests.sessions import MakeSession

PIXEL = Phone("PIXEL0001", PhoneState.DEVICE, "Pixel 7")
WIRELESS = Phone("10.0.0.7:5555", PhoneState.DEVICE, "Galaxy S24")
LOCKED = Phone("LOCKED01", PhoneState.UNAUTHORIZED)
ABOUT = PhoneAbout(FACTS, CONDITION, True)
HERE = DeviceState(
    SeenDevice(THIS_COMPUTER, Readiness.READY, "ready", can_deploy=False),
    "This computer",
    about=ComputerAbout("", ProcessorLimits(2, 2), 8_000_000_000, ("Native int8",), ()),
)


@pytest.fixture
def tab(qtbot: QtBot, make_session: MakeSession) -> Iterator[DevicesView]:
    view = DevicesView(make_session(ready=False))
    qtbot.addWidget(view)
    view.resize(860, 560)
    view.show()
    yield view
    view.end()


def state(phone: Phone, about: About | None = None, problem: str = "", core: int | None = None) -> DeviceState:
    seen = as_seen(phone)
    backends = tuple(backend.with_core(core) for backend in backends_on(seen.device))
    return DeviceState(seen, phone.title, backends, about=about, problem=problem)


def states(*phones: Phone) -> Sequence[DeviceState]:
    return [state(phone) for phone in phones]


def show(tab: DevicesView, one: DeviceState, *, can_work: bool = True) -> None:
    tab.show_devices([one])
    tab.detail.show_device(one, can_work=can_work)


def test_without_a_phone_it_says_how_to_connect_one(tab: DevicesView) -> None:
    show(tab, HERE)
    assert "turn on USB debugging" in tab.empty_words()
    assert "Build number" in tab.empty_words()
    connect, pair = (b for b in tab.findChildren(QPushButton) if b.isVisible() and b.text() != "Copy log")
    for button, purpose in ((connect, CONNECT), (pair, PAIR)):
        button.click()
        dialog = tab.findChildren(AddressDialog)[-1]
        assert dialog.purpose is purpose
        dialog.close()


def test_this_computer_is_shown_above_how_to_connect_another(tab: DevicesView) -> None:
    show(tab, HERE)
    assert tab.list_words() == ["This computer\nready"]
    assert tab.detail.facts.words() == {"Cores": "2 processors", "Memory": "8.00 GB", "Backends": "Native int8"}
    assert tab.empty_words().startswith("Connect a phone")
    shown = {button.text() for button in tab.findChildren(QPushButton) if button.isVisible()}
    assert shown == {"Connect …", "Pair …", "Copy log"}


def test_the_first_device_that_comes_is_selected_and_this_computer_can_be(qtbot: QtBot, tab: DevicesView) -> None:
    show(tab, HERE)
    with qtbot.waitSignal(tab.selected) as selected:
        tab.show_devices([HERE, state(PIXEL)])
    assert selected.args == ["android:PIXEL0001"]
    assert tab.empty_words() == ""
    tab.select("")
    tab.show_devices([HERE, state(LOCKED), state(PIXEL)])
    assert tab.device_id == ""
    tab.select("android:PIXEL0001")
    tab.show_devices([HERE])
    assert tab.device_id == ""
    assert tab.empty_words() != ""


def test_without_adb_it_says_what_to_install(tab: DevicesView) -> None:
    tab.show_trouble(describe(NoAdb("There is no adb on this computer.")))
    assert tab.empty_words().startswith("There is no adb on this computer. Install")
    tab.show_trouble(None)
    assert tab.empty_words().startswith("Connect a phone")


def test_the_selected_device_stays_selected_while_others_come_and_go(qtbot: QtBot, tab: DevicesView) -> None:
    with qtbot.waitSignal(tab.selected) as selected:
        tab.show_devices(states(PIXEL, WIRELESS))
    assert selected.args == ["android:PIXEL0001"]
    tab.select("android:10.0.0.7:5555")
    tab.show_devices(states(LOCKED, PIXEL, WIRELESS))
    assert tab.device_id == "android:10.0.0.7:5555"
    assert tab.list_words() == [
        "LOCKED01\nnot authorized yet · USB",
        "Pixel 7\nready · USB",
        "Galaxy S24\nready · wireless",
    ]
    with qtbot.waitSignal(tab.selected) as selected:
        tab.show_devices(states(PIXEL))
    assert selected.args == ["android:PIXEL0001"]
    tab.show_devices(())
    assert tab.device_id == ""


def test_a_ready_device_shows_its_facts_and_can_be_deployed_to(qtbot: QtBot, tab: DevicesView) -> None:
    show(tab, state(PIXEL, ABOUT))
    detail = tab.detail
    assert detail.words() == "✓ ready"
    assert detail.runner.text() == "The runner is on the phone."
    assert detail.facts.words()["SoC"] == "GS201"
    assert not detail.disconnect_button.isVisible()
    for button, signal in (
        (detail.deploy_button, detail.deploy_requested),
        (detail.remove_button, detail.remove_requested),
    ):
        with qtbot.waitSignal(signal):
            button.click()


def test_what_could_not_be_read_is_told_in_place_of_the_runner(tab: DevicesView) -> None:
    show(tab, state(PIXEL, ABOUT, problem="It did not answer."))
    assert tab.detail.runner.text() == "It did not answer."
    assert tab.detail.facts.words()["SoC"] == "GS201"


def test_a_phone_that_is_not_allowed_yet_says_the_next_step(tab: DevicesView) -> None:
    show(tab, state(LOCKED))
    assert tab.detail.words().startswith("! not authorized yet Unlock the phone and tap Allow")
    assert not tab.detail.deploy_button.isEnabled()


def test_a_phone_that_is_gone_says_the_next_step(tab: DevicesView) -> None:
    show(tab, state(Phone("PIXEL0001", PhoneState.GONE, "Pixel 7"), ABOUT.as_it_was()))
    assert tab.detail.facts.words().keys() == {"Model", "SoC", "Android", "ABI", "Cores", "CPU features"}
    assert tab.detail.words().startswith("○ not connected Plug the phone in again")


def test_a_wireless_phone_can_be_disconnected(qtbot: QtBot, tab: DevicesView) -> None:
    show(tab, state(WIRELESS))
    with qtbot.waitSignal(tab.detail.disconnect_requested):
        tab.detail.disconnect_button.click()


def test_while_something_else_runs_nothing_can_be_deployed(tab: DevicesView) -> None:
    show(tab, state(PIXEL), can_work=False)
    assert not tab.detail.deploy_button.isEnabled()
    assert not tab.detail.remove_button.isEnabled()


def test_a_core_can_be_chosen(qtbot: QtBot, tab: DevicesView) -> None:
    show(tab, state(PIXEL, ABOUT))
    core = tab.detail.core
    assert [core.itemText(at) for at in (0, 1, 5)] == [
        "any",
        "core 0 (Cortex-A55, 1.80 GHz)",
        "core 4 (Cortex-A78, 2.35 GHz)",
    ]
    assert core.currentText() == "any"
    for index, number in ((5, 4), (0, None)):
        with qtbot.waitSignal(tab.detail.core_chosen) as chosen:
            core.setCurrentIndex(index)
            core.activated.emit(index)
        assert chosen.args == [number]


def test_the_chosen_core_is_there_even_if_nothing_is_known(tab: DevicesView) -> None:
    show(tab, state(PIXEL, core=7))
    assert tab.detail.core.currentText() == "core 7"


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("size", [(860, 560), (640, 440)])
def test_nothing_is_cut_off(qtbot: QtBot, tab: DevicesView, size: tuple[int, int]) -> None:
    tab.resize(*size)
    name = "Galaxy S24 Ultra Enterprise Edition 5G"
    show(tab, state(Phone("192.168.178.123:37251", PhoneState.DEVICE, name), ABOUT))
    QApplication.processEvents()
    for button in tab.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.text()
            assert tab.rect().contains(button.mapTo(tab, button.rect().bottomRight())), button.text()
    assert tab.detail.scrolled.verticalScrollBar().maximum() == 0
