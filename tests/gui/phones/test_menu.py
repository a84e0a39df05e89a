"""The Phones button and its menu."""

import pytest
from mnist_bench.gui.phones.known_phones import KnownPhone, known_phones
from mnist_bench.gui.phones.menu import PhonesButton
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.engines.backends import find_backend

PIXEL = Phone("PIXEL0001", PhoneState.DEVICE, "Pixel 7")
LOCKED = Phone("LOCKED01", PhoneState.UNAUTHORIZED)


@pytest.fixture
def button(qtbot: QtBot, themed: QApplication) -> PhonesButton:
    button = PhonesButton()
    qtbot.addWidget(button)
    return button


def known(*phones: Phone, chosen: str = "torch-fp32") -> tuple[KnownPhone, ...]:
    return known_phones(phones, [find_backend(chosen)], {}, {})


def entries(button: PhonesButton) -> dict[str, QAction]:
    return {action.text(): action for action in button.menu().actions() if action.text()}


@pytest.mark.parametrize(
    ("phones", "words"),
    [
        ((), "Devices: this computer"),
        ((PIXEL,), "Devices: Pixel 7 ✓"),
        ((LOCKED,), "Devices: LOCKED01 !"),
        ((PIXEL, LOCKED), "Devices: 2 !"),
        ((PIXEL, Phone("B", PhoneState.DEVICE, "B")), "Devices: 2"),
    ],
)
def test_the_button_says_how_the_phones_are(button: PhonesButton, phones: tuple[Phone, ...], words: str) -> None:
    button.show_phones(known(*phones), 1)
    assert button.text() == words


def test_a_very_long_name_is_cut_on_the_button_and_whole_in_its_tip(button: PhonesButton) -> None:
    name = "Galaxy S24 Ultra Enterprise Edition 5G of the third floor"
    button.show_phones(known(Phone("A", PhoneState.DEVICE, name)), 1)
    assert name not in button.text()
    assert name in button.toolTip()
    assert name in button.accessibleName()


def test_each_state_stands_there_in_words(button: PhonesButton) -> None:
    button.show_phones(known(PIXEL, LOCKED), 1)
    assert {"Pixel 7: ready", "LOCKED01: not authorized yet"} <= entries(button).keys()
    assert "tap Allow" in entries(button)["LOCKED01: not authorized yet"].toolTip()


def test_a_precision_is_checked_and_unchecked(qtbot: QtBot, button: PhonesButton) -> None:
    button.show_phones(known(PIXEL), 1)
    with qtbot.waitSignal(button.toggled_backend) as toggled:
        entries(button)["Pixel 7 · Native int8"].trigger()
    assert toggled.args is not None
    assert (toggled.args[0].id, toggled.args[1]) == ("native-int8@android:PIXEL0001", True)
    button.show_phones(known(PIXEL, chosen="native-int8@android:PIXEL0001"), 2)
    assert entries(button)["Pixel 7 · Native int8"].isChecked()
    assert not entries(button)["Pixel 7 · Native fp32"].isChecked()


def test_the_last_card_cannot_go_and_a_seventh_not_come(button: PhonesButton) -> None:
    button.show_phones(known(PIXEL, chosen="native-int8@android:PIXEL0001"), 1)
    assert not entries(button)["Pixel 7 · Native int8"].isEnabled()
    button.show_phones(known(PIXEL, chosen="native-int8@android:PIXEL0001"), 6)
    assert entries(button)["Pixel 7 · Native int8"].isEnabled()
    assert not entries(button)["Pixel 7 · Native fp32"].isEnabled()
    assert "6 cards already" in entries(button)["Pixel 7 · Native fp32"].toolTip()


def test_a_check_does_not_rebuild_the_menu_under_the_mouse(button: PhonesButton) -> None:
    button.show_phones(known(PIXEL), 1)
    before = entries(button)["Pixel 7 · Native int8"]
    button.show_phones(known(PIXEL, chosen="native-int8@android:PIXEL0001"), 2)
    assert entries(button)["Pixel 7 · Native int8"] is before


def test_it_leads_to_the_tab_and_to_an_address(qtbot: QtBot, button: PhonesButton) -> None:
    button.show_phones(known(PIXEL), 1)
    with qtbot.waitSignal(button.connect_requested):
        entries(button)["Connect by address …"].trigger()
    for words, serial in (("Show the Devices tab", ""), ("Pixel 7: ready", "PIXEL0001")):
        with qtbot.waitSignal(button.tab_requested) as asked:
            entries(button)[words].trigger()
        assert asked.args == [serial]
