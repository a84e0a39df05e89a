"""Phones and what can be done with them in the whole window, over phones that a test scripts."""

from dataclasses import replace

from mnist_bench.gui.phones.dialogs import AddressDialog, PairDialog
from mnist_bench.gui.phones.fact_words import PhoneAbout
from mnist_bench.gui.phones.view import DevicesView
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.errors import CannotConnect, NoAdb, PhoneFull, PhoneTimedOut
from mnist_bench.gui.answers.view import AnswersView
from tests.gui.phones.facts import CONDITION, FACTS
from tests.gui.phones.scripted_window import INT8, OTHER, MakeWindow, choose, ids, place
from tests.gui.scripted_phones import PIXEL, ScriptedPhones


def test_a_phone_that_comes_is_in_the_menu_and_its_card_comes_and_goes_with_a_check(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    phones.see()
    window = make_window("torch-fp32")
    assert window.phones.button.text() == "Devices: this computer"
    with qtbot.waitSignal(window.phones.message) as said:
        phones.see(PIXEL)
    assert said.args == ["Pixel 7 is ready. Add its backends in the Devices menu."]
    assert window.phones.button.text() == "Devices: Pixel 7 ✓"
    choose(window, "Pixel 7 · Native int8")
    assert ids(window) == ["torch-fp32", INT8]
    assert window.live.places[1].card.title == "Pixel 7 · Native int8"
    choose(window, "Pixel 7 · Native int8")
    assert ids(window) == ["torch-fp32"]


def test_without_adb_nothing_nags_and_the_tab_says_what_to_install(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    phones.see()
    window = make_window("torch-fp32")
    qtbot.waitUntil(lambda: window.phones.watch.trouble is None)
    phones.trouble(NoAdb("There is no adb on this computer."))
    qtbot.waitUntil(lambda: window.phones.tab.empty_words().startswith("There is no adb on this computer."))
    assert window.notice.words() == ""


def test_a_phone_in_sight_tells_its_facts_and_tells_them_again_after_it_has_worked(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8, on_phone_tab=True)
    detail = window.phones.tab.detail
    qtbot.waitUntil(lambda: detail.fact_words().get("SoC") == "GS201")
    window.pad.pad.setFocus()
    QTest.mouseClick(window.pad.pad, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: place(window, INT8).newest is not None)
    phones.done.clear()
    window.tabs.view(AnswersView).tab.repeat_button.click()
    qtbot.waitUntil(lambda: f"read {PIXEL.serial}" in phones.done)


def test_what_changes_is_read_again_by_itself_and_nothing_else(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8, on_phone_tab=True)
    detail = window.phones.tab.detail
    qtbot.waitUntil(lambda: detail.fact_words().get("SoC") == "GS201")
    phones.done.clear()
    phones.abouts[PIXEL.serial] = PhoneAbout(FACTS, replace(CONDITION, battery_percent=80), True)
    window.phones.look_again()
    qtbot.waitUntil(lambda: detail.fact_words()["Battery"].startswith("80 %"))
    assert phones.done == [f"read the condition of {PIXEL.serial}"]
    assert detail.runner_words() == "The runner is on the phone."


def test_what_cannot_be_read_is_told_in_the_tab(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32", INT8, on_phone_tab=True)
    detail = window.phones.tab.detail
    qtbot.waitUntil(lambda: detail.fact_words().get("SoC") == "GS201")
    phones.error = PhoneTimedOut("Pixel 7 did not answer.")
    window.phones.read(PIXEL.serial)
    qtbot.waitUntil(lambda: detail.runner_words().startswith("Pixel 7 did not answer."))
    assert detail.fact_words()["SoC"] == "GS201"


def test_nothing_is_read_of_phones_that_are_not_in_sight(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", INT8)
    assert not any(words.startswith("read") for words in phones.done)
    choose(window, "Pixel 7: ready")
    assert window.tabs.currentWidget() is window.phones.tab
    qtbot.waitUntil(lambda: f"read {PIXEL.serial}" in phones.done)


def test_the_runner_is_deployed_and_removed_as_long_work(
    qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones
) -> None:
    window = make_window("torch-fp32", on_phone_tab=True)
    detail = window.phones.tab.detail
    qtbot.waitUntil(detail.deploy_button.isEnabled)
    for button, done, words in (
        (detail.deploy_button, "deploy", "The runner (arm64-v8a, 131 kB) is on Pixel 7."),
        (detail.remove_button, "remove", "Removed mnist-bench from Pixel 7."),
    ):
        button.setFocus()
        with qtbot.waitSignal(window.tabs.view(DevicesView).errands.message) as said:
            button.click()
            assert not detail.deploy_button.isEnabled()
            assert not detail.disconnect_button.hasFocus()
        assert said.args == [words]
        qtbot.waitUntil(button.isEnabled)
        assert window.focusWidget() is button
        assert f"{done} {PIXEL.serial}" in phones.done
        assert detail.deploy_button.isEnabled()


def test_a_deployment_that_fails_says_why(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32", on_phone_tab=True)
    qtbot.waitUntil(window.phones.tab.detail.deploy_button.isEnabled)
    phones.error = PhoneFull("Pixel 7 has no space left.")
    window.phones.tab.detail.deploy_button.click()
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
    dialog = window.tabs.view(DevicesView).errands.ask_for_code()
    dialog.field.setText("10.0.0.7:37099")
    dialog.code.setText("123456")
    with qtbot.waitSignal(dialog.accepted):
        dialog.ok_button.click()
    assert "pair 10.0.0.7:37099 123456" in phones.done
    (next_one,) = (found for found in window.findChildren(AddressDialog) if not isinstance(found, PairDialog))
    assert next_one.field.text() == "10.0.0.7:"
    assert next_one.words() == "Type the port that the phone shows after the address."
    next_one.close()


def test_a_wireless_phone_is_disconnected(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    phones.see(OTHER)
    window = make_window("torch-fp32", on_phone_tab=True)
    with qtbot.waitSignal(window.tabs.view(DevicesView).errands.message):
        window.phones.tab.detail.disconnect_button.click()
    assert "disconnect 10.0.0.7:5555" in phones.done


def test_everything_in_the_tab_has_a_name_and_can_be_reached(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window("torch-fp32", INT8, on_phone_tab=True)
    for button in window.phones.tab.findChildren(QPushButton):
        if button.isVisible():
            assert button.accessibleName() or button.text(), button
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.text()
    assert window.phones.tab.detail.core.accessibleName() == "Core to run on"


def test_the_watch_ends_with_the_window(qtbot: QtBot, make_window: MakeWindow, phones: ScriptedPhones) -> None:
    window = make_window("torch-fp32")
    window.close()
    assert phones.done[-1].startswith("close within")
    phones.see(OTHER)
    QApplication.processEvents()
    assert window.phones.known[0].phone == PIXEL
