"""The Devices button and its menu, over a session whose phones a test scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.access import as_seen
from mnist_bench.devices.phone.phones import Phone
from mnist_bench.devices.phone.states import PhoneState
from mnist_bench.engines.backends import find_backend
from mnist_bench.gui.devices.devices_button import DevicesButton
from mnist_bench.session.session import Session
from tests.gui.scripted_phones import ScriptedPhones
from tests.odd_engines import OddEngines

PIXEL = Phone("PIXEL0001", PhoneState.DEVICE, "Pixel 7")
LOCKED = Phone("LOCKED01", PhoneState.UNAUTHORIZED)
INT8 = "native-int8@android:PIXEL0001"
SIX = ("torch-fp32", "qnnpack-int8", "native-fp32", "native-int8", "torch-fp32:torchscript", INT8)

MakeButton = Callable[..., DevicesButton]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """No runner is started: there is no network."""
    session = Session(make_engine=OddEngines(), access={"android": ScriptedPhones()}, choices=tmp_path / "choices.json")
    yield session
    session.close()


@pytest.fixture
def make_button(qtbot: QtBot, themed: QApplication, session: Session) -> MakeButton:
    """A button over these phones and chosen backends."""

    def make(*phones: Phone, chosen: tuple[str, ...] = ("torch-fp32",)) -> DevicesButton:
        session.live.choose([find_backend(text, {}) for text in chosen])
        button = DevicesButton(session)
        qtbot.addWidget(button)
        access = session.devices.access_to("android:")
        assert isinstance(access, ScriptedPhones)
        access.see(*phones)
        session.devices.begin()
        seen = tuple(map(as_seen, phones))
        assert session.inbox.wait_until(lambda: tuple(state.seen for state in session.devices.states) == seen, 5.0)
        return button

    return make


def entries(button: DevicesButton) -> dict[str, QAction]:
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
def test_the_button_says_how_the_devices_are(make_button: MakeButton, phones: tuple[Phone, ...], words: str) -> None:
    assert make_button(*phones).text() == words


def test_a_very_long_name_is_cut_on_the_button_and_whole_in_its_tip(make_button: MakeButton) -> None:
    name = "Galaxy S24 Ultra Enterprise Edition 5G of the third floor"
    button = make_button(Phone("A", PhoneState.DEVICE, name))
    assert name not in button.text()
    assert name in button.toolTip()
    assert name in button.accessibleName()


def test_each_state_stands_there_in_words(make_button: MakeButton) -> None:
    listed = entries(make_button(PIXEL, LOCKED))
    assert {"Pixel 7: ready", "LOCKED01: not authorized yet"} <= listed.keys()
    assert "tap Allow" in listed["LOCKED01: not authorized yet"].toolTip()


def test_a_precision_is_checked_and_unchecked(make_button: MakeButton, session: Session) -> None:
    button = make_button(PIXEL)
    entries(button)["Pixel 7 · Native int8"].trigger()
    assert [state.id for state in session.live.backends] == ["torch-fp32", INT8]
    assert entries(button)["Pixel 7 · Native int8"].isChecked()
    assert not entries(button)["Pixel 7 · Native fp32"].isChecked()
    entries(button)["Pixel 7 · Native int8"].trigger()
    assert [state.id for state in session.live.backends] == ["torch-fp32"]
    assert not entries(button)["Pixel 7 · Native int8"].isChecked()


def test_the_last_card_cannot_go(make_button: MakeButton) -> None:
    entry = entries(make_button(PIXEL, chosen=(INT8,)))["Pixel 7 · Native int8"]
    assert not entry.isEnabled()
    assert entry.toolTip() == "At least one card must stay"


def test_a_seventh_card_cannot_come(make_button: MakeButton) -> None:
    listed = entries(make_button(PIXEL, chosen=SIX))
    assert listed["Pixel 7 · Native int8"].isEnabled()
    assert not listed["Pixel 7 · Native fp32"].isEnabled()
    assert "6 cards already" in listed["Pixel 7 · Native fp32"].toolTip()


def test_a_check_does_not_rebuild_the_menu_under_the_mouse(make_button: MakeButton, session: Session) -> None:
    button = make_button(PIXEL)
    before = entries(button)["Pixel 7 · Native int8"]
    session.live.toggle(find_backend(INT8, {}), True)
    assert before.isChecked()
    assert entries(button)["Pixel 7 · Native int8"] is before


def test_it_leads_to_the_tab_and_to_an_address(qtbot: QtBot, make_button: MakeButton) -> None:
    button = make_button(PIXEL)
    with qtbot.waitSignal(button.connect_requested):
        entries(button)["Connect by address …"].trigger()
    for words, device_id in (("Show the Devices tab", ""), ("Pixel 7: ready", "android:PIXEL0001")):
        with qtbot.waitSignal(button.tab_requested) as asked:
            entries(button)[words].trigger()
        assert asked.args == [device_id]
