"""The windows in which a phone's address and code are typed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_bench.devices.phone.errors import CannotConnect
from mnist_bench.gui.phones.dialogs import AddressDialog, PairDialog


@pytest.fixture
def connecting(qtbot: QtBot, themed: QApplication) -> AddressDialog:
    dialog = AddressDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # pytest-qt closes it again
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.fixture
def pairing(qtbot: QtBot, themed: QApplication) -> PairDialog:
    dialog = PairDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # pytest-qt closes it again
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [
        ("192.168.1.20", "5555", "192.168.1.20:5555"),
        (" phone.local ", "37099", "phone.local:37099"),
        ("[fe80::1%wlan0]", "5555", ""),
        ("[fe80::1]", "5555", "[fe80::1]:5555"),
        ("", "5555", ""),
        ("two words", "5555", ""),
        ("192.168.1.20", "", ""),
        ("192.168.1.20", "0", ""),
        ("192.168.1.20", "70000", ""),
        ("192.168.1.20", "adb", ""),
        ("; rm -rf /", "5555", ""),
    ],
)
def test_only_what_can_be_an_address_can_be_tried(
    connecting: AddressDialog, host: str, port: str, address: str
) -> None:
    connecting.host.setText(host)
    connecting.port.setText(port)
    assert connecting.ok_button.isEnabled() == bool(address)
    if address:
        assert connecting.address() == address
        assert connecting.words() == ""
    else:
        assert connecting.words() != ""


def test_an_address_with_its_port_can_be_pasted(connecting: AddressDialog) -> None:
    connecting.host.setText("10.0.0.7:41235")
    assert (connecting.host.text(), connecting.port.text()) == ("10.0.0.7", "41235")


def test_it_waits_says_what_failed_and_lets_one_try_again(qtbot: QtBot, connecting: AddressDialog) -> None:
    connecting.host.setText("10.0.0.7")
    with qtbot.waitSignal(connecting.submitted) as submitted:
        QTest.keyClick(connecting.host, Qt.Key.Key_Return)
    assert submitted.args == ["10.0.0.7:5555"]
    assert not connecting.ok_button.isEnabled()
    assert connecting.words() == "Connecting …"
    connecting.show_failure(CannotConnect("10.0.0.7:5555 does not answer."))
    assert connecting.words().startswith("10.0.0.7:5555 does not answer. Look up the address")
    assert connecting.ok_button.isEnabled()
    assert connecting.isVisible()


def test_closing_it_while_it_waits_gives_up(qtbot: QtBot, connecting: AddressDialog) -> None:
    connecting.host.setText("10.0.0.7")
    connecting.ok_button.click()
    with qtbot.waitSignal(connecting.given_up):
        QTest.keyClick(connecting, Qt.Key.Key_Escape)


@pytest.mark.parametrize(("code", "works"), [("123456", True), ("12345", False), ("12345a", False), ("", False)])
def test_pairing_wants_a_code_of_six_digits(qtbot: QtBot, pairing: PairDialog, code: str, works: bool) -> None:
    pairing.host.setText("10.0.0.7:37099")
    pairing.code.setText(code)
    assert pairing.ok_button.isEnabled() == works
    if works:
        with qtbot.waitSignal(pairing.code_submitted) as submitted:
            pairing.ok_button.click()
        assert submitted.args == ["10.0.0.7:37099", "123456"]
