"""Phones and what can be done with them in the whole window, over phones that a test scripts."""

import logging
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.about import PhoneAbout
from mnist_bench.devices.phone.errors import CannotConnect, NoAdb, PhoneFull, PhoneTimedOut
from mnist_bench.gui.devices.dialogs import PAIR, AddressDialog
from tests.devices.phone.told import CONDITION, FACTS
from tests.gui.devices.scripted_window import (
    INT8,
    OTHER,
    MakeWindow,
    card,
    choose,
    devices_button,
    devices_view,
    ids,
    state,
    view,
)
from tests.gui.scripted_phones import PIXEL, PIXEL_ID, ScriptedPhones


def test_a_phone_that_comes_is_in_the_menu_and_its_card_comes_and_goes_with_a_check(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    phones.see()
    window = make_window("torch-fp32")
    said: list[str] = []
    window.session.message.subscribe(said.append)
    button = devices_button(window)
    assert button.text() == "Devices: this computer"
    phones.see(PIXEL)
    qtbot.waitUntil(lambda: bool(said))
    assert said == ["Pixel 7 is ready. Add it from the Devices menu."]
    assert button.text() == "Devices: Pixel 7 ✓"
    choose(window, "Pixel 7 · Native int8")
    assert ids(window) == ["torch-fp32", INT8]
    assert card(window, INT8).accessibleName() == "Backend Pixel 7 · Native int8"
    choose(window, "Pixel 7 · Native int8")
    assert ids(window) == ["torch-fp32"]


def test_without_adb_nothing_nags_and_the_tab_says_what_to_install(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    phones.see()
    window = make_window("torch-fp32")
    phones.trouble(NoAdb("There is no adb on this computer."))
    qtbot.waitUntil(lambda: devices_view(window).empty_words().startswith("There is no adb on this computer. Install"))
    assert window.notice.words() == ""


def test_this_computer_stands_first_and_tells_what_runs_on_it(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", on_devices_tab=True)
    tab = devices_view(window)
    assert tab.list_words() == ["This computer\nready", "Pixel 7\nready · USB"]
    tab.select("")
    qtbot.waitUntil(lambda: "Processor" in tab.detail.facts.words())
    assert "PyTorch fp32" in f"{tab.detail.facts.words().get('Backends')} {tab.detail.facts.words().get('Unavailable')}"
    choose(window, "Show the Devices tab")
    assert tab.device_id == ""


def test_trouble_from_before_the_tab_was_made_is_told_too(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    phones.see()
    phones.first_trouble = NoAdb("There is no adb on this computer.")
    window = make_window("torch-fp32")
    qtbot.waitUntil(lambda: devices_view(window).empty_words().startswith("There is no adb on this computer. Install"))


def test_a_phone_in_sight_tells_its_facts_and_tells_them_again_after_it_has_worked(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8, on_devices_tab=True)
    detail = devices_view(window).detail
    qtbot.waitUntil(lambda: detail.facts.words().get("SoC") == "GS201")
    window.pad.pad.setFocus()
    QTest.mouseClick(window.pad.pad, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: state(window, INT8).answer is not None)
    phones.done.clear()
    view(window, "Answers").repeat_button.click()
    qtbot.waitUntil(lambda: f"read {PIXEL.serial}" in phones.done)


def test_what_changes_is_read_again_by_itself_and_nothing_else(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8, on_devices_tab=True)
    detail = devices_view(window).detail
    qtbot.waitUntil(lambda: detail.facts.words().get("SoC") == "GS201")
    phones.done.clear()
    phones.abouts[PIXEL.serial] = PhoneAbout(FACTS, replace(CONDITION, battery_percent=80), True)
    window.session.reading.read_again()
    qtbot.waitUntil(lambda: detail.facts.words()["Battery"].startswith("80 %"))
    assert phones.done == [f"read the condition of {PIXEL.serial}"]
    assert detail.runner.text() == "The runner is on the phone."


def test_what_cannot_be_read_is_told_in_the_tab(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32", INT8, on_devices_tab=True)
    detail = devices_view(window).detail
    qtbot.waitUntil(lambda: detail.facts.words().get("SoC") == "GS201")
    phones.error = PhoneTimedOut("Pixel 7 did not answer.")
    window.session.reading.read_again(everything=True)
    qtbot.waitUntil(lambda: detail.runner.text().startswith("Pixel 7 did not answer."))
    assert detail.facts.words()["SoC"] == "GS201"


def test_nothing_is_read_of_phones_that_are_not_in_sight(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8)
    assert not any(words.startswith("read") for words in phones.done)
    choose(window, "Pixel 7: ready")
    assert window.tabs.currentWidget() is devices_view(window)
    assert devices_view(window).device_id == PIXEL_ID
    qtbot.waitUntil(lambda: f"read {PIXEL.serial}" in phones.done)


def test_the_runner_is_deployed_and_removed_as_long_work(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", on_devices_tab=True)
    said: list[str] = []
    window.session.message.subscribe(said.append)
    detail = devices_view(window).detail
    qtbot.waitUntil(detail.deploy_button.isEnabled)
    for button, done, words in (
        (detail.deploy_button, "deploy", "The runner is on Pixel 7."),
        (detail.remove_button, "remove", "Removed mnist-bench from Pixel 7."),
    ):
        button.setFocus()
        phones.done.clear()
        button.click()
        assert not detail.deploy_button.isEnabled()
        assert not detail.disconnect_button.hasFocus()
        qtbot.waitUntil(lambda words=words: said[-1:] == [words])  # type: ignore[misc]
        qtbot.waitUntil(button.isEnabled)
        assert window.focusWidget() is button
        assert f"{done} {PIXEL.serial}" in phones.done
        qtbot.waitUntil(lambda: f"read {PIXEL.serial}" in phones.done)
        assert detail.deploy_button.isEnabled()


def test_a_deployment_that_fails_says_why(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32", on_devices_tab=True)
    deploy = devices_view(window).detail.deploy_button
    qtbot.waitUntil(deploy.isEnabled)
    phones.error = PhoneFull("Pixel 7 has no space left.")
    deploy.click()
    qtbot.waitUntil(lambda: window.notice.words().startswith("Pixel 7 has no space left. Free some space"))


def test_a_phone_is_connected_by_its_address(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32")
    choose(window, "Connect by address …")
    dialog = window.findChild(AddressDialog)
    assert dialog is not None
    dialog.field.setText("10.0.0.7")
    phones.error = CannotConnect("10.0.0.7:5555 does not answer.")
    dialog.ok_button.click()
    qtbot.waitUntil(lambda: dialog.words().startswith("10.0.0.7:5555 does not answer."))
    phones.error = None
    with qtbot.waitSignal(dialog.accepted):
        dialog.ok_button.click()
    assert phones.done.count("connect 10.0.0.7:5555") == 2


def test_after_pairing_the_window_asks_for_the_address(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32")
    dialog = view(window, "Devices").ask_for_code()
    dialog.field.setText("10.0.0.7:37099")
    dialog.code.setText("123456")
    with qtbot.waitSignal(dialog.accepted):
        dialog.ok_button.click()
    assert "pair 10.0.0.7:37099 123456" in phones.done
    (next_one,) = (found for found in window.findChildren(AddressDialog) if found.purpose is not PAIR)
    assert next_one.field.text() == "10.0.0.7:"
    assert next_one.words() == "Type the port that the phone shows after the address."
    next_one.close()


def test_a_wireless_phone_is_disconnected(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    phones.see(OTHER)
    window = make_window("torch-fp32", on_devices_tab=True)
    said: list[str] = []
    window.session.message.subscribe(said.append)
    devices_view(window).select("android:10.0.0.7:5555")
    devices_view(window).detail.disconnect_button.click()
    qtbot.waitUntil(lambda: said == ["Disconnected Galaxy S24 and forgot its address."])
    assert "disconnect 10.0.0.7:5555" in phones.done


def test_everything_in_the_tab_has_a_name_and_can_be_reached(make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", INT8, on_devices_tab=True)
    tab = devices_view(window)
    for button in tab.findChildren(QPushButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.text()
    assert tab.detail.core.accessibleName() == "Core to run on"


def test_following_ends_with_the_window(make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32")
    window.close()
    assert phones.done[-1].startswith("close within")
    before = window.session.devices.states
    phones.see(OTHER)
    QApplication.processEvents()
    assert window.session.devices.states is before


def test_the_log_ends_with_the_window(make_window: MakeWindow) -> None:
    adb_log = logging.getLogger("mnist_bench.adb")
    before = adb_log.level, list(adb_log.handlers)
    window = make_window("torch-fp32")
    assert len(adb_log.handlers) == len(before[1]) + 1
    window.close()
    assert (adb_log.level, adb_log.handlers) == before
