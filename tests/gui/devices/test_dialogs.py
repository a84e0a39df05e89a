"""The windows in which a phone's address and code are typed."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.errors import CannotConnect
from mnist_bench.gui.devices.dialogs import CONNECT, PAIR, AddressDialog


def paste(field: QLineEdit, text: str) -> None:
    QApplication.clipboard().setText(text)
    field.paste()


@pytest.fixture
def connecting(qtbot: QtBot, themed: QApplication) -> AddressDialog:
    dialog = AddressDialog(CONNECT)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # pytest-qt closes it again
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.fixture
def pairing(qtbot: QtBot, themed: QApplication) -> AddressDialog:
    dialog = AddressDialog(PAIR)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # pytest-qt closes it again
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


TYPED = [
    ("192.168.1.23:41235", "192.168.1.23:41235"),
    (" 192.168.1.23:41235 ", "192.168.1.23:41235"),
    ("phone.local:37099", "phone.local:37099"),
    ("[fe80::1]:41235", "[fe80::1]:41235"),
]
NOT_TO_BE_TRIED = [
    *("", " ", "two words", "192.168.1.20:", "192.168.1.20:0", "192.168.1.20:70000", "192.168.1.20:adb"),
    *("; rm -rf /", "1.2.3", "192.168.1.231235", "fe80::1", "[fe80::1%wlan0]"),
]


@pytest.mark.parametrize(("typed", "address"), [*TYPED, ("10.0.0.7", "10.0.0.7:5555"), ("[fe80::1]", "[fe80::1]:5555")])
@pytest.mark.parametrize("put", [QTest.keyClicks, paste])
def test_an_address_is_connected_to_as_it_is_typed_or_pasted(
    qtbot: QtBot, connecting: AddressDialog, put: Callable[[QLineEdit, str], None], typed: str, address: str
) -> None:
    put(connecting.field, typed)
    assert connecting.words() == ""
    with qtbot.waitSignal(connecting.submitted) as submitted:
        connecting.ok_button.click()
    assert submitted.args == [address, ""]


@pytest.mark.parametrize(("typed", "address"), TYPED)
@pytest.mark.parametrize("put", [QTest.keyClicks, paste])
def test_an_address_is_paired_with_as_it_is_typed_or_pasted(
    qtbot: QtBot, pairing: AddressDialog, put: Callable[[QLineEdit, str], None], typed: str, address: str
) -> None:
    put(pairing.field, typed)
    put(pairing.code, "123 456")
    with qtbot.waitSignal(pairing.submitted) as submitted:
        pairing.ok_button.click()
    assert submitted.args == [address, "123456"]


@pytest.mark.parametrize("typed", NOT_TO_BE_TRIED)
def test_what_is_no_address_says_so_and_cannot_be_tried(connecting: AddressDialog, typed: str) -> None:
    QTest.keyClicks(connecting.field, typed)
    assert connecting.words() != ""
    assert not connecting.ok_button.isEnabled()


@pytest.mark.parametrize("typed", [*NOT_TO_BE_TRIED, "10.0.0.7"])
def test_pairing_wants_a_port_too(pairing: AddressDialog, typed: str) -> None:
    QTest.keyClicks(pairing.code, "123456")
    QTest.keyClicks(pairing.field, typed)
    assert pairing.words() != ""
    assert not pairing.ok_button.isEnabled()


def test_tab_goes_through_the_fields_as_one_reads_them(pairing: AddressDialog) -> None:
    pairing.field.setFocus()
    QTest.keyClicks(pairing.field, "10.0.0.7:37099")
    QTest.keyClick(pairing.field, Qt.Key.Key_Tab)
    assert pairing.focusWidget() is pairing.code
    QTest.keyClicks(pairing.code, "123456")
    QTest.keyClick(pairing.code, Qt.Key.Key_Tab)
    assert pairing.focusWidget() is pairing.ok_button


def test_every_field_has_a_name(connecting: AddressDialog, pairing: AddressDialog) -> None:
    assert [field.accessibleName() for field in connecting.findChildren(QLineEdit)] == ["Address"]
    assert [field.accessibleName() for field in pairing.findChildren(QLineEdit)] == ["Address", "Code"]


def test_it_waits_says_what_failed_and_lets_one_try_again(qtbot: QtBot, connecting: AddressDialog) -> None:
    connecting.field.setText("10.0.0.7")
    with qtbot.waitSignal(connecting.submitted) as submitted:
        QTest.keyClick(connecting.field, Qt.Key.Key_Return)
    assert submitted.args == ["10.0.0.7:5555", ""]
    assert not connecting.ok_button.isEnabled()
    assert connecting.words() == "Connecting …"
    connecting.show_failure(CannotConnect("10.0.0.7:5555 does not answer."))
    assert connecting.words().startswith("10.0.0.7:5555 does not answer. Check the address")
    assert connecting.ok_button.isEnabled()
    assert connecting.isVisible()


def test_closing_it_while_it_waits_gives_up(qtbot: QtBot, connecting: AddressDialog) -> None:
    connecting.field.setText("10.0.0.7")
    connecting.ok_button.click()
    with qtbot.waitSignal(connecting.given_up):
        QTest.keyClick(connecting, Qt.Key.Key_Escape)


@pytest.mark.parametrize(("code", "works"), [("123456", True), ("12345", False), ("12345a", False), ("", False)])
def test_pairing_wants_a_code_of_six_digits(qtbot: QtBot, pairing: AddressDialog, code: str, works: bool) -> None:
    pairing.field.setText("10.0.0.7:37099")
    pairing.code.setText(code)
    assert pairing.ok_button.isEnabled() == works
    if works:
        with qtbot.waitSignal(pairing.submitted) as submitted:
            pairing.ok_button.click()
        assert submitted.args == ["10.0.0.7:37099", "123456"]
