"""The Phone tab."""

import pytest
from mnist_bench.gui.phones.detail import PhoneShown
from mnist_bench.gui.phones.fact_words import PhoneAbout
from mnist_bench.gui.phones.known_phones import KnownPhone, known_phones
from mnist_bench.gui.phones.tab import PhoneTab
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.errors import NoAdb
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.gui.kit.errors import describe
from tests.gui.phones.facts import CONDITION, FACTS

PIXEL = Phone("PIXEL0001", PhoneState.DEVICE, "Pixel 7")
WIRELESS = Phone("10.0.0.7:5555", PhoneState.DEVICE, "Galaxy S24")
LOCKED = Phone("LOCKED01", PhoneState.UNAUTHORIZED)


@pytest.fixture
def tab(qtbot: QtBot, themed: QApplication) -> PhoneTab:
    tab = PhoneTab()
    qtbot.addWidget(tab)
    tab.resize(1264, 172)
    tab.show()
    return tab


def known(*phones: Phone) -> tuple[KnownPhone, ...]:
    return known_phones(phones, [], {}, {})


def show(tab: PhoneTab, phone: Phone, about: PhoneAbout | None = None) -> None:
    shown = known(phone)
    tab.show_phones(shown)
    tab.detail.show_phone(PhoneShown(shown[0], about or PhoneAbout(FACTS, CONDITION, True)))


def test_without_a_phone_it_says_how_to_connect_one(qtbot: QtBot, tab: PhoneTab) -> None:
    assert "turn on USB debugging" in tab.empty_words()
    assert "Build number" in tab.empty_words()
    connect, pair = (b for b in tab.findChildren(QPushButton) if b.isVisible() and b.text() != "Copy log")
    with qtbot.waitSignal(tab.connect_requested):
        connect.click()
    with qtbot.waitSignal(tab.pair_requested):
        pair.click()


def test_without_adb_it_says_what_to_install(tab: PhoneTab) -> None:
    tab.show_trouble(describe(NoAdb("There is no adb on this computer.")))
    assert tab.empty_words().startswith("There is no adb on this computer. Install")
    tab.show_trouble(None)
    assert tab.empty_words().startswith("Connect a phone")


def test_the_selected_phone_stays_selected_while_others_come_and_go(qtbot: QtBot, tab: PhoneTab) -> None:
    with qtbot.waitSignal(tab.selected) as selected:
        tab.show_phones(known(PIXEL, WIRELESS))
    assert selected.args == ["PIXEL0001"]
    tab.select("10.0.0.7:5555")
    tab.show_phones(known(LOCKED, PIXEL, WIRELESS))
    assert tab.serial == "10.0.0.7:5555"
    assert tab.list_words() == [
        "LOCKED01\nnot authorized yet · USB",
        "Pixel 7\nready · USB",
        "Galaxy S24\nready · wireless",
    ]
    with qtbot.waitSignal(tab.selected) as selected:
        tab.show_phones(known(PIXEL))
    assert selected.args == ["PIXEL0001"]
    tab.show_phones(())
    assert tab.serial == ""


def test_a_ready_phone_shows_its_facts_and_can_be_deployed_to(qtbot: QtBot, tab: PhoneTab) -> None:
    show(tab, PIXEL)
    detail = tab.detail
    assert detail.words() == "✓ ready"
    assert detail.runner_words() == "The runner is on the phone."
    assert detail.fact_words()["SoC"] == "GS201"
    assert not detail.disconnect_button.isVisible()
    for button, signal in (
        (detail.deploy_button, detail.deploy_requested),
        (detail.remove_button, detail.remove_requested),
    ):
        with qtbot.waitSignal(signal):
            button.click()


def test_a_phone_that_is_not_allowed_yet_says_the_next_step(tab: PhoneTab) -> None:
    show(tab, LOCKED, PhoneAbout())
    assert tab.detail.words().startswith("! not authorized yet Unlock the phone and tap Allow")
    assert not tab.detail.deploy_button.isEnabled()


def test_what_a_phone_that_is_gone_told_of_its_battery_is_not_shown_any_more(tab: PhoneTab) -> None:
    show(tab, Phone("PIXEL0001", PhoneState.GONE, "Pixel 7"))
    assert tab.detail.fact_words().keys() == {"Model", "SoC", "Android", "ABI", "Cores", "CPU features"}
    assert "now" not in tab.detail.fact_words()["Cores"]
    assert tab.detail.words().startswith("○ not connected Plug the phone in again")


def test_a_wireless_phone_can_be_disconnected(qtbot: QtBot, tab: PhoneTab) -> None:
    show(tab, WIRELESS)
    with qtbot.waitSignal(tab.detail.disconnect_requested):
        tab.detail.disconnect_button.click()


def test_while_something_else_runs_nothing_can_be_deployed(tab: PhoneTab) -> None:
    tab.detail.show_phone(PhoneShown(known(PIXEL)[0], PhoneAbout(), can_work=False))
    assert not tab.detail.deploy_button.isEnabled()
    assert not tab.detail.remove_button.isEnabled()


def test_a_core_can_be_chosen(qtbot: QtBot, tab: PhoneTab) -> None:
    show(tab, PIXEL)
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


@pytest.mark.parametrize("themed", ["light", "dark"], indirect=True)
def test_nothing_is_cut_off_in_a_window_of_1280_by_800(qtbot: QtBot, tab: PhoneTab) -> None:
    show(tab, Phone("192.168.178.123:37251", PhoneState.DEVICE, "Galaxy S24 Ultra Enterprise Edition 5G"))
    QApplication.processEvents()
    for button in tab.findChildren(QPushButton):
        if button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.text()
            assert tab.rect().contains(button.mapTo(tab, button.rect().bottomRight())), button.text()
    assert tab.detail.hidden_height() == 0
